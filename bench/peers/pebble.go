package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"portcullis/scripts/bench/job"
)

// pebbleEngine is Pebble, an LSM tree.
type pebbleEngine struct {
	workload job.Workload
	dir      string
}

const bottom = 6 // the lowest level

// options are the ones that suit the job: the newest format, whose columns keep
// a key and a value of fixed size without a byte beside, blocks of a page, a
// small cache. Bloom filters are for what lies above the bottom, as deltas do:
// at the bottom a Get does not ask them.
func (p pebbleEngine) options() *pebble.Options {
	o := &pebble.Options{
		FormatMajorVersion: pebble.FormatNewest, CacheSize: 32 << 20, MemTableSize: 16 << 20,
		MaxOpenFiles: 1000, Logger: quiet{},
	}
	for i := range o.Levels {
		o.Levels[i].BlockSize, o.Levels[i].IndexBlockSize = 4<<10, 32<<10
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
		o.Levels[i].Compression = func() *sstable.CompressionProfile { return sstable.NoCompression }
	}
	o.Levels[bottom].FilterPolicy = pebble.NoFilterPolicy
	return o
}

// quiet tells nothing but what is fatal.
type quiet struct{}

func (quiet) Infof(string, ...any)              {}
func (quiet) Errorf(string, ...any)             {}
func (quiet) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

// tableRecords is how many numbers one table of the load has: about 64 MB.
const tableRecords = 4_000_000

// Load writes tables, which the records' order allows, and has them taken in as
// they are: nothing in Pebble is faster.
func (p pebbleEngine) Load() (job.Store, error) {
	if err := os.RemoveAll(p.dir); err != nil {
		return nil, err
	}
	s, err := p.open()
	if err != nil {
		return nil, err
	}
	o := p.options()
	o.EnsureDefaults()
	t := tables{dir: filepath.Join(p.dir, "loading"), options: o.MakeWriterOptions(bottom, s.db.TableFormat())}
	if err := os.Mkdir(t.dir, 0o700); err != nil {
		return nil, err
	}
	if err := errors.Join(eachNumber(p.workload, t.add), t.end()); err != nil {
		return nil, err
	}
	err = s.db.Ingest(context.Background(), t.paths)
	return s, errors.Join(err, os.RemoveAll(t.dir))
}

func (p pebbleEngine) Open() (job.Store, error) { return p.open() }

func (p pebbleEngine) open() (pebbleStore, error) {
	db, err := pebble.Open(p.dir, p.options())
	return pebbleStore{p.workload, db, keyOf(p.workload)}, err
}

// tables writes sorted tables for the load.
type tables struct {
	dir     string
	options sstable.WriterOptions
	paths   []string
	table   *sstable.Writer
	n       int
}

func (t *tables) add(digest, payloads []byte) error {
	if t.table == nil {
		path := filepath.Join(t.dir, fmt.Sprint(len(t.paths)))
		f, err := vfs.Default.Create(path, vfs.WriteCategoryUnspecified)
		if err != nil {
			return err
		}
		t.paths, t.table = append(t.paths, path), sstable.NewWriter(objstorageprovider.NewFileWritable(f), t.options)
	}
	if err := t.table.Set(digest, payloads); err != nil {
		return err
	}
	if t.n++; t.n%tableRecords == 0 {
		return t.end()
	}
	return nil
}

// end ends a table: when it is closed, it is synced.
func (t *tables) end() error {
	if t.table == nil {
		return nil
	}
	err := t.table.Close()
	t.table = nil
	return err
}

type pebbleStore struct {
	workload job.Workload
	db       *pebble.DB
	key      []byte
}

func (p pebbleStore) Close() error { return p.db.Close() }

func (p pebbleStore) Lookup(q job.Query) (int, error) {
	digest := job.Digest(p.key, q.Number)
	value, closer, err := p.db.Get(digest[:])
	if errors.Is(err, pebble.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return matching(q, value), closer.Close()
}

func (p pebbleStore) Apply(delta int) error {
	batch := p.db.NewBatch()
	defer batch.Close()
	if err := applyDelta(p.workload, delta, pebbleChange{p.db, batch}); err != nil {
		return err
	}
	return batch.Commit(pebble.Sync)
}

// pebbleChange reads from the store: the changes of a delta are each of another
// digest.
type pebbleChange struct {
	db    *pebble.DB
	batch *pebble.Batch
}

func (c pebbleChange) get(digest []byte) ([]byte, error) {
	value, closer, err := c.db.Get(digest)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append([]byte(nil), value...), closer.Close()
}

func (c pebbleChange) set(digest, payloads []byte) error { return c.batch.Set(digest, payloads, nil) }
func (c pebbleChange) remove(digest []byte) error        { return c.batch.Delete(digest, nil) }

func (p pebbleStore) Verify() (err error) {
	all, err := p.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, all.Close()) }()
	sum := newChecksum()
	for all.First(); all.Valid(); all.Next() {
		value, err := all.ValueAndErr()
		if err != nil {
			return err
		}
		sum.add(all.Key(), value)
	}
	return errors.Join(all.Error(), sum.compare(p.workload))
}
