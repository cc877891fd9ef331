package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"

	"portcullis/cache/feed"
)

// Badger writes through memory maps of files with holes. When the disk is full,
// such a write is not an error: it ends the process. So nothing is written to
// the store while less than this is free, which is more than Badger takes
// without being told to.
const reserve = 64 << 20

// checkRoom refuses to write to a folder, there or not yet, whose disk has not
// got so many bytes free.
func checkRoom(dir string, need int64) error {
	var stat unix.Statfs_t
	err := unix.Statfs(dir, &stat)
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		err = unix.Statfs(dir, &stat)
	}
	if err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	if free := int64(stat.Bavail) * int64(stat.Bsize); free < need {
		return fmt.Errorf("%w: %d MB are free, and %d MB are needed", ErrNoSpace, free>>20, need>>20)
	}
	return nil
}

// spaceFor is what applying a release may take in bytes: the new shards beside
// what is served, and Badger's files of fixed size.
func spaceFor(c feed.Content) int64 {
	if c.Kind() == feed.Delta {
		return spaceForDelta(c.Release(), c.Change().Len())
	}
	// A stream writer writes each shard once, with its seal, key and state.
	return 2*reserve + c.Size()*21/20 + int64(len(c.Change().Added))*perRecord + int64(c.Release().Params.Shards())*perShard
}

// What a list may take in a process of 32 bits. All tables are mapped into its
// memory, of which it has 2 GB on many kernels; 1,476 MB of these were left for
// tables in a process of ours. While a snapshot is taken in, or all is merged,
// there are twice as many tables.
const maxList32 = 700 << 20

// checkFits refuses a list that a process of so many bits cannot hold.
func checkFits(c feed.Content, intSize int) error {
	m := c.Release()
	size := int64(m.Params.Shards()) * perShard
	if c.Kind() == feed.Snapshot {
		size += c.Size()
	} else {
		size += int64(m.Records) * usualRecord
	}
	if intSize < 64 && size > maxList32 {
		return fmt.Errorf("%w: it takes %d MB, and a 32-bit program holds %d MB", ErrTooLarge, size>>20, maxList32>>20)
	}
	return nil
}

// What a record takes, in bytes, of which nothing else is known: at most, and as
// a rule.
const (
	perRecord   = 16
	usualRecord = 9
)

// perShard is what a shard takes beside its bytes: its seal, its key and where
// it lies in its block, and its state in a sealed page.
const perShard int64 = sealedExtra + 4*versionSize + int64(stateSize)

// spaceForDelta is what a delta may take: each change may touch a shard of its
// own, which is logged, stored, and stored once more when the tree is merged.
func spaceForDelta(m feed.Release, changes int) int64 {
	shard := int64(m.Records)*perRecord>>m.Params.ShardBits + perShard
	touched := min(int64(changes), int64(m.Params.Shards()))
	return 2*reserve + 3*touched*shard
}
