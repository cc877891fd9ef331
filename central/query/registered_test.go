package query_test

import (
	"errors"
	"testing"
	"time"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/central/registry"
	"portcullis/central/registry/embedded"
)

var listKey = []byte("0123456789abcdef0123456789abcdef")

// newRegistry makes a registry on the disk with two records of documents of
// Utopia: one that another State owns, and one with its last day.
func newRegistry(t *testing.T, now time.Time, last string) *registry.Registry {
	t.Helper()
	store, err := embedded.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	key, err := list.NewKey(listKey)
	if err != nil {
		t.Fatal(err)
	}
	r, err := registry.Open(t.Context(), store, "sltd", key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	for _, record := range []registry.Record{
		{Number: "UT-900001", IssuingState: "UTO", Type: "DIP", Status: "stolen", Country: "D", Date: "2026-01-02", Owner: "D", Reference: "R1"},
		{Number: "UT-900002", IssuingState: "UTO", Type: "P", Status: "lost", Country: "D", Expires: last},
	} {
		if err := r.Create(t.Context(), record, now); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func asking(number string) query.Question {
	return query.Question{Number: number, Class: list.Passport, Issuer: "UTO"}
}

func TestARecordIsFoundWhoeverOwnsIt(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	records := query.Registered(newRegistry(t, now, "2026-11-27"), func() time.Time { return now })
	found, err := records.Find(t.Context(), asking("UT900001"), 2)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d records, %v", len(found), err)
	}
	want := query.Record{
		Key: found[0].Key, Class: list.Passport, Type: "DIP", Issuer: "UTO", Status: list.Stolen, Owner: "D", Country: "D", Reference: "R1",
		Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Expires: found[0].Expires,
	}
	if found[0] != want || found[0].Expires.IsZero() {
		t.Errorf("got %#v", found[0])
	}
	if again, err := records.Record(t.Context(), found[0].Key); err != nil || again != found[0] {
		t.Errorf("by its key: %v, %v", again, err)
	}
	for _, other := range []query.Question{asking("UT900009"), {Number: "UT900001", Class: list.Identity, Issuer: "UTO"}, {Number: "UT900001", Class: list.Passport, Issuer: "D"}} {
		if found, err := records.Find(t.Context(), other, 2); err != nil || len(found) > 0 {
			t.Errorf("%v: %d records, %v", other, len(found), err)
		}
	}
}

func TestARecordIsGoneTheDayAfterItsLastAlthoughNothingWasSwept(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	records := query.Registered(newRegistry(t, now, "2026-11-27"), func() time.Time { return now })
	now = time.Date(2026, 11, 27, 23, 59, 59, 0, time.UTC)
	found, err := records.Find(t.Context(), asking("UT900002"), 2)
	if err != nil || len(found) != 1 || found[0].Type != "" {
		t.Fatalf("on its last day: %d records, %v", len(found), err)
	}
	now = time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	if later, err := records.Find(t.Context(), asking("UT900002"), 2); err != nil || len(later) > 0 {
		t.Errorf("the day after: %d records, %v", len(later), err)
	}
	if _, err := records.Record(t.Context(), found[0].Key); !errors.Is(err, query.ErrGone) {
		t.Errorf("the day after, by its key: %v", err)
	}
}

// An empty answer lets a document through: what fails must not look like one.
func TestARegistryThatFailsNeverAnswersThatThereIsNothing(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	r := newRegistry(t, now, "2026-11-27")
	records := query.Registered(r, func() time.Time { return now })
	r.Close()
	if found, err := records.Find(t.Context(), asking("UT900001"), 2); err == nil {
		t.Errorf("a registry that is closed answers with %d records", len(found))
	}
	if _, err := records.Record(t.Context(), "00"); err == nil {
		t.Errorf("%v", err)
	}
}
