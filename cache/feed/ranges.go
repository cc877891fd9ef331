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
	params  list.Params
	offsets []int64 // where each shard begins, and where the last one ends
	changes series
}

// OpenSnapshot reads the table of a snapshot file of that many bytes, of a list
// with these parameters.
func OpenSnapshot(src io.ReaderAt, size int64, p list.Params) (*SnapshotFile, error) {
	lengths, err := readHead(io.NewSectionReader(src, 0, size), size, p.Shards())
	if err != nil {
		return nil, fmt.Errorf("feed: open snapshot: %w, or not one of this list as it is cut now", err)
	}
	f := &SnapshotFile{src: src, params: p, offsets: make([]int64, 1, p.Shards()+1)}
	f.offsets[0] = SnapshotHeadSize(p.Shards())
	for ; len(lengths) > 0; lengths = lengths[4:] {
		f.offsets = append(f.offsets, f.offsets[len(f.offsets)-1]+int64(binary.BigEndian.Uint32(lengths)))
	}
	return f, nil
}

// Forward brings the snapshot to a later state: its shards have the change done
// to them from then on.
func (f *SnapshotFile) Forward(c list.Change) { f.changes = f.changes.then(c) }

// Shard returns the bytes of a shard, none of an empty one.
func (f *SnapshotFile) Shard(id uint32) ([]byte, error) {
	if int(id) >= len(f.offsets)-1 {
		return nil, fmt.Errorf("feed: read shard %d of a snapshot: there are %d", id, len(f.offsets)-1)
	}
	data := make([]byte, f.offsets[id+1]-f.offsets[id])
	if len(data) > 0 {
		if _, err := f.src.ReadAt(data, f.offsets[id]); err != nil && err != io.EOF {
			return nil, fmt.Errorf("feed: read shard %d of a snapshot: %w", id, err)
		}
	}
	c := f.changes.of(f.params, id)
	if c.Len() == 0 {
		return data, nil
	}
	data, err := alter(f.params, id, data, c)
	if err != nil {
		return nil, fmt.Errorf("feed: bring shard %d of a snapshot forward: %w", id, err)
	}
	return data, nil
}
