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

// spaceFor is what applying a release may take: the new shards beside the old
// ones in the tree, once more while the tree is merged, and Badger's files of
// fixed size.
func spaceFor(c feed.Content) int64 {
	const fixed = 2 * reserve
	if c.Kind() == feed.Snapshot {
		return fixed + 5*c.Size()/2
	}
	// Each change may touch a shard of its own.
	m := c.Manifest()
	perShard := int64(m.Records)*16>>m.Params.ShardBits + 128
	touched := min(int64(m.Added+m.Removed), int64(m.Params.Shards()))
	return fixed + 3*touched*perShard
}
