package embedded_test

import (
	"errors"
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

func BenchmarkImport(b *testing.B) { registrytest.BenchmarkImport(b, open, b.TempDir) }
