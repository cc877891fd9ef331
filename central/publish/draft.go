package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A draft is a release that is not signed yet.
type draft struct {
	manifest feed.Manifest
	files    []file
	noDelta  string
}

type file struct {
	feed.File
	data []byte
}

// draft builds the release that follows the last one.
func (p *Publisher) draft(last feed.Verified, records []list.Record) (draft, error) {
	records = slices.SortedFunc(slices.Values(records), list.Compare)
	for i := range records[min(1, len(records)):] {
		if list.Compare(records[i], records[i+1]) == 0 {
			return draft{}, ErrTwice
		}
	}
	d := draft{manifest: feed.Manifest{
		List: p.name, Sequence: last.Manifest().Sequence + 1, KeyID: p.keyID,
		Params: chooseParams(last.Manifest(), records), Records: uint64(len(records)),
	}}
	snapshot, root, err := encode(d.manifest.Params, records)
	if err != nil {
		return draft{}, err
	}
	d.manifest.Root = root
	d.add(feed.Snapshot, snapshot)
	d.noDelta, err = p.addDelta(&d, last, records)
	return d, err
}

func (d *draft) add(kind feed.Kind, data []byte) {
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	name := fmt.Sprintf("%d-%s-%s.bin", d.manifest.Sequence, kind, hash[:12])
	d.files = append(d.files, file{feed.File{Kind: kind, Name: name, Size: int64(len(data)), SHA256: hash}, data})
}

// encode returns the snapshot of a list, and its root.
func encode(p list.Params, records []list.Record) ([]byte, list.Hash, error) {
	coder := list.NewCoder(p)
	shards, leaves := make([][]byte, p.Shards()), make([]list.Hash, p.Shards())
	for id := range uint32(p.Shards()) {
		n := 0
		for n < len(records) && p.ShardOf(records[n].Digest) == id {
			n++
		}
		leaves[id] = list.Leaf(id, records[:n])
		if n > 0 {
			var err error
			if shards[id], err = coder.Encode(nil, id, records[:n]); err != nil {
				return nil, list.Hash{}, err
			}
		}
		records = records[n:]
	}
	root, err := list.Root(leaves)
	if err != nil {
		return nil, list.Hash{}, err
	}
	var out bytes.Buffer
	err = feed.WriteSnapshot(&out, shards)
	return out.Bytes(), root, err
}

// shardRecords is about how many records a shard should have. A look-up opens
// one shard and a change stores one anew: with few records both are cheap, and
// the card lives longer. With 256, what a shard takes beside its records (seal,
// key, leaf hash) is half a byte a record. The cut of a list
// stays as it is until its shards have less than a quarter of that, or more
// than four times as many.
const shardRecords = 256

// chooseParams keeps to the last parameters for as long as it can: no delta
// leads to other ones. State codes are only ever added, behind those there are.
func chooseParams(last feed.Manifest, records []list.Record) list.Params {
	p := list.Params{ShardBits: cut(len(records))}
	mean := len(records) >> last.Params.ShardBits
	crowded := mean > 4*shardRecords && p.ShardBits > last.Params.ShardBits
	empty := mean < shardRecords/4 && p.ShardBits < last.Params.ShardBits
	if last.Sequence > 0 && !crowded && !empty {
		p = list.Params{ShardBits: last.Params.ShardBits, Codes: slices.Clone(last.Params.Codes)}
	}
	p.Codes = append(p.Codes, newCodes(p.Codes, records)...)
	return p
}

// cut returns the shard bits for that many records: the logarithm of how many
// shards there should be, to the nearest whole.
func cut(records int) int {
	shards := records / shardRecords
	b := max(bits.Len(uint(shards))-1, 0)
	if float64(records)/shardRecords > math.Sqrt2*float64(int(1)<<b) {
		b++
	}
	return min(b, list.MaxShardBits)
}

// newCodes returns the State codes of the records that are not known yet.
func newCodes(codes []string, records []list.Record) []string {
	known := map[string]bool{"": true}
	for _, code := range codes {
		known[code] = true
	}
	var added []string
	for _, r := range records {
		for _, code := range []string{r.Issuer, r.Country} {
			if !known[code] {
				known[code] = true
				added = append(added, code)
			}
		}
	}
	slices.Sort(added)
	return added
}

// maxDelta is what a device still reads as one delta.
const maxDelta = 1 << 26

// addDelta adds the way from the last release to this one, or says why there
// is none.
func (p *Publisher) addDelta(d *draft, v feed.Verified, records []list.Record) (why string, err error) {
	m, last := &d.manifest, v.Manifest()
	switch {
	case last.Sequence == 0:
		return "it is the first release", nil
	case last.KeyID != m.KeyID:
		return "the list key is another one", nil
	case last.Params.ShardBits != m.Params.ShardBits:
		return "the list is cut into other shards", nil
	}
	before, err := p.records(v)
	if err != nil {
		return "the snapshot of the release before cannot be read: " + err.Error(), nil
	}
	removed, added := difference(before, records)
	var out bytes.Buffer
	if err := feed.WriteDelta(&out, m.Params, removed, added); err != nil {
		return "", err
	}
	if out.Len() >= maxDelta || int64(out.Len()) >= d.files[0].Size {
		return "it would be larger than the snapshot", nil
	}
	m.Base, m.Added, m.Removed = last.Position(), uint64(len(added)), uint64(len(removed))
	d.add(feed.Delta, out.Bytes())
	return "", nil
}
