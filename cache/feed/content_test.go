package feed_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

func TestSnapshotGivesBackItsShards(t *testing.T) {
	want := shards(t)
	c := snapshot(t, snapshotFile(t, want))
	for range 2 { // a content can be read more than once
		got, err := readSnapshot(c)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Fatalf("%v, -want +got\n%s", err, diff)
		}
	}
	if c.Kind() != feed.Snapshot || c.Release().Sequence != 5 {
		t.Errorf("the content is a %s of release %d", c.Kind(), c.Release().Sequence)
	}
	for s, err := range c.Shards() {
		if s.ID != 0 || err != nil {
			t.Errorf("the first shard is %d, %v", s.ID, err)
		}
		break // and leaving early is no error
	}
}

func TestDeltaGivesBackItsChange(t *testing.T) {
	c, err := content(t, feed.Delta, deltaFile(t, records[1:3], records[2:]))
	if err != nil {
		t.Fatal(err)
	}
	want := list.Change{Removed: list.Identities(records[1:3]), Added: records[2:]}
	if diff := cmp.Diff(want, c.Change()); diff != "" || c.From() != before {
		t.Errorf("from %v, -want +got\n%s", c.From(), diff)
	}
}

func TestADeltaWithOtherNumbersThanItsStepIsRefused(t *testing.T) {
	if _, err := content(t, feed.Delta, deltaFile(t, records[1:2], records[2:])); !errors.Is(err, feed.ErrMalformed) {
		t.Errorf("%v, want %v", err, feed.ErrMalformed)
	}
}

// The bytes of the files are a format: devices of other versions read them.
func TestFileBytesStayAsTheyAre(t *testing.T) {
	for name, c := range map[string]struct {
		got  []byte
		want string
	}{
		"snapshot": {snapshotFile(t, [][]byte{{1, 2}, nil, {3}, nil}), "50434c495354320a" + "00000002" + "00000000" + "00000001" + "00000000" + "0102" + "03"},
		"delta": {deltaFile(t, records[:2], records[:1]), "504344454c54320a" +
			"00000014" + "c400000000000000300000000000000028250000" +
			"0000000f" + "880000000000000023fff4b20a0000"},
	} {
		if got := hex.EncodeToString(c.got); got != c.want {
			t.Errorf("%s: got  %s\nwant %s", name, got, c.want)
		}
	}
}

func TestFilesThatTheReleaseDoesNotNameAreRefused(t *testing.T) {
	snapshot, delta := snapshotFile(t, shards(t)), deltaFile(t, records[:2], records[2:])
	r := release(map[feed.Kind][]byte{feed.Snapshot: snapshot, feed.Delta: delta})
	v := r.Verified(t)
	for name, c := range map[string]struct {
		kind feed.Kind
		data []byte
	}{
		"truncated":                 {feed.Snapshot, snapshot[:len(snapshot)-1]},
		"empty":                     {feed.Snapshot, nil},
		"longer":                    {feed.Snapshot, append(slices.Clone(snapshot), 0)},
		"longer by much":            {feed.Snapshot, bytes.Repeat(snapshot, 100)},
		"a delta as a snapshot":     {feed.Snapshot, delta},
		"a snapshot as a delta":     {feed.Delta, snapshot},
		"another file of that size": {feed.Delta, make([]byte, len(delta))},
	} {
		if _, err := v.Content(r.Step(c.kind), bytes.NewReader(c.data)); !errors.Is(err, feed.ErrFile) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrFile)
		}
	}
	for kind, data := range map[feed.Kind][]byte{feed.Snapshot: snapshot, feed.Delta: delta} {
		flipped := slices.Clone(data)
		for i := range flipped {
			flipped[i] ^= 1 << (i % 8)
			if _, err := v.Content(r.Step(kind), bytes.NewReader(flipped)); !errors.Is(err, feed.ErrFile) {
				t.Errorf("%s with a bit of byte %d flipped: %v, want %v", kind, i, err, feed.ErrFile)
			}
			flipped[i] = data[i]
		}
		if _, err := v.Content(r.Step(kind), bytes.NewReader(flipped)); err != nil {
			t.Errorf("the %s itself: %v", kind, err)
		}
	}
}

func TestStepsThatTheReleaseLacksAreRefused(t *testing.T) {
	r := release(map[feed.Kind][]byte{feed.Snapshot: {1}})
	v := r.Verified(t)
	other := r.Step(feed.Snapshot)
	other.Size = 2
	for name, c := range map[string]struct {
		v feed.Verified
		s feed.Step
	}{"of another size": {v, other}, "of none": {v, feed.Step{}}, "of a release that was never verified": {feed.Verified{}, r.Step(feed.Snapshot)}} {
		if _, err := c.v.Content(c.s, bytes.NewReader([]byte{1})); err == nil || errors.Is(err, feed.ErrFile) {
			t.Errorf("a step %s: %v", name, err)
		}
	}
	var lost lostDisk
	if _, err := v.Content(r.Step(feed.Snapshot), lost); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, feed.ErrFile) {
		t.Errorf("a disk that cannot be read: %v", err)
	}
}

type lostDisk struct{}

func (lostDisk) ReadAt([]byte, int64) (int, error) { return 0, io.ErrUnexpectedEOF }

// A signature vouches for who made a file and not for what is in it.
func TestSignedSnapshotsThatAreNoneAreRefused(t *testing.T) {
	good := snapshotFile(t, shards(t))
	head := len("PCLIST2\n")
	change := func(f func([]byte) []byte) []byte { return f(slices.Clone(good)) }
	for name, data := range map[string][]byte{
		"one byte":          {'P'},
		"bad magic":         change(func(b []byte) []byte { b[0] ^= 1; return b }),
		"newer magic":       change(func(b []byte) []byte { b[6]++; return b }),
		"only a head":       good[:head],
		"half the lengths":  good[:head+7],
		"no shards":         good[:head+4*params.Shards()],
		"cut short":         good[:len(good)-1],
		"trailing byte":     append(slices.Clone(good), 0),
		"length beyond":     change(func(b []byte) []byte { b[head+3]++; return b }),
		"huge length":       change(func(b []byte) []byte { copy(b[head:], "\xff\xff\xff\xff"); return b }),
		"huge last length":  change(func(b []byte) []byte { copy(b[head+12:], "\xff\xff\xff\xff"); return b }),
		"length too short":  change(func(b []byte) []byte { b[head+3]--; return b }),
		"delta":             deltaFile(t, nil, records),
		"of another params": snapshotFile(t, shards(t)[:2]),
	} {
		got, err := readSnapshot(snapshot(t, data))
		if !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %d shards, %v; want %v", name, len(got), err, feed.ErrMalformed)
		}
	}
}

func TestMalformedSnapshotsYieldNoShard(t *testing.T) {
	good := snapshotFile(t, shards(t))
	for s, err := range snapshot(t, append(good, 0)).Shards() {
		if err == nil {
			t.Errorf("shard %d came before the file was known to be whole", s.ID)
		}
	}
}

func TestSignedDeltasThatAreNoneAreRefused(t *testing.T) {
	good := deltaFile(t, records[:2], records[2:])
	head := len("PCDELT2\n")
	first := int(binary.BigEndian.Uint32(good[head:]))
	p := params
	p.ShardBits = 0
	whole, err := p.Encode(nil, 0, records[:2])
	if err != nil {
		t.Fatal(err)
	}
	wholeRemoved := binary.BigEndian.AppendUint32([]byte("PCDELT2\n"), uint32(len(whole)))
	wholeRemoved = append(append(wholeRemoved, whole...), good[head+4+first:]...)
	change := func(f func([]byte) []byte) []byte { return f(slices.Clone(good)) }
	for name, data := range map[string][]byte{
		"one byte":               {'P'},
		"bad magic":              change(func(b []byte) []byte { b[0] ^= 1; return b }),
		"only a head":            good[:head],
		"half a length":          good[:head+3],
		"no second part":         good[:head+4+first],
		"half a second length":   good[:head+4+first+2],
		"cut short":              good[:len(good)-1],
		"trailing byte":          append(slices.Clone(good), 0),
		"length beyond":          change(func(b []byte) []byte { copy(b[head:], "\xff\xff\xff\xff"); return b }),
		"second length beyond":   change(func(b []byte) []byte { b[head+4+first+3]++; return b }),
		"first part too long":    change(func(b []byte) []byte { b[head+3]++; return b }),
		"no records at all":      append([]byte("PCDELT2\n"), make([]byte, 8)...),
		"snapshot":               snapshotFile(t, shards(t)),
		"more than an identity":  wholeRemoved,
		"a count without record": change(func(b []byte) []byte { copy(b[head+4:], "\xff\xff\xff\xe0"); return b }),
	} {
		if c, err := content(t, feed.Delta, data); err == nil {
			t.Errorf("%s: %d records", name, c.Change().Len())
		}
	}
}

func TestWritersReportWhatTheyCannotWrite(t *testing.T) {
	if err := feed.WriteDelta(io.Discard, params, list.Change{Added: []list.Record{records[1], records[0]}}); err == nil {
		t.Error("a delta out of order was written")
	}
	for after := range 3 {
		w := &shortWriter{left: after}
		if err := feed.WriteSnapshot(w, shards(t)); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("a disk that fills up after %d writes: %v", after, err)
		}
	}
	if err := feed.WriteDelta(&shortWriter{}, params, list.Change{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
}

type shortWriter struct{ left int }

func (w *shortWriter) Write(p []byte) (int, error) {
	if w.left--; w.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
