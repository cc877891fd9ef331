package feed

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"portcullis/cache/list"
)

const (
	snapshotMagic = "PCLIST2\n"
	deltaMagic    = "PCDELT2\n"
	maxShard      = 1 << 20 // more than any store takes as one shard
)

// MaxChanges is how many records deltas may remove and add for a device to put them
// together: it keeps them in memory, at 72 bytes, and has a gigabyte in all.
const MaxChanges = 1 << 21

// Content is what leads to a verified release: a snapshot, or a delta, and any
// deltas that follow on it. Sizes and hashes of the files were checked. The
// only ways to have one are [Verified.Content] and [Content.Then].
type Content struct {
	release Release
	kind    Kind
	from    Position
	changes series            // of a delta; what deltas do to a snapshot
	file    *io.SectionReader // the snapshot
}

// ErrFile means that a file is not the one that its release names.
var ErrFile = errors.New("the file is not the one that the release names")

// Content reads src to its end and returns it as that step of the release. The
// source of a snapshot must stay as it is for as long as the content is used.
func (v Verified) Content(s Step, src io.ReaderAt) (Content, error) {
	if !slices.Contains(v.steps, s) {
		return Content{}, fmt.Errorf("feed: release %d has no such step", v.manifest.Sequence)
	}
	c := Content{release: v.release(s), kind: s.Kind(), from: s.From, file: io.NewSectionReader(src, 0, s.Size)}
	hash := sha256.New()
	// One byte more than there may be, so that a longer file is not cut to fit.
	n, err := io.Copy(hash, io.NewSectionReader(src, 0, s.Size+1))
	if err != nil {
		return Content{}, fmt.Errorf("feed: read %s: %w", c.kind, err)
	}
	if n != s.Size || hex.EncodeToString(hash.Sum(nil)) != s.SHA256 {
		return Content{}, fmt.Errorf("feed: %s to release %d: %w", c.kind, s.To.Sequence, ErrFile)
	}
	if c.kind == Delta {
		if err := c.readChange(s); err != nil {
			return Content{}, fmt.Errorf("feed: delta to release %d: %w", s.To.Sequence, err)
		}
	}
	return c, nil
}

func (c *Content) readChange(s Step) error {
	data := make([]byte, s.Size)
	if _, err := io.ReadFull(c.file, data); err != nil {
		return err
	}
	shards, err := splitDelta(data, c.release.Params)
	if err != nil {
		return err
	}
	// Looked at before memory is taken for them: 64 MB hold fifteen million.
	if uint64(shards[0].Len()) != s.Removed || uint64(shards[1].Len()) != s.Added {
		return fmt.Errorf("%w: it adds and removes other numbers of records than its step says", ErrMalformed)
	}
	if s.large() {
		return ErrLarge
	}
	change, err := decodeDelta(shards)
	if err != nil {
		return err
	}
	c.changes, c.file = c.changes.then(change), nil
	return nil
}

// The ways in which a delta is not put behind what is before it.
var (
	ErrFollow = errors.New("feed: the delta stands on another release")
	ErrLarge  = errors.New("there are more changes than a device keeps in memory")
)

// Then returns the content that leads where a delta leads that follows on c. It
// keeps all changes in memory.
func (c Content) Then(next Content) (Content, error) {
	if c.Changes()+next.Changes() > MaxChanges {
		return Content{}, fmt.Errorf("feed: put deltas together: %w", ErrLarge)
	}
	if next.kind != Delta || next.from != c.release.Position() || next.release.Params.ShardBits != c.release.Params.ShardBits {
		return Content{}, ErrFollow
	}
	c.release, c.changes = next.release, c.changes.then(next.changes.change())
	return c, nil
}

// Release returns the state that the content leads to.
func (c Content) Release() Release { return c.release }

// Kind returns what the content is.
func (c Content) Kind() Kind { return c.kind }

// From returns the state that a delta stands on.
func (c Content) From() Position { return c.from }

// Change returns what a delta does, or what is done to a snapshot. Of many
// deltas it is put together anew each time.
func (c Content) Change() list.Change { return c.changes.change() }

// Changes returns how many records Change has, at most. It costs nothing.
func (c Content) Changes() int { return c.changes.len() }

// Size returns how many bytes the file of a snapshot has.
func (c Content) Size() int64 {
	if c.file == nil {
		return 0
	}
	return c.file.Size()
}

// WriteSnapshot writes a snapshot file: the encoded shards of a list in order,
// an empty slice for an empty shard.
func WriteSnapshot(w io.Writer, shards [][]byte) error {
	lengths := make([]int, len(shards))
	for i, s := range shards {
		lengths[i] = len(s)
	}
	if err := WriteSnapshotHead(w, lengths); err != nil {
		return err
	}
	for _, s := range shards {
		if _, err := w.Write(s); err != nil {
			return fmt.Errorf("feed: write snapshot: %w", err)
		}
	}
	return nil
}

// WriteSnapshotHead writes what a snapshot file begins with: the lengths of all
// shards, whose bytes are to follow in their order.
func WriteSnapshotHead(w io.Writer, lengths []int) error {
	head := []byte(snapshotMagic)
	for _, n := range lengths {
		head = binary.BigEndian.AppendUint32(head, uint32(n))
	}
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("feed: write snapshot: %w", err)
	}
	return nil
}

// SnapshotHeadSize is how many bytes WriteSnapshotHead writes for that many
// shards.
func SnapshotHeadSize(shards int) int64 { return int64(len(snapshotMagic) + 4*shards) }

// A Shard is one shard of a snapshot.
type Shard struct {
	ID   uint32
	Data []byte
}

// Shards returns the bytes of every shard of a snapshot that is not empty, with
// its number and with what deltas have done to it. The bytes are the caller's
// only until the next shard.
func (c Content) Shards() iter.Seq2[Shard, error] {
	return func(yield func(Shard, error) bool) {
		err := c.eachShard(func(s Shard) bool { return yield(s, nil) })
		if err != nil {
			yield(Shard{}, fmt.Errorf("feed: snapshot of release %d: %w", c.release.Sequence, err))
		}
	}
}

func (c Content) eachShard(yield func(Shard) bool) error {
	p := c.release.Params
	parts := c.Change().Parts(p)
	r := bufio.NewReaderSize(io.NewSectionReader(c.file, 0, c.file.Size()), 1<<16)
	lengths, err := readHead(r, c.file.Size(), p.Shards())
	if err != nil {
		return err
	}
	var room []byte
	for id := range uint32(p.Shards()) {
		length := int(binary.BigEndian.Uint32(lengths[4*id:]))
		room = slices.Grow(room[:0], length)[:length]
		if _, err := io.ReadFull(r, room); err != nil {
			return err
		}
		data := room
		if len(parts) > 0 && parts[0].Shard == id {
			if data, err = alter(p, id, data, parts[0].Change); err != nil {
				return err
			}
			parts = parts[1:]
		}
		if len(data) > 0 && !yield(Shard{ID: id, Data: data}) {
			return nil
		}
	}
	return nil
}

// readHead reads the lengths of the shards of a snapshot of that many bytes.
func readHead(r io.Reader, size int64, shards int) ([]byte, error) {
	if size < SnapshotHeadSize(shards) {
		return nil, ErrMalformed
	}
	head := make([]byte, SnapshotHeadSize(shards))
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	lengths, ok := bytes.CutPrefix(head, []byte(snapshotMagic))
	if !ok || !fill(lengths, size-int64(len(head))) {
		return nil, ErrMalformed
	}
	return lengths, nil
}

// fill reports whether shards of these lengths make up just that many bytes,
// none of them with more than a shard can have.
func fill(lengths []byte, size int64) bool {
	for ; len(lengths) > 0; lengths = lengths[4:] {
		length := int64(binary.BigEndian.Uint32(lengths))
		if size -= length; size < 0 || length > maxShard {
			return false
		}
	}
	return size == 0
}

// alter returns the bytes of a shard with a change done to it.
func alter(p list.Params, id uint32, data []byte, c list.Change) ([]byte, error) {
	var records []list.Record
	if len(data) > 0 {
		shard, err := p.Shard(id, data)
		if err != nil {
			return nil, err
		}
		if records, err = shard.All(); err != nil {
			return nil, err
		}
	}
	records, err := c.Apply(records)
	if err != nil || len(records) == 0 {
		return nil, err
	}
	return p.Encode(nil, id, records)
}

// WriteDelta writes a delta file. Of the removed records only the identity is
// written.
func WriteDelta(w io.Writer, p list.Params, c list.Change) error {
	p.ShardBits = 0
	out := []byte(deltaMagic)
	for _, records := range [][]list.Record{list.Identities(c.Removed), c.Added} {
		at := len(out)
		out = append(out, 0, 0, 0, 0)
		var err error
		if out, err = p.Encode(out, 0, records); err != nil {
			return fmt.Errorf("feed: write delta: %w", err)
		}
		binary.BigEndian.PutUint32(out[at:], uint32(len(out)-at-4))
	}
	if _, err := w.Write(out); err != nil {
		return fmt.Errorf("feed: write delta: %w", err)
	}
	return nil
}

// ReadDelta reads what WriteDelta has written. Whoever calls it knows where the
// bytes are from.
func ReadDelta(data []byte, p list.Params) (list.Change, error) {
	shards, err := splitDelta(data, p)
	if err != nil {
		return list.Change{}, err
	}
	return decodeDelta(shards)
}

// splitDelta returns the shards of what a delta removes and adds.
func splitDelta(data []byte, p list.Params) (shards [2]list.Shard, err error) {
	p.ShardBits = 0
	rest, ok := bytes.CutPrefix(data, []byte(deltaMagic))
	for i := range shards {
		if !ok || len(rest) < 4 || int64(len(rest)-4) < int64(binary.BigEndian.Uint32(rest)) {
			return shards, ErrMalformed
		}
		end := 4 + int(binary.BigEndian.Uint32(rest))
		if shards[i], err = p.Shard(0, rest[4:end]); err != nil {
			return shards, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		rest = rest[end:]
	}
	if len(rest) != 0 {
		return shards, ErrMalformed
	}
	return shards, nil
}

func decodeDelta(shards [2]list.Shard) (c list.Change, err error) {
	if c.Removed, err = shards[0].All(); err == nil {
		c.Added, err = shards[1].All()
	}
	switch {
	case err != nil:
		return list.Change{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	case !slices.Equal(c.Removed, list.Identities(c.Removed)):
		return list.Change{}, ErrMalformed
	}
	return c, nil
}
