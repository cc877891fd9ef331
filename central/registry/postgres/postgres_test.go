package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"portcullis/central/registry"
	"portcullis/central/registry/postgres"
	"portcullis/central/registry/registrytest"
)

func TestMain(m *testing.M) { registrytest.Main(m, open) }

// open opens a store by its address and list, with a space between.
func open(place string) (registry.Store, error) {
	address, list, _ := strings.Cut(place, " ")
	return postgres.Open(context.Background(), address, list)
}

// newPlaces returns a function that returns places of a server where nothing is.
func newPlaces(s *registrytest.Server) func(*testing.T) string {
	var count atomic.Int64
	return func(*testing.T) string { return fmt.Sprintf("%s list-%d", s.Address(), count.Add(1)) }
}

func TestStoreKeepsTheContract(t *testing.T) {
	registrytest.Store(t, registrytest.At(open, newPlaces(registrytest.Postgres(t))))
}

func TestRegistryKeepsTheContract(t *testing.T) {
	registrytest.Registry(t, registrytest.At(open, newPlaces(registrytest.Postgres(t))))
}

func TestImportsKeepTheContract(t *testing.T) {
	registrytest.Imports(t, open, newPlaces(registrytest.Postgres(t)))
}

func TestAnImportGoesOnAfterTheServerWasRestarted(t *testing.T) {
	s := registrytest.Postgres(t)
	registrytest.ImportThroughCrash(t, open, newPlaces(s), func() { s.Crash(t) }, func() { s.Start(t) })
}

func TestPasswordsStayOutOfAddressesAndErrors(t *testing.T) {
	for _, address := range []string{
		"postgres://u:hunter2@/db?host=/nowhere", "postgres://u@/db?host=/nowhere&password=hunter2", "postgres://u:hunter2@[broken/db",
		"postgres://u:hunter2@h:port/db",
	} {
		_, err := postgres.Open(t.Context(), address, "sltd")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
		if !errors.Is(err, postgres.ErrPassword) {
			t.Errorf("got %v, want %v", err, postgres.ErrPassword)
		}
	}
	t.Setenv("PGPASSWORD", "hunter2")
	for _, address := range []string{"postgres://u@/db?host=/nowhere", "postgres://u@h:port/db", "postgres://%zz"} {
		if _, err := postgres.Open(t.Context(), address, "sltd"); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkImport(b *testing.B) {
	s := registrytest.Postgres(b)
	count := 0
	registrytest.BenchmarkImport(b, open, func() string {
		count++
		return fmt.Sprintf("%s bench-%d", s.Address(), count)
	})
}
