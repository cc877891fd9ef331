package publish_test

import (
	"errors"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/publish"
)

func TestDevicesFollowByDeltaAndBySnapshot(t *testing.T) {
	dir := t.TempDir()
	p := publisher(t, dir)
	if _, err := p.Latest(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the first release: %v", err)
	}
	records := feedtest.Records(1, 4000)
	changed := slices.Clone(records[100:3900])
	changed[7].Status = list.Revoked
	changed[8].Reference = "UTO/26/17"
	newcomer := list.Record{Digest: 77, Class: list.Visa, Issuer: "QMA", Status: list.Lost, Country: "QMB"}

	var device feedtest.Store
	for i, now := range [][]list.Record{
		reversed(records), // the order does not matter
		changed,
		append(slices.Clone(changed), newcomer), // of States that the list did not know
		changed,
		changed, // nothing new but the time
	} {
		r := release(t, p, now0(i), now)
		if (i > 0) != (r.NoDelta == "") {
			t.Errorf("release %d: %q", i+1, r.NoDelta)
		}
		kind := feed.Delta
		if i == 0 {
			kind = feed.Snapshot
		}
		follow(t, dir, &device, kind)
		mustHold(t, &device, uint64(i+1), now)
		var fresh feedtest.Store
		follow(t, dir, &fresh, feed.Snapshot)
		mustHold(t, &fresh, uint64(i+1), now)
	}
	m, err := p.Latest()
	if err != nil || m.Sequence != 5 || !m.Issued.Equal(now0(4)) || m.KeyID != keyID || m.Added+m.Removed != 0 {
		t.Errorf("the latest release is %+v, %v", m, err)
	}
}

func TestTheSameInputsGiveTheSameBytes(t *testing.T) {
	var folders []map[string]string
	for i := range 2 {
		dir := t.TempDir()
		p := publisher(t, dir)
		records := feedtest.Records(1, 3000)
		if i == 1 {
			records = reversed(records)
		}
		release(t, p, now.Add(time.Millisecond*time.Duration(i)), records)
		release(t, publisher(t, dir), now0(1).In(time.FixedZone("", 3600*i)), feedtest.Records(1, 2990))
		folders = append(folders, folderBytes(t, filepath.Join(dir, "sltd")))
	}
	if diff := cmp.Diff(folders[0], folders[1]); diff != "" {
		t.Error(diff)
	}
	var names []string
	for name := range folders[0] {
		if strings.HasSuffix(name, ".bin") {
			name = name[:len(name)-len("0123456789ab.bin")]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{".lock", "1-snapshot-", "1.release.json", "2-delta-", "2-snapshot-", "2.release.json", "latest.json"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("the files: -want +got\n%s", diff)
	}
	if folders[0]["latest.json"] != folders[0]["2.release.json"] {
		t.Error("the latest release and its own file differ")
	}
}

func TestOnlyTheEnvelopeOfTheLatestReleaseEverChanges(t *testing.T) {
	dir := t.TempDir()
	p := publisher(t, dir)
	before := map[string]string{}
	for i := range 4 {
		release(t, p, now0(i), feedtest.Records(1, 100*(i+1)))
		after := folderBytes(t, filepath.Join(dir, "sltd"))
		delete(after, "latest.json")
		for name, data := range before {
			if after[name] != data {
				t.Errorf("release %d changed %s", i+1, name)
			}
		}
		before = maps.Clone(after)
	}
}

func TestShardsStayAboutAsLargeAndAreSeldomCutAnew(t *testing.T) {
	for records, want := range map[int]int{0: 0, 1: 0, 256: 0, 362: 0, 363: 1, 724: 1, 725: 2, 100_000: 9, 140_000_000: 19, math.MaxInt32: list.MaxShardBits} {
		if got := publish.Cut(records); got != want {
			t.Errorf("%d records are cut into 2^%d shards, want 2^%d", records, got, want)
		}
	}
	p := publisher(t, t.TempDir())
	all := feedtest.Records(1, 20000)
	for i, c := range []struct {
		records, bits int
		noDelta       string
	}{
		{4000, 4, "first release"},
		{16384, 4, ""},             // four times 256 a shard
		{16400, 6, "other shards"}, // more than that
		{4096, 6, "larger"},        // a quarter
		{4000, 4, "other shards"},  // less than that
		{4000, 4, ""},
	} {
		r := release(t, p, now0(i), all[:c.records])
		if r.Manifest.Params.ShardBits != c.bits || c.noDelta == "" && r.NoDelta != "" || !strings.Contains(r.NoDelta, c.noDelta) {
			t.Errorf("release %d of %d records: %d bits, %q; want %d, %q", i+1, c.records, r.Manifest.Params.ShardBits, r.NoDelta, c.bits, c.noDelta)
		}
		if _, ok := r.Manifest.File(feed.Delta); ok != (r.NoDelta == "") || ok != (r.Manifest.Base.Sequence > 0) {
			t.Errorf("release %d: a delta: %v, its base %d, %q", i+1, ok, r.Manifest.Base.Sequence, r.NoDelta)
		}
	}
}

func TestStateCodesAreSortedAndThenOnlyAddedTo(t *testing.T) {
	p := publisher(t, t.TempDir())
	of := func(states ...string) (records []list.Record) {
		for i, state := range states {
			records = append(records, list.Record{Digest: list.Digest(i + 1), Class: list.Passport, Issuer: state, Status: list.Lost})
		}
		return records
	}
	for i, c := range []struct{ records, codes string }{{"XXB UTO XXB D", "D UTO XXB"}, {"XXC XXA UTO", "D UTO XXB XXA XXC"}, {"D", "D UTO XXB XXA XXC"}} {
		r := release(t, p, now0(i), of(strings.Fields(c.records)...))
		if got := strings.Join(r.Manifest.Params.Codes, " "); got != c.codes {
			t.Errorf("release %d has the codes %s, want %s", i+1, got, c.codes)
		}
	}
}

func TestThereIsNoDeltaWhereItWouldNotHelp(t *testing.T) {
	dir := t.TempDir()
	records := feedtest.Records(1, 1000)
	release(t, publisher(t, dir), now, records)

	if r := release(t, publisher(t, dir), now, feedtest.Records(2, 1000)); !strings.Contains(r.NoDelta, "larger") {
		t.Errorf("all records are others: %q", r.NoDelta)
	}
	other, err := publish.New(dir, "sltd", feedtest.Key(1), "fedcba9876543210")
	if err != nil {
		t.Fatal(err)
	}
	if r := release(t, other, now, records); !strings.Contains(r.NoDelta, "list key") {
		t.Errorf("another list key: %q", r.NoDelta)
	}
	m, _ := other.Latest()
	snapshot, _ := m.File(feed.Snapshot)
	path := filepath.Join(dir, "sltd", snapshot.Name)
	data, _ := os.ReadFile(path)
	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := release(t, other, now, records); !strings.Contains(r.NoDelta, "snapshot of the release before") {
		t.Errorf("the last snapshot is damaged: %q", r.NoDelta)
	}
	var device feedtest.Store
	follow(t, dir, &device, feed.Snapshot)
	mustHold(t, &device, 4, records)
}

func TestWhatCannotBePublishedChangesNothing(t *testing.T) {
	dir := t.TempDir()
	records := feedtest.Records(1, 100)
	release(t, publisher(t, dir), now0(1), records)
	before := folderBytes(t, filepath.Join(dir, "sltd"))

	stranger, err := publish.New(dir, "sltd", feedtest.Key(2), keyID)
	if err != nil {
		t.Fatal(err)
	}
	alike := records[5]
	alike.Status = list.Revoked
	odd := records[5]
	odd.Digest, odd.Reference = 1, "é"
	for name, c := range map[string]struct {
		p       *publish.Publisher
		at      time.Time
		records []list.Record
		want    error
	}{
		"the clock goes back":  {publisher(t, dir), now, records, publish.ErrClock},
		"signed by another":    {stranger, now0(2), records, publish.ErrForeign},
		"a document twice":     {publisher(t, dir), now0(2), append(slices.Clone(records), alike), publish.ErrTwice},
		"what no shard can be": {publisher(t, dir), now0(2), append(slices.Clone(records), odd), nil},
	} {
		if _, err := c.p.Publish(c.at, c.records); err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if diff := cmp.Diff(before, folderBytes(t, filepath.Join(dir, "sltd"))); diff != "" {
		t.Errorf("the folder has changed: %s", diff)
	}
	if _, err := publish.New(dir, "../sltd", feedtest.Key(1), keyID); err == nil {
		t.Error("a list may have a path for a name")
	}
	if _, err := publish.New(dir, "sltd", nil, keyID); err == nil {
		t.Error("a publisher needs no key")
	}
}

func TestOnePublisherAtATime(t *testing.T) {
	dir := t.TempDir()
	p, other := publisher(t, dir), publisher(t, dir)
	p.PutWith(func(put putFunc) putFunc {
		return func(dir, name string, data []byte) error {
			if _, err := other.Publish(now, nil); !errors.Is(err, publish.ErrBusy) {
				t.Errorf("while %s is written: %v, want %v", name, err, publish.ErrBusy)
			}
			return put(dir, name, data)
		}
	})
	release(t, p, now, feedtest.Records(1, 10))
	release(t, other, now, nil)
}

type putFunc = func(dir, name string, data []byte) error

func reversed(records []list.Record) []list.Record {
	records = slices.Clone(records)
	slices.Reverse(records)
	return records
}

// now0 is the time of the release after that many others.
func now0(i int) time.Time { return now.Add(time.Duration(i) * time.Hour) }

func BenchmarkPublish100k(b *testing.B) {
	dir := b.TempDir()
	p := publisher(b, dir)
	records := feedtest.Records(1, 100_000)
	release(b, p, now, records)
	for i := 0; b.Loop(); i++ {
		release(b, p, now0(i), records[i%1000:])
	}
}
