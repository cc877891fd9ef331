package engine_test

import (
	"bytes"
	"encoding/binary"
	"math"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"

	"portcullis/cache/engine"
)

const (
	firstBuffer  = 8 << 20             // of a builder's allocator
	spaceOfBlock = 32<<10 + 256        // that a builder takes
	arena        = 4 << 20 * 130 / 100 // of a table in memory
)

// newestAllocator returns the number of an allocator that is newer than all
// others: they are numbered in turn.
func newestAllocator() uint64 {
	a := z.NewAllocator(512, "test")
	defer a.Release()
	return a.Ref
}

// allocators returns those that this process made after another one, and holds.
func allocators(since uint64) (all []*z.Allocator) {
	newest := newestAllocator()
	for ref := since + 1; ref < newest; ref++ {
		if a := z.AllocatorFrom(ref); a != nil {
			all = append(all, a)
		}
	}
	return all
}

// mustBeBounded fails the test if an allocator that was made since has more
// than its first buffer. The pool keeps those of the last eight builders.
func mustBeBounded(t *testing.T, since uint64) {
	t.Helper()
	for _, a := range allocators(since) {
		if a.Allocated() != firstBuffer {
			t.Errorf("an allocator holds %d bytes, not one buffer of %d", a.Allocated(), firstBuffer)
		}
	}
}

// mustHoldBoundedTables fails the test if the table files in a folder have more
// blocks than a builder's first buffer. It returns how many the largest has. No
// table may be in the making.
func mustHoldBoundedTables(t *testing.T, dir string) (most int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	must(t, err)
	if len(names) == 0 {
		t.Error("there are no tables")
	}
	for _, name := range names {
		most = max(most, blocks(t, name))
	}
	if most*spaceOfBlock > firstBuffer {
		t.Errorf("a table has %d blocks, for which its builder took %d of %d bytes", most, most*spaceOfBlock, firstBuffer)
	}
	return most
}

func blocks(t *testing.T, name string) int {
	t.Helper()
	file, err := z.OpenMmapFile(name, 0, 0)
	must(t, err)
	tab, err := table.OpenTable(file, table.Options{ReadOnly: true})
	must(t, err)
	defer tab.Close(-1)
	return len(tab.KeySplits(math.MaxInt32, nil)) // one for each block
}

// An entry is what the tests below write.
type entry struct{ key, value []byte }

// worst returns the entries that waste the most of each block: two of the
// largest, and one after which a third does not fit.
func worst(bytes int) (entries []entry) {
	sizes := []int{engine.MaxValue, engine.MaxValue, 1100}
	for i := 0; bytes > 0; i++ {
		key := make([]byte, engine.MaxKey)
		binary.BigEndian.PutUint32(key, uint32(i)) // in front, so that keys have no prefix in common
		e := entry{key, shard(i, 1)}
		e.value = append(e.value, make([]byte, engine.MaxValue)...)[:sizes[i%3]]
		entries = append(entries, e)
		bytes -= len(e.key) + len(e.value)
	}
	return entries
}

// build makes a table of entries as Badger does of a table in memory, and
// returns it with the allocator that it was built in.
func build(entries []entry) ([]byte, *z.Allocator) {
	o := engine.Options("")
	since := newestAllocator()
	b := table.NewTableBuilder(table.Options{TableSize: uint64(o.BaseTableSize), BlockSize: o.BlockSize, BloomFalsePositive: o.BloomFalsePositive})
	for _, e := range entries {
		b.Add(y.KeyWithTs(e.key, 1), y.ValueStruct{Value: e.value}, 0)
	}
	return b.Finish(), allocators(since)[0]
}

func TestTheLargestTableInMemoryFitsIntoOneBuffer(t *testing.T) {
	entries := worst(arena)
	data, allocator := build(entries)
	if allocator.Allocated() != firstBuffer {
		t.Fatalf("the builder took more than one buffer: %v", allocator)
	}
	t.Logf("the builder took %d of %d bytes", allocator.Size(), firstBuffer)
	tab, err := table.OpenInMemoryTable(data, 1, &table.Options{})
	must(t, err)
	it := tab.NewIterator(0)
	defer it.Close()
	it.Rewind()
	for i, e := range entries {
		if !it.Valid() || !bytes.Equal(y.ParseKey(it.Key()), e.key) || !bytes.Equal(it.Value().Value, e.value) {
			t.Fatalf("entry %d of %d does not come back", i, len(entries))
		}
		it.Next()
	}
}

// TestALargerTableWouldNotFit shows that the test above can fail, and how near
// to the bound it is.
func TestALargerTableWouldNotFit(t *testing.T) {
	if _, allocator := build(worst(arena * 107 / 100)); allocator.Allocated() == firstBuffer {
		t.Errorf("7%% more than the most still fits: %v", allocator)
	}
}

func TestTheWorstEntriesStayBoundedThroughWritesAndCompactions(t *testing.T) {
	dir := t.TempDir()
	since := newestAllocator()
	entries := worst(40 << 20)
	for range 2 { // overwrites all
		db := open(t, engine.Options(dir))
		batch := db.NewWriteBatch()
		for _, e := range entries {
			must(t, batch.Set(e.key, e.value))
		}
		must(t, batch.Flush())
		mustBeBounded(t, since)
		must(t, db.Close())
		written := mustHoldBoundedTables(t, dir)
		db = open(t, engine.Options(dir))
		compact(t, db, 1)
		mustBeBounded(t, since)
		must(t, db.Close())
		merged := mustHoldBoundedTables(t, dir)
		t.Logf("the largest table has %d blocks when written, %d when merged, of %d that are safe", written, merged, firstBuffer/spaceOfBlock)
	}
	db := open(t, engine.Options(dir))
	must(t, db.View(func(txn *badger.Txn) error {
		for i, e := range entries {
			item, err := txn.Get(e.key)
			must(t, err)
			got, err := item.ValueCopy(nil)
			if err != nil || !bytes.Equal(got, e.value) {
				t.Fatalf("entry %d of %d does not come back: %v", i, len(entries), err)
			}
		}
		return nil
	}))
}

// TestTheSettingsThatTheBoundRestsOnStay names the settings whose absence
// would show only now and then: a merge of level 0 into one large table takes a
// busy compactor, and tables of many sizes a pool that mixes their buffers.
func TestTheSettingsThatTheBoundRestsOnStay(t *testing.T) {
	o := engine.Options("")
	if o.NumCompactors != 0 || o.CompactL0OnClose {
		t.Error("compactions run in the background")
	}
	if o.TableSizeMultiplier != 1 {
		t.Error("tables have many sizes")
	}
	if o.Compression != options.None || len(o.EncryptionKey) > 0 {
		t.Error("builders take memory for more than blocks")
	}
}

// TestALargeValueDoesNotBreakTheBound holds that such a value goes to the value
// log, and not into a table.
func TestALargeValueDoesNotBreakTheBound(t *testing.T) {
	dir := t.TempDir()
	since := newestAllocator()
	db := open(t, engine.Options(dir))
	want := bytes.Repeat([]byte{7}, 10*engine.MaxValue)
	batch := db.NewWriteBatch()
	for i := range 300 {
		must(t, batch.Set(smallKey(i), want))
	}
	must(t, batch.Flush())
	must(t, db.Close())
	db = open(t, engine.Options(dir))
	compact(t, db, 1)
	mustBeBounded(t, since)
	if most := mustHoldBoundedTables(t, dir); most != 1 {
		t.Errorf("%d blocks hold 300 pointers", most)
	}
	must(t, db.View(func(txn *badger.Txn) error {
		for i := range 300 {
			item, err := txn.Get(smallKey(i))
			must(t, err)
			if got, err := item.ValueCopy(nil); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("value %d does not come back: %v", i, err)
			}
		}
		return nil
	}))
}
