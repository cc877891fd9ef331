package push_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// What a device reads that was away it is brought: the history, the archives of
// its release and the steps, and no other archive.
func TestADeviceIsBroughtTheArchivesOfItsRelease(t *testing.T) {
	records := feedtest.Records(1, 6000)
	p := &feedtest.Publisher{List: "sltd", ShardBits: 6}
	all := p.Months(t, 3, func(n uint64) []list.Record { return records[10*n : 5000+20*n] })
	r, dir := feedtest.NewRepository(t), t.TempDir()
	last := all[len(all)-1]
	r.Release(last)
	r.WriteFolder(dir)
	folder, err := push.OpenFolder(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	for held, want := range map[int][2]int{0: {0, 3}, 1: {2, 3}, 2: {0, 2}, 3: {2, 2}, 6: {0, 0}} {
		m := all[held].Manifest
		files, err := folder.Needed(t.Context(), "sltd", protocol.Held{Release: m.Sequence, Root: m.Root.String()})
		if err != nil {
			t.Fatal(err)
		}
		var archives, deltas, snapshots int
		for _, f := range files {
			switch {
			case strings.Contains(f.Name, "-archive-"):
				archives++
			case strings.Contains(f.Name, "-delta-"):
				deltas++
			case strings.Contains(f.Name, "-snapshot-"):
				snapshots++
			}
		}
		if archives != want[0] || deltas != want[1] || snapshots > 0 || m.Sequence < 7 && files[0].Name != "sltd/"+last.Manifest.History.Name {
			t.Errorf("for release %d it is brought %v", m.Sequence, files)
		}
	}

	// What a device would miss is not passed over.
	names, err := filepath.Glob(filepath.Join(dir, "sltd", "1-3-archive-*"))
	if err != nil || len(names) != 2 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	m := all[1].Manifest
	if files, err := folder.Needed(t.Context(), "sltd", protocol.Held{Release: m.Sequence, Root: m.Root.String()}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without an archive it is brought %v, %v", files, err)
	}
}
