package feed

import (
	"encoding/binary"
	"fmt"
	"io"

	"portcullis/cache/list"
)

// A SnapshotFile is a snapshot that single shards are taken out of, such as
// one that lies on a server. Nothing vouches for it: whoever takes a shard
// compares its leaf hash with one that was signed.
type SnapshotFile struct {
	src     io.ReaderAt
	offsets []int64 // where each shard begins, and where the last one ends
}

// OpenSnapshot reads the table of a snapshot file of that many bytes, of a list
// with these parameters.
func OpenSnapshot(src io.ReaderAt, size int64, p list.Params) (*SnapshotFile, error) {
	head := make([]byte, len(snapshotMagic)+4*p.Shards())
	if size < int64(len(head)) {
		return nil, fmt.Errorf("feed: open snapshot: %w", ErrMalformed)
	}
	if _, err := io.ReadFull(io.NewSectionReader(src, 0, size), head); err != nil {
		return nil, fmt.Errorf("feed: open snapshot: %w", err)
	}
	lengths := head[len(snapshotMagic):]
	if string(head[:len(snapshotMagic)]) != snapshotMagic || !fill(lengths, size-int64(len(head))) {
		return nil, fmt.Errorf("feed: open snapshot: %w, or not one of this list as it is cut now", ErrMalformed)
	}
	f := &SnapshotFile{src: src, offsets: make([]int64, 1, p.Shards()+1)}
	f.offsets[0] = int64(len(head))
	for ; len(lengths) > 0; lengths = lengths[4:] {
		f.offsets = append(f.offsets, f.offsets[len(f.offsets)-1]+int64(binary.BigEndian.Uint32(lengths)))
	}
	return f, nil
}

// Shard returns the bytes of a shard, none of an empty one.
func (f *SnapshotFile) Shard(id uint32) ([]byte, error) {
	if int(id) >= len(f.offsets)-1 {
		return nil, fmt.Errorf("feed: read shard %d of a snapshot: there are %d", id, len(f.offsets)-1)
	}
	data := make([]byte, f.offsets[id+1]-f.offsets[id])
	if len(data) == 0 {
		return nil, nil
	}
	if _, err := f.src.ReadAt(data, f.offsets[id]); err != nil && err != io.EOF {
		return nil, fmt.Errorf("feed: read shard %d of a snapshot: %w", id, err)
	}
	return data, nil
}
