package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strconv"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/synthetic"
)

// bytesEach is how many bytes a record takes, by how many there are in a delta.
type bytesEach map[string]float64

// deltaBytes are those of records that are added, and that are removed.
type deltaBytes struct {
	Add    bytesEach `json:"add_bytes_per_record"`
	Remove bytesEach `json:"remove_bytes_per_record"`
}

func newDeltaBytes() deltaBytes { return deltaBytes{bytesEach{}, bytesEach{}} }

// deltaCounts are the deltas that are measured: of an hour, of a day, and of a
// month.
var deltaCounts = []int{1000, 30_000, 1_000_000}

// The sets of records that deltas are made of.
const (
	addedSeed = 5
	goneSeed  = 6
)

// rounded4 keeps a digit more than other figures have: these are exact, and a
// hundredth counts.
func rounded4(v float64) float64 { return rounded(v, 4) }

// setEntropy returns the bits that each of k digests of 64 bits takes at least,
// when all sets of so many are as likely.
func setEntropy(k int) float64 { return 64 - math.Log2(float64(k)) + math.Log2E }

// indexEntropy returns the bits that each of k places among n takes at least.
func indexEntropy(n, k int) float64 {
	return math.Log2(float64(n)/float64(k)) + math.Log2E
}

// takeSizes measures the files of deltas.
func (f *syncFigures) takeSizes(ctx context.Context, o options, dir string) error {
	peers, err := buildPeers(ctx, o, dir)
	if err != nil {
		f.Skipped = append(f.Skipped, err.Error())
		say("sync: %v", err)
	} else {
		f.Raw, f.Varint = new(newDeltaBytes()), new(newDeltaBytes())
	}
	f.deltaBytes, f.Entropy, f.Whole, f.WholeEntropy, f.ByIndex = newDeltaBytes(), newDeltaBytes(), newDeltaBytes(), newDeltaBytes(), bytesEach{}
	for _, k := range deltaCounts {
		f.ByIndex[strconv.Itoa(k)] = round3(indexEntropy(targetRecords, k) / 8)
		for _, d := range []struct {
			seed    uint64
			of      func(deltaBytes) bytesEach
			removed bool
		}{
			{addedSeed, func(b deltaBytes) bytesEach { return b.Add }, false},
			{goneSeed, func(b deltaBytes) bytesEach { return b.Remove }, true},
		} {
			records, codes, err := madeUp(d.seed, k)
			if err != nil {
				return err
			}
			if d.removed {
				records = identities(records)
			}
			if err := f.takeSize(ctx, peers, records, codes, d.removed, d.of); err != nil {
				return fmt.Errorf("%d records: %w", k, err)
			}
		}
	}
	return nil
}

// takeSize measures one delta.
func (f *syncFigures) takeSize(ctx context.Context, peers string, records []packed, codes []string, removed bool, of func(deltaBytes) bytesEach) error {
	k := len(records)
	key := strconv.Itoa(k)
	each := func(n int64) float64 { return rounded4(float64(n) / float64(k)) }
	whole, err := deltaSize(records, codes, removed)
	if err != nil {
		return err
	}
	alone, err := digestsSize(records)
	if err != nil {
		return err
	}
	of(f.deltaBytes)[key], of(f.Whole)[key] = each(alone), each(whole)
	of(f.Entropy)[key], of(f.WholeEntropy)[key] = rounded4(setEntropy(k)/8), each(entropy(records))
	if peers == "" {
		return nil
	}
	raw, varint, err := packedSizes(ctx, peers, records)
	if err != nil {
		return err
	}
	of(*f.Raw)[key], of(*f.Varint)[key] = each(raw), each(varint)
	return nil
}

// madeUp makes up records, in order, under a key that nobody has.
func madeUp(seed uint64, count int) (records []packed, codes []string, err error) {
	var key [list.KeySize]byte
	rand.Read(key[:])
	p := newPacker(key[:])
	if records, err = p.packAll(synthetic.Records(seed, count), count); err != nil {
		return nil, nil, err
	}
	codes, places := p.settle()
	for i, r := range records {
		records[i] = r.replace(places)
	}
	sortPacked(records)
	return records, codes, checkDistinct(records)
}

// identities returns what a delta says of records that it removes.
func identities(records []packed) []packed {
	only := make([]packed, len(records))
	for i, r := range records {
		only[i] = pack(list.Record{Digest: list.Digest(r.digest), Class: r.class()}, r.issuer(), 0)
	}
	return only
}

// deltaSize returns the size of the file that adds or removes records.
func deltaSize(records []packed, codes []string, removed bool) (int64, error) {
	c := list.Change{Added: unpack(records, codes)}
	if removed {
		c = list.Change{Removed: c.Added}
	}
	var out bytes.Buffer
	err := feed.WriteDelta(&out, list.Params{Codes: codes[1:]}, c)
	return int64(out.Len()), err
}

// digestsSize returns what the digests of a delta take: what is the same for
// all records takes next to nothing, and nothing else is said of these.
func digestsSize(records []packed) (int64, error) {
	bare := make([]list.Record, len(records))
	for i, r := range records {
		bare[i].Digest = list.Digest(r.digest)
		if i > 0 && bare[i].Digest == bare[i-1].Digest { // two documents with one number
			bare[i].Class = bare[i-1].Class + 1
		}
	}
	data, err := list.Params{}.Encode(nil, 0, bare)
	return int64(len(data)), err
}

// packedSizes asks the peers how small the digests get.
func packedSizes(ctx context.Context, peers string, records []packed) (raw, varint int64, err error) {
	var in []byte
	for _, r := range records {
		in = binary.BigEndian.AppendUint64(in, r.digest)
	}
	c := exec.CommandContext(ctx, peers, "pack")
	c.Stdin = bytes.NewReader(in)
	out, err := c.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("pack: %w", err)
	}
	var s struct {
		Raw    int64 `json:"raw_zstd"`
		Varint int64 `json:"varint_zstd"`
	}
	err = json.Unmarshal(out, &s)
	return s.Raw, s.Varint, err
}

// counts returns the counts of figures in their order.
func (b bytesEach) counts() []string {
	var all []string
	for _, k := range deltaCounts {
		all = append(all, strconv.Itoa(k))
	}
	return slices.DeleteFunc(all, func(k string) bool { _, there := b[k]; return !there })
}
