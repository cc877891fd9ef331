package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
)

// own is the appliance's own store.
type own struct {
	w     *workload
	dir   string
	store *cache.Store
}

// newOwn prepares a data folder with the keys in it.
func newOwn(w *workload, dir string) (*own, error) {
	o := &own{w: w, dir: dir}
	if err := os.MkdirAll(o.keys(), 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(o.keys(), listName+".key"), w.key[:], 0o600); err != nil {
		return nil, err
	}
	return o, o.open()
}

func (o *own) keys() string { return filepath.Join(o.dir, "keys") }

func (o *own) lists() string { return filepath.Join(o.dir, "lists") }

func (o *own) open() (err error) {
	o.store, err = cache.Open(o.lists(), cache.Options{Keys: cache.KeyFolder(o.keys()), Lists: []string{listName}})
	return err
}

func (o *own) close() error { return o.store.Close() }

func (o *own) do(ctx context.Context, step string) (reply, error) {
	switch step {
	case stepLoad:
		return o.load(ctx)
	case stepMiss:
		return o.lookUps(o.w.misses, 0)
	case stepHit:
		return o.lookUps(o.w.hits, 1)
	case stepRate:
		return o.rate()
	}
	return o.verify(ctx)
}

// load takes the release in as an appliance does: signature, order, hash of
// the file, every shard sealed, read back and proved against the signed root.
func (o *own) load(ctx context.Context) (r reply, err error) {
	if err := errors.Join(o.store.Close(), os.RemoveAll(o.lists()), o.open()); err != nil {
		return r, err
	}
	start := time.Now()
	if err := o.apply(ctx); err != nil {
		return r, err
	}
	r.Seconds = time.Since(start).Seconds()
	// What a store has set aside in files is given back when it is closed.
	if err := o.store.Close(); err != nil {
		return r, err
	}
	r.DiskBytes, err = diskUse(o.lists())
	return r, errors.Join(err, o.open())
}

func (o *own) apply(ctx context.Context) error {
	envelope, err := os.ReadFile(filepath.Join(o.w.release, "latest.json"))
	if err != nil {
		return err
	}
	v, err := feed.Verify(envelope, o.w.trust, feed.Position{})
	if err != nil {
		return err
	}
	file, _ := v.Manifest().File(feed.Snapshot)
	f, err := os.Open(filepath.Join(o.w.release, file.Name))
	if err != nil {
		return err
	}
	defer f.Close()
	c, err := v.Content(feed.Snapshot, f)
	if err != nil {
		return err
	}
	return o.store.Apply(ctx, c)
}

func (d document) query() cache.Query {
	return cache.Query{Number: d.number, Class: d.class, Issuer: d.issuer}
}

// lookUps times each look-up; the answer to all of them is the same.
func (o *own) lookUps(documents []document, want int) (reply, error) {
	took := make([]time.Duration, len(documents))
	for i, d := range documents {
		q := d.query()
		start := time.Now()
		a, err := o.store.Lookup(q)
		took[i] = time.Since(start)
		if err := sound(a, err, want); err != nil {
			return reply{}, fmt.Errorf("query %d: %w", i, err)
		}
	}
	return reply{latency: latencyOf(took)}, nil
}

func sound(a cache.Answer, err error, want int) error {
	exact := 0
	for _, m := range a.Matches {
		if m.How == cache.Exact {
			exact++
		}
	}
	switch {
	case err != nil:
		return err
	case a.Lists[0].Err != nil:
		return a.Lists[0].Err
	case exact != want:
		return fmt.Errorf("%d records, want %d", exact, want)
	}
	return nil
}

// rate looks all misses up on every core at once.
func (o *own) rate() (reply, error) {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	var all sync.WaitGroup
	start := time.Now()
	for core := range cores {
		all.Go(func() {
			for _, d := range o.w.misses {
				if a, err := o.store.Lookup(d.query()); err != nil || a.Lists[0].Err != nil {
					errs[core] = errors.Join(err, a.Lists[0].Err)
				}
			}
		})
	}
	all.Wait()
	return reply{PerSecond: float64(cores*len(o.w.misses)) / time.Since(start).Seconds()}, errors.Join(errs...)
}

func (o *own) verify(ctx context.Context) (reply, error) {
	start := time.Now()
	r, err := o.store.Verify(ctx, listName)
	if err == nil && !r.Sound() {
		err = errors.New("the list is not what was signed")
	}
	return reply{Seconds: time.Since(start).Seconds()}, err
}

// diskUse returns what the files of a folder take on the disk.
func diskUse(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	return total, err
}
