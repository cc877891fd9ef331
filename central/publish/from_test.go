package publish_test

import (
	"context"
	"iter"
	"strings"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/roles"
)

// A register is a source that tests say the changes of.
type register struct {
	at      registry.Cursor
	records []list.Record
	since   map[registry.Cursor][]list.Record // what there was at a cursor
	asked   []string
}

func (r *register) set(records []list.Record) {
	if r.since == nil {
		r.since = map[registry.Cursor][]list.Record{}
	}
	r.at++
	r.records, r.since[r.at] = records, records
}

func (r *register) Changes(_ context.Context, since registry.Cursor) (removed, added []list.Record, next registry.Cursor, err error) {
	r.asked = append(r.asked, "changes")
	before, known := r.since[since]
	if !known {
		return nil, nil, 0, registry.ErrTakeAll
	}
	c := list.Difference(before, r.records)
	return c.Removed, c.Added, r.at, nil
}

func (r *register) All(_ context.Context, take func(registry.Cursor, iter.Seq2[list.Record, error]) error) error {
	r.asked = append(r.asked, "all")
	return take(r.at, sorted(r.records))
}

// What was wrong may be mended while it waits, and two may sign it all the same.
func TestWhatWasMendedWhileAReleaseWaitedIsPublishedAfterIt(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 4000)
	var r register
	d := s.device()
	next := func(at int, now []list.Record) publish.Result {
		t.Helper()
		r.set(now)
		result, err := s.publisher().PublishFrom(context.Background(), hours(at), "one", &r)
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	next(0, records)
	s.follow(d)
	if waits := next(1, records[1500:]); waits.Pending == nil {
		t.Fatalf("%+v", waits)
	}
	o := s.options("sltd")
	o.Ring = s.ring(roles.Bulk) // the publisher's keys are elsewhere
	if a, err := publisherOf(t, o).Approve(context.Background(), hours(2), o.Ring); err != nil || a.Made || len(a.Signed) != a.Need {
		t.Fatalf("%+v, %v", a, err)
	}
	mended := next(3, records)
	if mended.Pending == nil { // as great a change as before
		t.Fatalf("%+v", mended)
	}
	s.follow(d)
	s.mustHold(d, 2, records[1500:])
	if _, err := s.publisher().Approve(context.Background(), hours(4), s.ring(roles.Bulk)); err != nil {
		t.Fatal(err)
	}
	s.follow(d)
	s.mustHold(d, 3, records)
}

func TestARegistryIsReadFromWhereTheLastReleaseWasMade(t *testing.T) {
	s := newSiteIn(t, fast(t))
	records := feedtest.Records(1, 4000)
	var r register
	d := s.device()
	for i, c := range []struct {
		origin  string
		records []list.Record
		asked   string
		pending bool
	}{
		{"one", records, "all", false},
		{"one", records[10:], "changes", false},
		{"one", records[10:], "changes", false},
		{"one", records[1500:], "changes", true},
		{"one", records[20:], "changes", false}, // what was rejected is not taken for published
		{"two", records[30:], "all", false},
	} {
		r.asked = nil
		r.set(c.records)
		result, err := s.publisher().PublishFrom(context.Background(), hours(i), c.origin, &r)
		if err != nil || strings.Join(r.asked, " ") != c.asked || (result.Pending != nil) != c.pending {
			t.Fatalf("%d: asked for %v, %+v, %v", i, r.asked, result, err)
		}
		if c.pending {
			if err := s.publisher().Reject(context.Background(), hours(i)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		s.follow(d)
		s.mustHold(d, result.Manifest.Sequence, c.records)
	}
}
