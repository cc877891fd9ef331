package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"os"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/ristretto/v2/z"
)

// badgerStore is plain Badger: one key for each number, its digest, with the
// payloads of the records that have it as the value. Nothing is sealed.
type badgerStore struct {
	dir    string
	key    []byte
	zstd   bool
	db     *badger.DB
	loaded [sha256.Size]byte
}

// options are the ones that suit the job: values in the tree, no value log to
// speak of, one version, no conflicts to detect, bloom filters, all indices in
// memory. Compressed blocks need a cache to be fast at all.
func (b *badgerStore) options() badger.Options {
	o := badger.DefaultOptions(b.dir).
		WithCompression(options.None).WithBlockCacheSize(0).WithIndexCacheSize(0).
		WithValueThreshold(1 << 20).WithValueLogFileSize(16 << 20).WithMemTableSize(64 << 20).
		WithNumVersionsToKeep(1).WithDetectConflicts(false).WithBloomFalsePositive(0.01).
		WithMetricsEnabled(false).WithLoggingLevel(badger.ERROR)
	if b.zstd {
		o = o.WithCompression(options.ZSTD).WithZSTDCompressionLevel(1).WithBlockCacheSize(64 << 20)
	}
	return o
}

// load writes the tables in one pass, which the records' order allows: nothing
// in Badger is faster.
func (b *badgerStore) load(records string) error {
	if err := b.empty(); err != nil {
		return err
	}
	w := b.db.NewStreamWriter()
	if err := w.Prepare(); err != nil {
		return err
	}
	batch := batch{to: w, sum: sha256.New()}
	if err := eachNumber(records, batch.add); err != nil {
		return err
	}
	if err := batch.flush(); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	batch.sum.Sum(b.loaded[:0])
	return b.db.Sync()
}

// empty opens a store with nothing in it.
func (b *badgerStore) empty() error {
	if b.db != nil {
		if err := b.db.Close(); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(b.dir); err != nil {
		return err
	}
	return b.open()
}

func (b *badgerStore) open() (err error) {
	b.db, err = badger.Open(b.options())
	return err
}

func (b *badgerStore) closed(do func() error) error {
	if err := b.db.Close(); err != nil {
		return err
	}
	return errors.Join(do(), b.open())
}

func (b *badgerStore) lookUp(q query) (n int, err error) {
	key := digest(b.key, q.number)
	err = b.db.View(func(txn *badger.Txn) error {
		item, err := txn.Get(key[:])
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return item.Value(func(value []byte) error {
			n = q.fits(value)
			return nil
		})
	})
	return n, err
}

// verify hashes all keys and values and compares with the hash that load took.
func (b *badgerStore) verify() error {
	sum := sha256.New()
	err := b.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.DefaultIteratorOptions)
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			sum.Write(it.Item().Key())
			err := it.Item().Value(func(value []byte) error {
				sum.Write(value)
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !bytes.Equal(sum.Sum(nil), b.loaded[:]) {
		err = errors.New("what was read back is not what was loaded")
	}
	return err
}

// A batch gathers keys for a stream writer.
type batch struct {
	to  *badger.StreamWriter
	sum hash.Hash // of all keys and values
	buf *z.Buffer
	n   int
}

const batchKeys = 10_000

func (b *batch) add(digest, payloads []byte) error {
	b.sum.Write(digest)
	b.sum.Write(payloads)
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
