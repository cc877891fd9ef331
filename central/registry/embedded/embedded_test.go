package embedded_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"portcullis/central/registry"
	"portcullis/central/registry/embedded"
	"portcullis/central/registry/registrytest"
)

func TestMain(m *testing.M) { registrytest.Main(m, open) }

func open(dir string) (registry.Store, error) { return embedded.Open(dir) }

func fresh(t *testing.T) string { return t.TempDir() }

func TestStoreKeepsTheContract(t *testing.T) { registrytest.Store(t, registrytest.At(open, fresh)) }
func TestRegistryKeepsTheContract(t *testing.T) {
	registrytest.Registry(t, registrytest.At(open, fresh))
}
func TestImportsKeepTheContract(t *testing.T) { registrytest.Imports(t, open, fresh) }

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := embedded.Open(dir); !errors.Is(err, registry.ErrInUse) {
		t.Errorf("got %v, want %v", err, registry.ErrInUse)
	}
}

// A kill may fall between the making of a log and its first byte.
func TestARegistryOpensWhoseLogAKillLeftEmpty(t *testing.T) {
	dir := t.TempDir()
	s, err := embedded.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "00009.mem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Open(dir); !errors.Is(err, registry.ErrInUse) {
		t.Errorf("got %v, want %v", err, registry.ErrInUse)
	}
	if _, err := os.Stat(empty); err != nil {
		t.Errorf("what another has open was removed: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = embedded.Open(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func BenchmarkImport(b *testing.B) { registrytest.BenchmarkImport(b, open, b.TempDir) }
