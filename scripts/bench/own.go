package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"

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

// Load takes the release in as an appliance does: signature, order, hash of the
// file, every shard sealed, read back and proved against the signed root.
func (o ownEngine) Load() (job.Store, error) {
	keys := filepath.Join(o.dir, "keys")
	secret, err := os.ReadFile(o.workload.Path(job.KeyFile))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(o.lists()), os.MkdirAll(keys, 0o700)); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(keys, listName+".key"), secret, 0o600); err != nil {
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
	keys := keys.NewRing(filepath.Join(o.dir, "keys"), keys.Machine{})
	s, err := cache.Open(o.lists(), cache.Options{Keys: keys, Lists: []string{listName}})
	return ownStore{o.workload, s}, err
}

type ownStore struct {
	workload job.Workload
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

func (o ownStore) release(sequence uint64, kind feed.Kind) error {
	envelope, err := os.ReadFile(releasePath(o.workload.Path(releaseFolder), sequence))
	if err != nil {
		return err
	}
	text, err := os.ReadFile(o.workload.Path(publisherFile))
	if err != nil {
		return err
	}
	key, err := feed.ParseKey(string(text))
	if err != nil {
		return err
	}
	v, err := feed.Verify(envelope, feed.Trust{List: listName, Keys: []ed25519.PublicKey{key}}, o.Position(listName))
	if err != nil {
		return err
	}
	file, _ := v.Manifest().File(kind) // Content says when there is none
	f, err := os.Open(filepath.Join(o.workload.Path(releaseFolder), file.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := v.Content(kind, f)
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
