package feed_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// FuzzVerify signs each manifest. Accepted means: in order, of the list, and fit
// to be signed again.
func FuzzVerify(f *testing.F) {
	f.Add(good(f), uint64(4))
	f.Add(good(f), uint64(6))
	f.Add([]byte(`{"format":4}`), uint64(0))
	f.Add([]byte(`{"format":3,"list":"sltd","sequence":1,"issued":"2026-11-01T12:00:00Z","params":{"shard_bits":20,"codes":null}}`), uint64(0))
	f.Fuzz(func(t *testing.T, data []byte, held uint64) {
		position := feed.Position{Sequence: held, Root: list.Hash{5}}
		v, err := feed.Verify(feedtest.Target(t, feed.ListRole, "sltd/release.json", data), "sltd", position)
		if err != nil {
			return
		}
		m := v.Manifest()
		if m.List != "sltd" || m.Sequence < held || m.Sequence == held && m.Root != position.Root {
			t.Fatalf("accepted behind release %d: %+v", held, m)
		}
		if w, ok := v.Way(position, m.Position(), nil); ok && len(w) > 0 && w[len(w)-1].To != m.Position() {
			t.Fatalf("a way that leads elsewhere: %+v", w)
		}
		again, err := m.Encode()
		if err != nil {
			t.Fatalf("accepted what cannot be signed: %v", err)
		}
		if _, err := feed.Verify(feedtest.Target(t, feed.ListRole, "sltd/release.json", again), "sltd", position); err != nil {
			t.Fatalf("signed again, it is refused: %v", err)
		}
	})
}

// FuzzSnapshot signs whatever file it is given. What is read is just what
// WriteSnapshot writes.
func FuzzSnapshot(f *testing.F) {
	whole := snapshotFile(f, shards(f))
	f.Add(whole)
	f.Add(whole[:20])
	f.Add(snapshotFile(f, make([][]byte, params.Shards())))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		got, err := readSnapshot(snapshot(t, data))
		if err != nil {
			if !errors.Is(err, feed.ErrMalformed) {
				t.Fatalf("%v, want %v", err, feed.ErrMalformed)
			}
			return
		}
		if again := snapshotFile(t, got); !bytes.Equal(again, data) {
			t.Fatalf("accepted %x, which is written as %x", data, again)
		}
	})
}

// FuzzDelta: what is read is just what WriteDelta writes.
func FuzzDelta(f *testing.F) {
	f.Add(deltaFile(f, nil, nil))
	f.Add(deltaFile(f, records[:2], records[2:]))
	f.Add(append([]byte("PCDELT2\n"), binary.BigEndian.AppendUint32(nil, 1<<31)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		c, err := feed.ReadDelta(data, params)
		if err != nil {
			return
		}
		if again := deltaFile(t, c.Removed, c.Added); !bytes.Equal(again, data) {
			t.Fatalf("accepted %x, which is written as %x", data, again)
		}
	})
}

// FuzzOpenSnapshot opens whatever file it is given to take shards out of it.
// They are those that the file has when it is read as a whole.
func FuzzOpenSnapshot(f *testing.F) {
	whole := snapshotFile(f, shards(f))
	f.Add(whole)
	f.Add(whole[:20])
	f.Add(snapshotFile(f, make([][]byte, params.Shards())))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 {
			return
		}
		want, wholeErr := readSnapshot(snapshot(t, data))
		s, err := feed.OpenSnapshot(bytes.NewReader(data), int64(len(data)), params)
		if (err == nil) != (wholeErr == nil) {
			t.Fatalf("opened: %v; read as a whole: %v", err, wholeErr)
		}
		if err != nil {
			return
		}
		for id := range uint32(params.Shards()) {
			if got, err := s.Shard(id); err != nil || !bytes.Equal(got, want[id]) {
				t.Fatalf("shard %d: %q, %v; as a whole %q", id, got, err, want[id])
			}
		}
		if _, err := s.Shard(uint32(params.Shards())); err == nil {
			t.Fatal("there is a shard more than there are")
		}
	})
}

// FuzzHistory takes whatever history it is given for that of a manifest, which it
// is given too. A way is steps in a row that end at the release.
func FuzzHistory(f *testing.F) {
	history, err := feed.EncodeHistory([]feed.Step{step(3, 8, 5), step(0, 3, 9), step(8, 9, 1)})
	if err != nil {
		f.Fatal(err)
	}
	m := manifest()
	m.Sequence, m.Root, m.Steps = 9, at(9).Root, []feed.Step{step(7, 9, 10), step(0, 7, 10)}
	manifest, err := m.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(manifest, history, uint64(3))
	f.Add(good(f), []byte(`{"steps":[{}]}`), uint64(0))
	f.Fuzz(func(t *testing.T, manifest, history []byte, held uint64) {
		v, err := feed.Unsigned(manifest, issued)
		if err != nil {
			return
		}
		m := v.Manifest()
		m.History = feed.File{Name: "h.json", Size: int64(len(history)), SHA256: fmt.Sprintf("%x", sha256.Sum256(history))}
		again, err := m.Encode()
		if err != nil {
			return // of a history that is empty or too long
		}
		if v, err = feed.Unsigned(again, issued); err != nil {
			t.Fatalf("what was encoded is refused: %v", err)
		}
		isWay(t, v, at(held), m.Position())
		switch v, err := v.WithHistory(history); {
		case err == nil:
			isWay(t, v, at(held), m.Position())
		case !errors.Is(err, feed.ErrMalformed):
			t.Fatal(err)
		}
	})
}

func isWay(t *testing.T, v feed.Verified, from, to feed.Position) {
	t.Helper()
	w, ok := v.Way(from, to, nil)
	if !ok {
		return
	}
	for i, s := range w {
		if s.Kind() == feed.Snapshot {
			from = feed.Position{}
		}
		if s.From != from || i > 0 && s.Kind() == feed.Snapshot {
			t.Fatalf("step %d of the way stands on %+v: %+v", i, s.From, w)
		}
		from = s.To
	}
	if from != to && to != (feed.Position{}) {
		t.Fatalf("a way that leads elsewhere: %+v", w)
	}
}
