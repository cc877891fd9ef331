package feed_test

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"runtime"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// allocated is how many bytes are allocated while something is done.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// A history of a megabyte has some three thousand steps. By the square of that,
// a way through all of them would take all memory of a board.
func TestAWayThroughAWholeHistoryTakesLittleMemory(t *testing.T) {
	const n = 3000
	link := func(i uint64) feed.Step {
		s := step(i%9, i%9+1, 10)
		s.From, s.To = feed.Position{Sequence: i, Root: list.Hash{1}}, feed.Position{Sequence: i + 1, Root: list.Hash{1}}
		return s
	}
	var steps []feed.Step
	for i := uint64(1); i < n-1; i++ {
		steps = append(steps, link(i))
	}
	history, err := feed.EncodeHistory(steps)
	if err != nil {
		t.Fatal(err)
	}
	r := feedtest.Release{Manifest: feed.Manifest{Steps: []feed.Step{link(n - 1)}, Release: feed.Release{
		List: "sltd", Sequence: n, Issued: issued, KeyID: feedtest.KeyID, Params: params, Records: 4, Root: list.Hash{1},
	}, History: feed.File{Name: "h.json", Size: int64(len(history)), SHA256: fmt.Sprintf("%x", sha256.Sum256(history))}}}
	v, err := r.Verified(t).WithHistory(history)
	if err != nil {
		t.Fatal(err)
	}
	var w feed.Way
	bytes := allocated(func() { w, _ = v.Way(steps[0].From, v.Manifest().Position(), nil) })
	if len(w) != n-1 || w[0] != steps[0] || w.Bytes() != 10*(n-1) {
		t.Fatalf("the way has %d steps", len(w))
	}
	if bytes > 16<<20 {
		t.Errorf("it took %d MB", bytes>>20)
	}
}

// Deltas that were composed do what they do one after the other.
func TestComposedDeltasDoWhatTheyDoOneByOne(t *testing.T) {
	all := feedtest.Records(2, 400)
	var changes []list.Change
	held := all[:200]
	for i := range 40 {
		next := all[(i*37)%200 : (i*37)%200+150+i]
		changes = append(changes, list.Difference(held, next))
		held = next
	}
	want := list.Difference(all[:200], held)
	got := feed.Composed(changes)
	made, err := got.Apply(append([]list.Record(nil), all[:200]...))
	if err != nil || !reflect.DeepEqual(made, held) {
		t.Fatalf("%d records, %v, want %d; one change does it with %d", len(made), err, len(held), want.Len())
	}
}

// A device that was off for weeks composes hundreds of deltas.
func TestComposingManyDeltasDoesNotGrowByTheSquare(t *testing.T) {
	const deltas, each = 512, 50
	all := feedtest.Records(3, deltas*each)
	changes := make([]list.Change, deltas)
	for i, r := range all {
		c := &changes[i%deltas]
		c.Added = append(c.Added, r)
	}
	var whole list.Change
	bytes := allocated(func() { whole = feed.Composed(changes) })
	if whole.Len() != len(all) {
		t.Fatalf("%d records", whole.Len())
	}
	size := uint64(reflect.TypeFor[list.Record]().Size()) * uint64(len(all))
	if bytes > 30*size { // by the square it is some 250 times
		t.Errorf("it took %d bytes for records of %d", bytes, size)
	}
}
