// Package engine opens Badger with the settings that the list store is proven
// with, on 32-bit platforms too.
//
// # Why settings matter
//
// Badger builds a table in memory that it takes from an allocator. When the
// first buffer of the allocator is full, it takes a second one; with an int of
// 32 bits it then goes on at the start of the first instead, over blocks that
// are still to be written (ristretto v2.2.0, z/allocator.go:290). Data is lost
// without an error. The settings here keep every table within the first buffer.
//
// # The bound
//
// With compression and encryption off, a builder takes memory for blocks and
// for nothing else (table/builder.go). Each block takes BlockSize and 256 bytes
// once, and more only when a single entry does not fit into that. So what has
// to be bounded is the number of blocks in a table.
//
//	first buffer  twice the table size, up to a power of two:   8 MiB
//	space of a block               32 KiB and 256:         33,024 bytes
//	blocks in the first buffer                                254
//
// A block is closed when the next entry would not fit into BlockSize. So every
// block but the last holds more than BlockSize less the largest entry, counting
// 8 bytes for each entry beside its key and its value.
//
//	largest entry  MaxKey and 8, MaxValue and 12:          10,516 bytes
//	a block holds more than  32 KiB - 26 - 10,516:         22,226 bytes
//
// Tables are made in three places.
//
//   - A table in memory that is full becomes one table, whatever its size. It
//     lies in an arena of 130% of MemTableSize (db.go, arenaSize), and beyond
//     the arena Badger ends the process. An entry takes 27 bytes there, at
//     least, beside its key and its value: more than the 8 above. That makes
//     246 blocks.
//   - A compaction, and a StreamWriter, end a table at the first new key after
//     95% of the table size: 181 blocks. All versions of a key go into one
//     table, though. Superseded versions are dropped, except those that an open
//     transaction may still see; for them there is room for 73 blocks, 1.5 MiB
//     of one key.
//   - Merging the tables of level 0 with each other makes one table of any
//     size, which Badger v4.9.6 begins with a buffer of 512 bytes where int has
//     32 bits. Only the first of the background compactors does that, and
//     nothing but the number of compactors can forbid it: there are none.
//
// The pool of allocators gives a builder any buffer that was used before.
// Therefore all tables have one size on all levels (TableSizeMultiplier 1,
// which a StreamWriter heeds too). A value that is too large goes to the value
// log and leaves 12 bytes in the table. A key that is too large is the fault of
// the caller: Badger would take it.
//
// # What follows for the caller
//
// Nothing is compacted until the caller calls Flatten(1). Each MemTableSize of
// writes leaves one table on level 0 until then, which every look-up asks.
//
// A compaction needs address space and disk for its new tables beside the old
// ones. One that cannot create a table drops its data and returns nil
// (levels.go:897): the caller has to see to the room beforehand.
//
// Stream and Backup take memory from an allocator too, and are not part of the
// proof.
package engine

import (
	"math"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// The largest keys and values that the bound holds for, in bytes.
const (
	MaxKey   = 256
	MaxValue = 10 << 10
)

const (
	tableSize = 4 << 20
	blockSize = 32 << 10
)

// The bound of the package comment. The compiler holds it: neither difference
// may be negative.
const (
	blocksInBuffer = 2 * tableSize / (blockSize + 256)
	leastFill      = blockSize - 26 - (MaxKey + 8 + MaxValue + 12)
	blocksInMemory = tableSize*130/100/leastFill + 1
	blocksInMerged = tableSize*95/100/leastFill + 2

	_ = uint(blocksInBuffer - blocksInMemory)
	_ = uint(blocksInBuffer - blocksInMerged)
)

// Options returns how Badger is opened on a folder: for a board of little
// memory, with values in the tree (a value log would double the disk) and every
// batch synced, because Badger does not sync a table in memory that it has set
// aside to be written.
func Options(dir string) badger.Options {
	o := badger.DefaultOptions(dir).
		WithMemTableSize(tableSize).WithNumMemtables(2).
		WithBaseTableSize(tableSize).WithBlockSize(blockSize).
		WithValueThreshold(MaxValue + 1).WithValueLogFileSize(1 << 20).
		WithCompression(options.None).WithBlockCacheSize(0).WithIndexCacheSize(0).
		WithNumCompactors(0).WithNumLevelZeroTablesStall(math.MaxInt). // without compactors, a stall would never end
		WithNumVersionsToKeep(1).WithDetectConflicts(false).
		WithSyncWrites(true).WithMetricsEnabled(false).WithLogger(nil)
	o.TableSizeMultiplier = 1
	return o
}
