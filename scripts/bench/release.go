package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// listName is what the list of the bench is called.
const listName = "bench"

// A publisher signs the releases of the list as package publish does, which
// would need several times the memory: the list as a snapshot, then deltas.
type publisher struct {
	dir    string
	signer ed25519.PrivateKey
	codes  []string // of States, none at the front
	base   []packed // the list of the first release
	leaves []list.Hash
	last   feed.Manifest
	gone   map[packed]bool     // what deltas have removed from the base
	come   map[uint32][]packed // what they have added, by shard
}

// shardRecords is about how many records a shard has, as package publish cuts.
const shardRecords = 256

// shardBits returns the cut of a list of so many records.
func shardBits(records int) int {
	b := max(bits.Len(uint(records/shardRecords))-1, 0)
	if float64(records)/shardRecords > math.Sqrt2*float64(int(1)<<b) {
		b++
	}
	return min(b, list.MaxShardBits)
}

// snapshot signs the first release, and lets every core encode its shards.
func (p *publisher) snapshot(keyID string) error {
	params := list.Params{ShardBits: shardBits(len(p.base)), Codes: p.codes[1:]}
	p.last = feed.Manifest{List: listName, KeyID: keyID, Params: params, Records: uint64(len(p.base))}
	p.leaves = make([]list.Hash, params.Shards())
	p.gone, p.come = map[packed]bool{}, map[uint32][]packed{}
	shards, errs := make([][]byte, params.Shards()), make([]error, params.Shards())
	var next atomic.Int64
	onAllCores(func() {
		var room []byte // for a shard while it grows
		for id := next.Add(1) - 1; int(id) < len(shards); id = next.Add(1) - 1 {
			records := unpack(p.shard(uint32(id)), p.codes)
			p.leaves[id] = list.Leaf(uint32(id), records)
			if len(records) > 0 {
				room, errs[id] = params.Encode(room[:0], uint32(id), records)
				shards[id] = bytes.Clone(room)
			}
		}
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	file, err := p.write(feed.Snapshot, func(w io.Writer) error { return feed.WriteSnapshot(w, shards) })
	if err != nil {
		return err
	}
	return p.sign(p.last, file)
}

// shard returns the records of one shard of the first release.
func (p *publisher) shard(id uint32) []packed {
	at := func(id uint64) int {
		if id >= uint64(p.last.Params.Shards()) {
			return len(p.base)
		}
		digest := id << (64 - p.last.Params.ShardBits)
		at, _ := slices.BinarySearchFunc(p.base, digest, func(r packed, d uint64) int { return cmp.Compare(r.digest, d) })
		return at
	}
	return p.base[at(uint64(id)):at(uint64(id)+1)]
}

// delta signs the release that removes and adds these records.
func (p *publisher) delta(removed, added []packed) error {
	changed := map[uint32]bool{}
	for _, r := range removed {
		p.gone[r] = true
		changed[p.shardOf(r)] = true
	}
	for _, r := range added {
		id := p.shardOf(r)
		p.come[id] = append(p.come[id], r)
		changed[id] = true
	}
	for id := range changed {
		p.leaves[id] = list.Leaf(id, unpack(p.members(id), p.codes))
	}
	file, err := p.write(feed.Delta, func(w io.Writer) error {
		return feed.WriteDelta(w, p.last.Params, unpack(removed, p.codes), unpack(added, p.codes))
	})
	if err != nil {
		return err
	}
	m := p.last
	m.Base, m.Added, m.Removed = m.Position(), uint64(len(added)), uint64(len(removed))
	m.Records += m.Added - m.Removed
	return p.sign(m, file)
}

func (p *publisher) shardOf(r packed) uint32 { return p.last.Params.ShardOf(list.Digest(r.digest)) }

// members returns the records of one shard as they are by now.
func (p *publisher) members(id uint32) []packed {
	var now []packed
	for _, r := range p.shard(id) {
		if !p.gone[r] {
			now = append(now, r)
		}
	}
	now = append(now, p.come[id]...)
	slices.SortFunc(now, comparePacked)
	return now
}

// sign signs the release that follows the last, with one file.
func (p *publisher) sign(m feed.Manifest, file feed.File) error {
	var err error
	if m.Root, err = list.Root(p.leaves); err != nil {
		return err
	}
	m.Sequence++
	m.Issued = time.Now()
	m.Files = []feed.File{file}
	envelope, err := feed.Sign(m, p.signer)
	if err != nil {
		return err
	}
	p.last = m
	return os.WriteFile(releasePath(p.dir, m.Sequence), envelope, 0o600)
}

// releasePath is where the envelope of a release lies.
func releasePath(dir string, sequence uint64) string {
	return filepath.Join(dir, fmt.Sprint(sequence, ".json"))
}

// write writes the file of the next release.
func (p *publisher) write(kind feed.Kind, content func(io.Writer) error) (feed.File, error) {
	name := fmt.Sprintf("%d-%s.bin", p.last.Sequence+1, kind)
	f, err := os.Create(filepath.Join(p.dir, name))
	if err != nil {
		return feed.File{}, err
	}
	defer f.Close()
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	if err := errors.Join(content(out), out.Flush(), f.Sync()); err != nil {
		return feed.File{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return feed.File{}, err
	}
	return feed.File{Kind: kind, Name: name, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))}, nil
}
