package registrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// Today is the day on which the tests begin.
var Today = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// Key is the key of the list that the tests keep.
func Key() list.Key {
	key, err := list.NewKey(bytes.Repeat([]byte{1}, list.KeySize))
	if err != nil {
		panic(err)
	}
	return key
}

// At makes an Open of what opens a store at a place, and of what names places
// where nothing is.
func At(open func(place string) (registry.Store, error), fresh func(*testing.T) string) Open {
	return func(t *testing.T) registry.Store {
		t.Helper()
		s, err := open(fresh(t))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// A desk is a registry, and a test that works with it.
type desk struct {
	*registry.Registry
	t *testing.T
}

func newDesk(t *testing.T, s registry.Store) desk {
	t.Helper()
	r, err := registry.Open(context.Background(), s, "sltd", Key())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return desk{r, t}
}

func (d desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// refused fails the test unless an error is the refusal by that.
func (d desk) refused(err, want error) {
	d.t.Helper()
	if !errors.Is(err, want) {
		d.t.Errorf("got %v, want %v", err, want)
	}
}

// passport is a record that keeps all rules.
func passport(number int) registry.Record {
	return registry.Record{Number: fmt.Sprintf("UT%06d", number), IssuingState: "UTO", Type: "PAS", Status: "lost", Date: "2026-10-30", Country: "UTO"}
}

func (d desk) create(records ...registry.Record) {
	d.t.Helper()
	for _, r := range records {
		d.must(d.Create(context.Background(), r, Today))
	}
}

// all returns the list's records, and the cursor at which they are.
func (d desk) all() (records []list.Record, at registry.Cursor) {
	d.t.Helper()
	d.must(d.All(context.Background(), func(cursor registry.Cursor, all iter.Seq2[list.Record, error]) error {
		at = cursor
		for r, err := range all {
			if err != nil {
				return err
			}
			records = append(records, r)
		}
		return nil
	}))
	if !slices.IsSortedFunc(records, list.Compare) {
		d.t.Error("the records are out of order")
	}
	return records, at
}

// holds fails the test unless the list is of just these records.
func (d desk) holds(want ...registry.Record) {
	d.t.Helper()
	got, _ := d.all()
	if diff := cmp.Diff(listed(d.t, want...), got); diff != "" {
		d.t.Errorf("the list: -want +got\n%s", diff)
	}
}

// listed returns what the list carries of records.
func listed(t *testing.T, records ...registry.Record) (all []list.Record) {
	t.Helper()
	for _, r := range records {
		e, broken := registry.Check(r, Today)
		if broken != nil {
			t.Fatal(broken)
		}
		l, err := e.Record(Key())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	slices.SortFunc(all, list.Compare)
	return all
}

func (d desk) statistics() registry.Statistics {
	d.t.Helper()
	s, err := d.Statistics(context.Background())
	d.must(err)
	return s
}
