package cache

import (
	"fmt"

	"golang.org/x/sys/unix"

	"portcullis/cache/feed"
)

// checkSpace refuses a release that would not fit: Badger writes through
// memory maps, and a disk that fills up under one ends the process.
func (s *Store) checkSpace(c feed.Content) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(s.dir, &fs); err != nil {
		return fmt.Errorf("look at the data folder: %w", err)
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	if need := spaceFor(c); free < need {
		return fmt.Errorf("%w: %d MB are free, and %d MB are needed", ErrNoSpace, free>>20, need>>20)
	}
	return nil
}

// spaceFor is what applying a release may take: the new shards beside the old
// ones in the tree, once more while the tree is merged, and Badger's files of
// fixed size.
func spaceFor(c feed.Content) int64 {
	const fixed = 128 << 20
	if c.Kind() == feed.Snapshot {
		return fixed + 5*c.Size()/2
	}
	// Each change may touch a shard of its own.
	m := c.Manifest()
	perShard := int64(m.Records)*16>>m.Params.ShardBits + 128
	touched := min(int64(m.Added+m.Removed), int64(m.Params.Shards()))
	return fixed + 3*touched*perShard
}
