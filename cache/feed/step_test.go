package feed_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// at is the state of a list with a release.
func at(n uint64) feed.Position {
	if n == 0 {
		return feed.Position{}
	}
	return feed.Position{Sequence: n, Root: list.Hash{byte(n)}}
}

// step leads from one release to another, with a file of so many bytes.
func step(from, to uint64, size int64) feed.Step {
	return feed.Step{
		File: feed.File{Name: fmt.Sprintf("%d-%d.bin", from, to), Size: size, SHA256: fmt.Sprintf("%064d", from*100+to)},
		From: at(from), To: at(to), Issued: issued, Records: 4,
	}
}

// ways is a release 9 with these steps.
func ways(t testing.TB, steps ...feed.Step) feed.Verified {
	t.Helper()
	r := feedtest.Release{Manifest: feed.Manifest{Steps: steps, Release: feed.Release{
		List: "sltd", Sequence: 9, Issued: issued, KeyID: feedtest.KeyID, Params: params, Records: 4, Root: at(9).Root,
	}}}
	return r.Verified(t)
}

func TestTheWayOfLeastBytesIsTaken(t *testing.T) {
	v := ways(t, step(8, 9, 10), step(7, 8, 10), step(6, 7, 10), step(6, 8, 15), step(2, 6, 40), step(0, 7, 60), step(0, 1, 1), step(1, 4, 1))
	for name, c := range map[string]struct {
		held feed.Position
		want []string
	}{
		"the same":            {at(9), nil},
		"the one before":      {at(8), []string{"8-9.bin"}},
		"a roll-up":           {at(6), []string{"6-8.bin", "8-9.bin"}},
		"long ago":            {at(2), []string{"2-6.bin", "6-8.bin", "8-9.bin"}},
		"nothing":             {at(0), []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
		"a release between":   {at(5), []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
		"another 8":           {feed.Position{Sequence: 8, Root: list.Hash{1}}, []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
		"one that was lost":   {feed.Position{Sequence: 8}, []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
		"a way that ends":     {at(1), []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
		"later than the list": {at(10), []string{"0-7.bin", "7-8.bin", "8-9.bin"}},
	} {
		w, ok := v.Way(c.held, at(9), nil)
		var got []string
		for _, s := range w {
			got = append(got, s.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || !ok {
			t.Errorf("%s: %v, -want +got\n%s", name, ok, diff)
		}
	}
	without := func(s feed.Step) bool { return s.Name == "6-8.bin" }
	if w, ok := v.Way(at(6), at(9), without); !ok || len(w) != 3 || w.Bytes() != 30 {
		t.Errorf("without the roll-up: %v, %v", w, ok)
	}
	if w, ok := ways(t, step(7, 8, 1)).Way(at(8), at(9), nil); ok {
		t.Errorf("no step leads there: %v", w)
	}
}

func TestHistoryAddsSteps(t *testing.T) {
	history, err := feed.EncodeHistory([]feed.Step{step(3, 8, 5)})
	if err != nil {
		t.Fatal(err)
	}
	r := feedtest.Release{Manifest: ways(t, step(8, 9, 10)).Manifest()}
	r.Manifest.History = feed.File{Name: "9-history.json", Size: int64(len(history)), SHA256: fmt.Sprintf("%x", sha256.Sum256(history))}
	v := r.Verified(t)
	if _, ok := v.Way(at(3), at(9), nil); ok || lacks(v, at(3)) != "9-history.json" || lacks(v, at(8)) != "" {
		t.Error("before the history was read there is a way, or nobody wants it")
	}
	more, err := v.WithHistory(history)
	if err != nil {
		t.Fatal(err)
	}
	if w, ok := more.Way(at(3), at(9), nil); !ok || w.Bytes() != 15 || lacks(more, at(5)) != "" {
		t.Errorf("the way is %v", w)
	}
	if len(v.Steps()) != 1 {
		t.Error("the release without history has its steps")
	}
	flipped := bytes.Clone(history)
	flipped[3] ^= 1
	for name, data := range map[string][]byte{"nothing": nil, "cut": history[1:], "flipped": flipped, "longer": append(slices.Clone(history), ' ')} {
		if _, err := v.WithHistory(data); !errors.Is(err, feed.ErrFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A snapshot with deltas behind it is the state that they lead to.
func TestDeltasBringASnapshotForward(t *testing.T) {
	p := &feedtest.Publisher{List: "sltd", ShardBits: 3}
	all := feedtest.Records(1, 300)
	first := p.Release(t, all[:200])
	c := first.Content(t, feed.Snapshot)
	file, err := feed.OpenSnapshot(bytes.NewReader(first.Files[first.Step(feed.Snapshot).Name]), c.Size(), c.Release().Params)
	if err != nil {
		t.Fatal(err)
	}
	var last feedtest.Release
	for i := range 5 {
		last = p.Release(t, all[20*i:200+20*i])
		delta := last.Content(t, feed.Delta)
		if c, err = c.Then(delta); err != nil {
			t.Fatal(err)
		}
		file.Forward(delta.Change())
	}
	if c.Kind() != feed.Snapshot || c.Release().Position() != last.Manifest.Position() {
		t.Errorf("a %s of release %d", c.Kind(), c.Release().Sequence)
	}
	want, err := readSnapshot(last.Content(t, feed.Snapshot))
	if err != nil {
		t.Fatal(err)
	}
	got, err := readSnapshot(c)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got\n%s", err, diff)
	}
	for id := range want {
		if data, err := file.Shard(uint32(id)); err != nil || !bytes.Equal(data, want[id]) {
			t.Errorf("shard %d taken alone is another one: %v", id, err)
		}
	}
	if _, err := c.Then(last.Content(t, feed.Delta)); !errors.Is(err, feed.ErrFollow) {
		t.Errorf("a delta on another release: %v", err)
	}
	if _, err := c.Then(c); !errors.Is(err, feed.ErrFollow) {
		t.Errorf("a snapshot behind a snapshot: %v", err)
	}
}

func TestATreeProvesItself(t *testing.T) {
	records := feedtest.Records(1, 50)
	leaves := make([]list.Hash, params.Shards())
	for id := range leaves {
		leaves[id] = list.Leaf(uint32(id), list.Change{Added: records}.Of(params, uint32(id)).Added)
	}
	root, err := list.Root(leaves)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := feed.WriteTree(&file, leaves); err != nil {
		t.Fatal(err)
	}
	if got, err := feed.ReadTree(file.Bytes(), params, root); err != nil || !slices.Equal(got, leaves) {
		t.Errorf("%v", err)
	}
	for i := range file.Len() {
		data := bytes.Clone(file.Bytes())
		data[i] ^= 1
		if _, err := feed.ReadTree(data, params, root); err == nil {
			t.Fatalf("byte %d may be another one", i)
		}
	}
	if _, err := feed.ReadTree(file.Bytes()[:file.Len()-1], params, root); err == nil {
		t.Error("the last byte may be missing")
	}
}
