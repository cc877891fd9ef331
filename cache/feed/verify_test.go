package feed_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// manifest is of a release that nothing is wrong with.
func manifest() feed.Manifest {
	m := release(map[feed.Kind][]byte{feed.Snapshot: []byte("s"), feed.Delta: []byte("d")}).Manifest
	m.Steps[0].Tree = feed.File{Name: "5-tree.bin", Size: 7, SHA256: strings.Repeat("a", 64)}
	m.History = feed.File{Name: "5-history.json", Size: 7, SHA256: strings.Repeat("b", 64)}
	m.Format = feed.ManifestFormat
	return m
}

func good(t testing.TB) []byte {
	t.Helper()
	data, err := json.Marshal(manifest())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verify(t testing.TB, data []byte, held feed.Position) (feed.Verified, error) {
	t.Helper()
	return feed.Verify(feedtest.Target(t, feed.ListRole, "sltd/release.json", data), "sltd", held)
}

func TestVerifyGivesBackWhatWasSigned(t *testing.T) {
	data, err := manifest().Encode()
	if err != nil {
		t.Fatal(err)
	}
	v, err := verify(t, data, feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(manifest(), v.Manifest()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := v.Manifest().Position(); got != (feed.Position{Sequence: 5, Root: list.Hash{5}}) {
		t.Errorf("position %v", got)
	}
}

// A signed manifest is read by devices of other versions, and the same release
// gives the same bytes.
func TestManifestStaysAsItIs(t *testing.T) {
	m := manifest()
	m.Issued = issued.Add(300 * time.Millisecond).In(time.FixedZone("", 7200))
	got, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != strings.TrimSpace(string(want)) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestManifestsThatMakeNoSenseAreRefusedWhoeverSigned(t *testing.T) {
	for name, change := range map[string]func(*feed.Manifest){
		"no list":                func(m *feed.Manifest) { m.List = "" },
		"list with a path":       func(m *feed.Manifest) { m.List = "../sltd" },
		"sequence 0":             func(m *feed.Manifest) { m.Sequence = 0 },
		"no time":                func(m *feed.Manifest) { m.Issued = time.Time{} },
		"stands on itself":       func(m *feed.Manifest) { m.Steps[1].From.Sequence = m.Sequence },
		"stands on later":        func(m *feed.Manifest) { m.Steps[1].From.Sequence = m.Sequence + 1 },
		"leads beyond":           func(m *feed.Manifest) { m.Steps[1].To.Sequence = m.Sequence + 1 },
		"leads to another state": func(m *feed.Manifest) { m.Steps[1].To.Root[0] ^= 1 },
		"to another number":      func(m *feed.Manifest) { m.Steps[0].Records++ },
		"step without a time":    func(m *feed.Manifest) { m.Steps[0].Issued = time.Time{} },
		"too many shards":        func(m *feed.Manifest) { m.Params.ShardBits = list.MaxShardBits + 1 },
		"negative shards":        func(m *feed.Manifest) { m.Params.ShardBits = -1 },
		"codes twice":            func(m *feed.Manifest) { m.Params.Codes = []string{"UTO", "UTO"} },
		"file outside":           func(m *feed.Manifest) { m.Steps[0].Name = "../timestamp.json" },
		"file absolute":          func(m *feed.Manifest) { m.Steps[0].Name = "/etc/passwd" },
		"hidden file":            func(m *feed.Manifest) { m.Steps[0].Name = ".part" },
		"file elsewhere":         func(m *feed.Manifest) { m.Steps[0].Name = "https://example.org/x" },
		"file without size":      func(m *feed.Manifest) { m.Steps[1].Size = 0 },
		"negative size":          func(m *feed.Manifest) { m.Steps[1].Size = -1 },
		"a delta of gigabytes":   func(m *feed.Manifest) { m.Steps[1].Size = 1 << 32 },
		"file without hash":      func(m *feed.Manifest) { m.Steps[1].SHA256 = "" },
		"hash in capitals":       func(m *feed.Manifest) { m.Steps[1].SHA256 = strings.ToUpper(m.Steps[1].SHA256) },
		"tree outside":           func(m *feed.Manifest) { m.Steps[0].Tree.Name = "../tree" },
		"history without hash":   func(m *feed.Manifest) { m.History.SHA256 = "" },
		"endless history":        func(m *feed.Manifest) { m.History.Size = feed.MaxManifest + 1 },
		"older format":           func(m *feed.Manifest) { m.Format = 2 },
	} {
		m := manifest()
		change(&m)
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		_, err = feed.Verify(feedtest.Target(t, feed.ListRole, "sltd/release.json", data), m.List, feed.Position{})
		if name == "no list" || name == "list with a path" {
			_, err = verify(t, data, feed.Position{})
		}
		if !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrMalformed)
		}
		if _, err := m.Encode(); err == nil && name != "older format" {
			t.Errorf("%s: was encoded", name)
		}
	}
	for name, data := range map[string]string{"nothing": "", "half": string(good(t)[:50]), "a list": "[]", "a number": "5"} {
		if _, err := verify(t, []byte(data), feed.Position{}); !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrMalformed)
		}
	}
}

func TestReleasesOfOtherListsAndRolesAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ role, path, list string }{
		"another list's": {feed.ListRole, "tdawn/release.json", "tdawn"},
		"another path":   {feed.ListRole, "tdawn/release.json", "sltd"},
		"an approval":    {feed.BulkRole, "sltd/approval.json", "sltd"},
		"firmware's":     {"firmware", "firmware/release.json", "firmware"},
	} {
		if _, err := feed.Verify(feedtest.Target(t, c.role, c.path, good(t)), c.list, feed.Position{}); !errors.Is(err, feed.ErrOtherList) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrOtherList)
		}
	}
}

func TestReleasesInANewerFormatAskForAnUpdate(t *testing.T) {
	for name, data := range map[string]string{
		"of today's shape": strings.Replace(string(good(t)), `"format":3`, `"format":4`, 1),
		"of another shape": `{"format":4,"list":{"name":"sltd"},"sequence":"six"}`,
		"of another list":  `{"format":5,"list":"tdawn"}`,
	} {
		if _, err := verify(t, []byte(data), feed.Position{}); !errors.Is(err, feed.ErrFormat) || errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrFormat)
		}
	}
	more := strings.Replace(string(good(t)), `"format":3`, `"format":3,"witnesses":[1,2]`, 1)
	if _, err := verify(t, []byte(more), feed.Position{}); err != nil {
		t.Errorf("a member that this version does not know: %v", err)
	}
}

func TestReleasesAreTakenInOrder(t *testing.T) {
	root := list.Hash{5}
	for name, c := range map[string]struct {
		held feed.Position
		want error
	}{
		"nothing held":        {feed.Position{}, nil},
		"older held":          {before, nil},
		"the same held":       {feed.Position{Sequence: 5, Root: root}, nil},
		"newer held":          {feed.Position{Sequence: 6, Root: list.Hash{6}}, &feed.RollbackError{Held: 6, Offered: 5}},
		"much newer held":     {feed.Position{Sequence: 1 << 63, Root: root}, &feed.RollbackError{Held: 1 << 63, Offered: 5}},
		"another 5 held":      {feed.Position{Sequence: 5, Root: list.Hash{9}}, feed.ErrForked},
		"the same, but lost":  {feed.Position{Sequence: 4}, nil},
		"one after, but lost": {feed.Position{Sequence: 5}, &feed.RollbackError{Held: 5, Offered: 5}},
	} {
		_, err := verify(t, good(t), c.held)
		var rollback, wantRollback *feed.RollbackError
		switch {
		case errors.As(c.want, &wantRollback):
			if !errors.As(err, &rollback) || *rollback != *wantRollback || errors.Is(err, feed.ErrForked) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		case !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// One key may take a tenth of a list away, by however many releases.
func TestAListShrinksByMoreThanATenthOnlyWithTheApprovalOfTwo(t *testing.T) {
	at := func(sequence, records uint64) feed.Release { return feed.Release{Sequence: sequence, Records: records} }
	var peak feed.Peak
	for _, r := range []feed.Release{at(1, 900), at(2, 1000), at(3, 950), at(4, 900), at(5, 900)} {
		var err error
		if peak, err = peak.Check(r); err != nil {
			t.Errorf("release %d: %v", r.Sequence, err)
		}
	}
	if _, err := peak.Check(at(6, 899)); !errors.Is(err, feed.ErrShrunk) {
		t.Errorf("a list that has lost more than a tenth: %v", err)
	}
	approved := release(nil).Manifest // release 5 of 4 records
	approved.Sequence = 6
	data, err := approved.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := peak.Approve(feedtest.Target(t, feed.ListRole, "sltd/release.json", data), "sltd"); err == nil {
		t.Error("a release of one key is taken for an approval")
	}
	after, err := peak.Approve(feedtest.Target(t, feed.BulkRole, "sltd/approval.json", data), "sltd")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := after.Check(at(6, 4)); err != nil {
		t.Errorf("what two have approved: %v", err)
	}
	if newer := (feed.Peak{Sequence: 7, Records: 1000}); !same(newer.Approve(feedtest.Target(t, feed.BulkRole, "sltd/approval.json", data), "sltd"))(newer) {
		t.Error("an older approval counts")
	}
}

func same(p feed.Peak, err error) func(feed.Peak) bool {
	return func(q feed.Peak) bool { return err == nil && p == q }
}
