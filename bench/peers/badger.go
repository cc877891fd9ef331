package main

import (
	"bytes"
	"errors"
	"os"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"

	"portcullis/scripts/bench/job"
)

// badgerEngine is plain Badger.
type badgerEngine struct {
	workload job.Workload
	dir      string
}

// options are the ones that suit the job: values in the tree, no value log to
// speak of, one version, no conflicts to detect, bloom filters, all indices in
// memory, no compression, which would gain half the disk and cost a cache.
// Writes are synced once, behind a delta.
func (b badgerEngine) options() badger.Options {
	return badger.DefaultOptions(b.dir).
		WithCompression(options.None).WithBlockCacheSize(0).WithIndexCacheSize(0).
		WithValueThreshold(1 << 20).WithValueLogFileSize(16 << 20).WithMemTableSize(64 << 20).
		WithNumVersionsToKeep(1).WithDetectConflicts(false).WithBloomFalsePositive(0.01).
		WithMetricsEnabled(false).WithLoggingLevel(badger.ERROR)
}

// Load writes the tables in one pass, which the records' order allows: nothing
// in Badger is faster.
func (b badgerEngine) Load() (job.Store, error) {
	if err := os.RemoveAll(b.dir); err != nil {
		return nil, err
	}
	db, err := badger.Open(b.options())
	if err != nil {
		return nil, err
	}
	err = streamTo(db, b.workload)
	return badgerStore{b.workload, db, keyOf(b.workload)}, errors.Join(err, db.Sync())
}

func (b badgerEngine) Open() (job.Store, error) {
	db, err := badger.Open(b.options())
	return badgerStore{b.workload, db, keyOf(b.workload)}, err
}

func streamTo(db *badger.DB, w job.Workload) error {
	writer := db.NewStreamWriter()
	if err := writer.Prepare(); err != nil {
		return err
	}
	batch := batch{to: writer}
	if err := eachNumber(w, batch.add); err != nil {
		return err
	}
	if err := batch.flush(); err != nil {
		return err
	}
	return writer.Flush()
}

type badgerStore struct {
	workload job.Workload
	db       *badger.DB
	key      []byte
}

func (b badgerStore) Close() error { return b.db.Close() }

func (b badgerStore) Lookup(q job.Query) (n int, err error) {
	digest := job.Digest(b.key, q.Number)
	err = b.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(digest[:])
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(value []byte) error {
			n = matching(q, value)
			return nil
		})
	})
	return n, err
}

func (b badgerStore) Apply(delta int) error {
	err := b.db.Update(func(txn *badger.Txn) error { return applyDelta(b.workload, delta, badgerChange{txn}) })
	return errors.Join(err, b.db.Sync())
}

type badgerChange struct{ *badger.Txn }

func (c badgerChange) get(digest []byte) ([]byte, error) {
	item, err := c.Get(digest)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

func (c badgerChange) set(digest, payloads []byte) error { return c.Set(digest, payloads) }
func (c badgerChange) remove(digest []byte) error        { return c.Delete(digest) }

func (b badgerStore) Verify() error {
	sum := newChecksum()
	err := b.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{}) // values are in the tree: nothing to fetch ahead
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			err := it.Item().Value(func(value []byte) error {
				sum.add(it.Item().Key(), value)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, sum.compare(b.workload))
}

// A batch gathers keys for a stream writer.
type batch struct {
	to  *badger.StreamWriter
	buf *z.Buffer
	n   int
}

const batchKeys = 10_000

func (b *batch) add(digest, payloads []byte) error {
	if b.buf == nil {
		b.buf = z.NewBuffer(1<<20, "peers")
	}
	badger.KVToBuffer(&pb.KV{Key: bytes.Clone(digest), Value: bytes.Clone(payloads), Version: 1}, b.buf)
	if b.n++; b.n == batchKeys {
		return b.flush()
	}
	return nil
}

func (b *batch) flush() error {
	if b.buf == nil {
		return nil
	}
	err := b.to.Write(b.buf)
	err = errors.Join(err, b.buf.Release())
	b.buf, b.n = nil, 0
	return err
}
