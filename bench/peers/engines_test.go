package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"portcullis/scripts/bench/job"
)

var key = []byte("a key of the digests, 32 bytes!!")

// record is of a document of a class and an issuer.
func record(number string, class byte, issuer uint16) (r job.Record) {
	d := job.Digest(key, number)
	copy(r[:], d[:])
	r[job.DigestSize] = class
	binary.BigEndian.PutUint16(r[job.DigestSize+1:], issuer)
	r[job.IdentitySize] = 3 // some status
	return r
}

func query(number string, class byte, issuer uint16) job.Query {
	return job.Query{Number: number, Class: class, Issuer: issuer, Code: "UTO"}
}

// workload has two documents with one number, and one beside; its deltas are
// one that fits, one that adds what is there, and one that removes what is not.
func workload(t *testing.T) job.Workload {
	t.Helper()
	w := job.Workload(t.TempDir())
	write := func(name string, records ...job.Record) []byte {
		slices.SortFunc(records, func(a, b job.Record) int { return slices.Compare(a[:], b[:]) })
		var data []byte
		for _, r := range records {
			data = append(data, r[:]...)
		}
		if err := os.WriteFile(w.Path(name), data, 0o600); err != nil {
			t.Fatal(err)
		}
		return data
	}
	sum := sha256.Sum256(write(job.RecordsFile, record("AB123", 1, 7), record("AB123", 1, 8), record("CD456", 2, 7)))
	if err := errors.Join(os.WriteFile(w.Path(job.KeyFile), key, 0o600), os.WriteFile(w.Path(job.SumFile), sum[:], 0o600)); err != nil {
		t.Fatal(err)
	}
	for i, d := range []struct{ removed, added []job.Record }{
		{[]job.Record{record("AB123", 1, 7), record("CD456", 2, 7)}, []job.Record{record("AB123", 2, 9), record("EF789", 1, 7)}},
		{nil, []job.Record{record("EF789", 1, 7)}},
		{[]job.Record{record("EF789", 1, 8)}, nil},
	} {
		removed, added := job.DeltaFiles(i + 1)
		write(removed, d.removed...)
		write(added, d.added...)
	}
	return w
}

func TestEveryEngineDoesTheJob(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			w := workload(t)
			e := engine(w, filepath.Join(t.TempDir(), name))
			s, err := e.Load()
			if err != nil {
				t.Fatal(err)
			}
			mustFind(t, s, map[job.Query]int{query("AB123", 1, 7): 1, query("AB123", 1, 8): 1, query("AB123", 2, 7): 0, query("CD456", 2, 7): 1, query("EF789", 1, 7): 0})
			if err := errors.Join(s.Verify(), s.Apply(1)); err != nil {
				t.Fatal(err)
			}
			if s.Verify() == nil {
				t.Error("another list than the one that was loaded passes for it")
			}
			for _, delta := range []int{2, 3} {
				if s.Apply(delta) == nil {
					t.Errorf("delta %d is applied", delta)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = e.Open(); err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			mustFind(t, s, map[job.Query]int{query("AB123", 1, 7): 0, query("AB123", 1, 8): 1, query("AB123", 2, 9): 1, query("CD456", 2, 7): 0, query("EF789", 1, 7): 1})
		})
	}
}

func mustFind(t *testing.T, s job.Store, want map[job.Query]int) {
	t.Helper()
	for q, n := range want {
		if got, err := s.Lookup(q); got != n || err != nil {
			t.Errorf("class %d of issuer %d: %d records, want %d, %v", q.Class, q.Issuer, got, n, err)
		}
	}
}
