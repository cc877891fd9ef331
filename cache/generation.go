package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/list"
)

// A generation is a list since its last snapshot, in a Badger of its own.
type generation struct {
	list   string
	number uint32
	dir    string
	db     *tree
	seal   *sealer
	place  []byte       // what every seal names: list, generation, parameters
	use    sync.RWMutex // held to read while the files are in use
	closed func() error
}

// openGeneration opens the folder of a generation, which it makes if need be.
// The parameters are those of the snapshot that it began with.
func openGeneration(root, name string, number uint32, p list.Params, seal *sealer, o Options) (*generation, error) {
	g := &generation{list: name, number: number, dir: filepath.Join(root, generationFolder(name, number)), seal: seal}
	g.place = placeOf(name, number, p)
	var err error
	if g.db, err = openBadger(g.dir, o); err != nil {
		return nil, fmt.Errorf("generation %d of list %s: %w", number, name, err)
	}
	g.closed = sync.OnceValue(func() error {
		g.use.Lock() // for ever: nobody enters any more
		return g.db.close()
	})
	return g, nil
}

// placeOf is what every seal of a generation names. A later delta may append
// State codes to the parameters; these are the ones that the generation began
// with.
func placeOf(name string, number uint32, p list.Params) []byte {
	params, err := json.Marshal(p)
	if err != nil {
		panic(err) // numbers and words
	}
	sum := sha256.Sum256(params)
	place := append([]byte("portcullis list\x00"+name), 0)
	place = binary.BigEndian.AppendUint32(place, number)
	return append(place, sum[:16]...)
}

// sealed returns what is stored of a value under a key.
func (g *generation) sealed(key, value []byte) []byte {
	return g.seal.seal(make([]byte, 0, len(value)+sealedExtra), g.placed(key), value)
}

func (g *generation) placed(key []byte) []byte {
	return append(g.place[:len(g.place):len(g.place)], key...)
}

// enter keeps the generation open until leave. It is false once the generation
// is closed or about to be, or cannot be read any more.
func (g *generation) enter() bool { return !g.db.stopped.Load() && g.use.TryRLock() }

// notOpen says why nobody enters.
func (g *generation) notOpen() error {
	if g.db.stopped.Load() {
		return ErrStopped
	}
	return ErrClosed
}

func (g *generation) leave() { g.use.RUnlock() }

// close waits for whoever is reading, and closes the files.
func (g *generation) close() error { return g.closed() }

// remove closes the generation and gives its space back.
func (g *generation) remove() error { return errors.Join(g.close(), os.RemoveAll(g.dir)) }

// errMissing means that a version is not there, or that Badger could not read
// it: it does not tell one from the other.
var errMissing = errors.New("it is missing, or cannot be read")

// value calls f with what is stored under a key. The bytes are f's until it
// returns.
func (g *generation) value(key []byte, f func([]byte) error) error {
	err := faultless(func() error {
		return g.db.View(func(txn *badger.Txn) error {
			item, err := txn.Get(key)
			if errors.Is(err, badger.ErrKeyNotFound) {
				return errMissing
			}
			if err != nil {
				return err
			}
			return item.Value(f)
		})
	})
	if err != nil && g.db.stopped.Load() {
		return ErrStopped // it says nothing of the shard
	}
	return err
}

// open reads what is sealed under a key into room, which grows as needed.
func (g *generation) open(key []byte, room []byte) ([]byte, error) {
	err := g.value(key, func(sealed []byte) (err error) {
		room, err = g.seal.open(room[:0], g.placed(key), sealed)
		return err
	})
	return room, err
}

// eachVersion calls f for every version in a table, in the order of their ids,
// and of one id the oldest first.
func (g *generation) eachVersion(table byte, f func(id uint32, release uint64, item *badger.Item) error) error {
	return eachKey(g.db.DB, []byte{table}, func(item *badger.Item) error {
		id, release, ok := parseVersion(item.Key())
		if !ok {
			return nil
		}
		return f(id, release, item)
	})
}

// A batch gathers what is to be written or deleted in a generation, durably by
// the time that it is flushed.
type batch struct {
	*badger.WriteBatch
	tree    *tree
	version uint64
}

// batch begins a batch. One is written at a time: the caller changes what is
// stored.
func (g *generation) batch() (batch, error) {
	if err := g.db.ready(); err != nil {
		return batch{}, err
	}
	version := g.db.version.Add(1)
	return batch{g.db.NewWriteBatchAt(version), g.db, version}, nil
}

// Set gathers a value.
func (b batch) Set(key, value []byte) error {
	return b.tree.await(func() error { return b.WriteBatch.Set(key, value) })
}

// Delete gathers a deletion.
func (b batch) Delete(key []byte) error {
	return b.tree.await(func() error { return b.WriteBatch.Delete(key) })
}

// Cancel gives up what was not flushed.
func (b batch) Cancel() {
	b.tree.await(func() error {
		b.WriteBatch.Cancel()
		return nil
	})
}

// setPage writes a page of a view.
func (b batch) setPage(v *view, n int) error {
	key := versionKey(pageTable, uint32(n), v.pageVersion(n))
	return b.Set(key, v.gen.sealed(key, v.page(n)))
}

// flush ends the batch.
func (b batch) flush() error {
	err := b.tree.await(b.WriteBatch.Flush)
	if err == nil {
		b.tree.SetDiscardTs(b.version)
	}
	return err
}

// drop deletes keys.
func (g *generation) drop(keys [][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	b, err := g.batch()
	if err != nil {
		return err
	}
	defer b.Cancel()
	for _, key := range keys {
		if err := b.Delete(key); err != nil {
			return err
		}
	}
	return b.flush()
}
