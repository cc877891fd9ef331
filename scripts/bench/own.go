package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/keys"
	"portcullis/cache/list"
	"portcullis/firmware"
	"portcullis/scripts/bench/job"
)

// ownName is what our store is called among the engines.
const ownName = "portcullis"

// ownEngine is the appliance's own store, in a data folder with its keys.
type ownEngine struct {
	workload job.Workload
	dir      string
}

func newOwnEngine(w job.Workload, dir string) job.Engine { return ownEngine{w, dir} }

func (o ownEngine) lists() string { return filepath.Join(o.dir, "lists") }

// Load takes the release in as an appliance does: signatures, order, hash of the
// file, every shard sealed, read back and proved against the signed root.
func (o ownEngine) Load() (job.Store, error) {
	secret, err := os.ReadFile(o.workload.Path(job.KeyFile))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(o.lists()), giveKey(o.dir, secret)); err != nil {
		return nil, err
	}
	s, err := o.open()
	if err != nil {
		return nil, err
	}
	return s, s.release(1, feed.Snapshot)
}

func (o ownEngine) Open() (job.Store, error) { return o.open() }

func (o ownEngine) open() (ownStore, error) {
	firmware.LimitMemory(firmware.DefaultMemory) // as the appliance does
	s, err := openLists(o.dir)
	return ownStore{o.workload, filepath.Join(o.dir, "shelf"), s}, err
}

// giveKey gives a device, in its data folder, the key of the list's digests.
func giveKey(dir string, secret []byte) error {
	folder := filepath.Join(dir, "keys")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, listName+".key"), secret, 0o600)
}

// openLists opens the store of a device that has its key.
func openLists(dir string) (*cache.Store, error) {
	ring := keys.NewRing(filepath.Join(dir, "keys"), keys.Machine{})
	return cache.Open(filepath.Join(dir, "lists"), cache.Options{Keys: ring, Lists: []string{listName}})
}

type ownStore struct {
	workload job.Workload
	shelf    string // what was verified of the publisher
	*cache.Store
}

// Lookup counts the records that match exactly.
func (o ownStore) Lookup(q job.Query) (exact int, err error) {
	a, err := o.Store.Lookup(cache.Query{Number: q.Number, Class: list.Class(q.Class), Issuer: q.Code})
	if err != nil {
		return 0, err
	}
	for _, m := range a.Matches {
		if m.How == cache.Exact {
			exact++
		}
	}
	return exact, a.Lists[0].Err
}

// Apply takes in the release with a delta: the first release is the snapshot.
func (o ownStore) Apply(delta int) error { return o.release(uint64(1+delta), feed.Delta) }

// release takes in one step of the publisher's newest release: the snapshot of
// the first, or a delta from one to the next.
func (o ownStore) release(sequence uint64, kind feed.Kind) error {
	source := folderSource(o.workload.Path(releaseFolder))
	v, err := source.newest(context.Background(), o.shelf, o.Position(listName))
	if err != nil {
		return err
	}
	at := slices.IndexFunc(v.Steps(), func(s feed.Step) bool {
		return s.To.Sequence == sequence && s.Kind() == kind && (kind == feed.Snapshot || s.From == o.Position(listName))
	})
	if at < 0 {
		return fmt.Errorf("no %s leads to release %d", kind, sequence)
	}
	step := v.Steps()[at]
	f, err := os.Open(filepath.Join(string(source), listName, step.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := v.Content(step, f)
	if err != nil {
		return err
	}
	return o.Store.Apply(context.Background(), c)
}

// Verify compares with what was signed.
func (o ownStore) Verify() error {
	r, err := o.Store.Verify(context.Background(), listName)
	if err == nil && !r.Sound() {
		err = errors.New("the list is not what was signed")
	}
	return err
}
