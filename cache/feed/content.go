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
	maxShard      = 1 << 26 // more than package list reads as one shard
)

// Content is a file of a verified release, its size and hash checked. The only
// way to have one is [Verified.Content].
type Content struct {
	release Verified
	kind    Kind
	src     *io.SectionReader
}

// ErrFile means that a file is not the one that its release names.
var ErrFile = errors.New("the file is not the one that the release names")

// Content reads src to its end and returns it as the release's file of that
// kind. The source must stay as it is for as long as the content is used.
func (v Verified) Content(kind Kind, src io.ReaderAt) (Content, error) {
	file, ok := v.manifest.File(kind)
	if !ok {
		return Content{}, fmt.Errorf("feed: release %d has no %s", v.manifest.Sequence, kind)
	}
	hash := sha256.New()
	// One byte more than there may be, so that a longer file is not cut to fit.
	n, err := io.Copy(hash, io.NewSectionReader(src, 0, file.Size+1))
	if err != nil {
		return Content{}, fmt.Errorf("feed: read %s: %w", kind, err)
	}
	if n != file.Size || hex.EncodeToString(hash.Sum(nil)) != file.SHA256 {
		return Content{}, fmt.Errorf("feed: %s of release %d: %w", kind, v.manifest.Sequence, ErrFile)
	}
	return Content{release: v, kind: kind, src: io.NewSectionReader(src, 0, file.Size)}, nil
}

// Manifest returns what the publisher said of the release.
func (c Content) Manifest() Manifest { return c.release.manifest }

// Kind returns what the content is.
func (c Content) Kind() Kind { return c.kind }

// Size returns how many bytes the content has.
func (c Content) Size() int64 { return c.src.Size() }

// WriteSnapshot writes a snapshot file: the encoded shards of a list in order,
// an empty slice for an empty shard.
func WriteSnapshot(w io.Writer, shards [][]byte) error {
	head := []byte(snapshotMagic)
	for _, s := range shards {
		head = binary.BigEndian.AppendUint32(head, uint32(len(s)))
	}
	if _, err := w.Write(head); err != nil {
		return fmt.Errorf("feed: write snapshot: %w", err)
	}
	for _, s := range shards {
		if _, err := w.Write(s); err != nil {
			return fmt.Errorf("feed: write snapshot: %w", err)
		}
	}
	return nil
}

// Shards returns the bytes of every shard of a snapshot that is not empty,
// with its number. The bytes are the caller's only until the next shard.
func (c Content) Shards() iter.Seq2[Shard, error] {
	return func(yield func(Shard, error) bool) {
		err := c.eachShard(func(s Shard) bool { return yield(s, nil) })
		if err != nil {
			yield(Shard{}, fmt.Errorf("feed: snapshot of release %d: %w", c.Manifest().Sequence, err))
		}
	}
}

// A Shard is one shard of a snapshot file, as it lies there.
type Shard struct {
	ID   uint32
	Data []byte
}

func (c Content) eachShard(yield func(Shard) bool) error {
	r := bufio.NewReaderSize(io.NewSectionReader(c.src, 0, c.Size()), 1<<16)
	head := make([]byte, len(snapshotMagic)+4*c.Manifest().Params.Shards())
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(snapshotMagic)]) != snapshotMagic {
		return ErrMalformed
	}
	lengths := head[len(snapshotMagic):]
	if !fill(lengths, c.Size()-int64(len(head))) {
		return ErrMalformed
	}
	var data []byte
	for id := range uint32(c.Manifest().Params.Shards()) {
		length := int(binary.BigEndian.Uint32(lengths[4*id:]))
		if length == 0 {
			continue
		}
		data = slices.Grow(data[:0], length)[:length]
		if _, err := io.ReadFull(r, data); err != nil {
			return err
		}
		if !yield(Shard{ID: id, Data: data}) {
			return nil
		}
	}
	return nil
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

// WriteDelta writes a delta file: the records that were removed and those that
// were added, each in order.
func WriteDelta(w io.Writer, p list.Params, removed, added []list.Record) error {
	p.ShardBits = 0
	out := []byte(deltaMagic)
	for _, records := range [][]list.Record{identities(removed), added} {
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

// identities returns the records with nothing but what tells them apart.
func identities(records []list.Record) []list.Record {
	ids := make([]list.Record, len(records))
	for i, r := range records {
		ids[i] = list.Record{Digest: r.Digest, Class: r.Class, Issuer: r.Issuer}
	}
	return ids
}

// Changes returns what a delta removes, by identity, and what it adds, each in
// order.
func (c Content) Changes() (removed, added []list.Record, err error) {
	data := make([]byte, c.Size())
	if _, err = io.ReadFull(io.NewSectionReader(c.src, 0, c.Size()), data); err == nil {
		removed, added, err = ReadDelta(data, c.Manifest().Params)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("feed: delta of release %d: %w", c.Manifest().Sequence, err)
	}
	return removed, added, nil
}

// ReadDelta reads what WriteDelta has written. Whoever calls it knows where the
// bytes are from.
func ReadDelta(data []byte, p list.Params) (removed, added []list.Record, err error) {
	p.ShardBits = 0
	rest, ok := bytes.CutPrefix(data, []byte(deltaMagic))
	for _, records := range []*[]list.Record{&removed, &added} {
		if !ok || len(rest) < 4 || int64(len(rest)-4) < int64(binary.BigEndian.Uint32(rest)) {
			return nil, nil, ErrMalformed
		}
		end := 4 + int(binary.BigEndian.Uint32(rest))
		if *records, err = decodeAll(p, rest[4:end]); err != nil {
			return nil, nil, err
		}
		rest = rest[end:]
	}
	if len(rest) != 0 || !slices.Equal(removed, identities(removed)) {
		return nil, nil, ErrMalformed
	}
	return removed, added, nil
}

func decodeAll(p list.Params, data []byte) ([]list.Record, error) {
	shard, err := p.Shard(0, data)
	if err != nil {
		return nil, err
	}
	return shard.All()
}
