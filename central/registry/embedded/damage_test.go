package embedded_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"portcullis/cache/list"
	"portcullis/central/registry"
	"portcullis/central/registry/embedded"
	"portcullis/central/registry/registrytest"
)

// TestADamagedTableIsNoMissingRecord changes a bit here and there of what a
// registry has on the disk. Once it was verified, no record passes for one that
// is not there.
func TestADamagedTableIsNoMissingRecord(t *testing.T) {
	dir := t.TempDir()
	r, err := openRegistry(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range records {
		record := registry.Record{Number: number(i), IssuingState: "UTO", Type: "PAS", Status: "lost", Country: "UTO"}
		if err := r.Create(t.Context(), record, registrytest.Today); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(r.Verify(t.Context()), r.Close()); err != nil {
		t.Fatal(err)
	}
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil || len(tables) != 1 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	whole, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	hidden := 0
	for at := 0; at < len(whole)/2; at += len(whole) / 50 { // in the other half lies what a table is opened by
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1
		if err := os.WriteFile(tables[0], damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		hidden += hiddenUntilVerified(t, dir)
	}
	if hidden < records/10 {
		t.Errorf("damage has hidden %d records: that is hardly any", hidden)
	}
}

const records = 300

func number(i int) string { return fmt.Sprintf("UT%06d", i) }

// hiddenUntilVerified counts the records that a damaged registry does not find.
func hiddenUntilVerified(t *testing.T, dir string) (hidden int) {
	t.Helper()
	r, err := openRegistry(t, dir)
	if err != nil {
		return 0
	}
	defer r.Close()
	for i := range records {
		if _, err := r.Find(t.Context(), number(i), list.Passport, "UTO"); errors.Is(err, registry.NotFound) {
			hidden++
		}
	}
	if err := r.Verify(t.Context()); !errors.Is(err, registry.ErrDamaged) {
		t.Errorf("verifying says %v", err)
	}
	for i := range records {
		if _, err := r.Find(t.Context(), number(i), list.Passport, "UTO"); !errors.Is(err, registry.ErrDamaged) {
			t.Errorf("a look-up says %v", err)
		}
	}
	return hidden
}

func openRegistry(t *testing.T, dir string) (*registry.Registry, error) {
	t.Helper()
	s, err := embedded.Open(dir)
	if err != nil {
		return nil, err
	}
	r, err := registry.Open(t.Context(), s, "sltd", registrytest.Key())
	if err != nil {
		s.Close()
	}
	return r, err
}
