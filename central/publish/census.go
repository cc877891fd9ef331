package publish

import (
	"slices"

	"portcullis/cache/list"
)

// A census goes through the records of a list in order, and keeps their leaf
// hashes, and their numbers by issuing State. Whoever wants to see each shard
// whole sets each.
type census struct {
	params  list.Params
	issuers map[string]uint64
	count   uint64
	each    func(id uint32, records []list.Record) error

	leaves []list.Hash
	shard  []list.Record
	last   list.Record
	err    error
}

func newCensus(p list.Params) *census {
	return &census{params: p, issuers: map[string]uint64{}, leaves: make([]list.Hash, 0, p.Shards())}
}

// add takes the next record. What is wrong is told at the end.
func (c *census) add(r list.Record) {
	if c.err != nil {
		return
	}
	if c.count > 0 {
		if c.err = ordered(c.last, r); c.err != nil {
			return
		}
	}
	c.last = r
	for id := c.params.ShardOf(r.Digest); c.err == nil && uint32(len(c.leaves)) < id; {
		c.next()
	}
	c.shard = append(c.shard, r)
	c.issuers[r.Issuer]++
	c.count++
}

// next ends a shard.
func (c *census) next() {
	id := uint32(len(c.leaves))
	if c.each != nil {
		c.err = c.each(id, c.shard)
	}
	c.leaves = append(c.leaves, list.Leaf(id, c.shard))
	c.shard = c.shard[:0]
}

// end returns the leaf hashes of all shards.
func (c *census) end() ([]list.Hash, error) {
	for c.err == nil && len(c.leaves) < c.params.Shards() {
		c.next()
	}
	return c.leaves, c.err
}

// ordered tells what is wrong with two records in a row.
func ordered(a, b list.Record) error {
	switch d := list.Compare(a, b); {
	case d == 0:
		return ErrTwice
	case d > 0:
		return ErrOrder
	}
	return nil
}

func allOrdered(records []list.Record) error {
	for i := range records[min(1, len(records)):] {
		if err := ordered(records[i], records[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// newCodes returns the State codes of records that are not known yet, in order.
func newCodes(known []string, records ...[]list.Record) (added []string) {
	seen := map[string]bool{"": true}
	for _, code := range known {
		seen[code] = true
	}
	for _, some := range records {
		for _, r := range some {
			for _, code := range []string{r.Issuer, r.Country} {
				if !seen[code] {
					seen[code] = true
					added = append(added, code)
				}
			}
		}
	}
	slices.Sort(added)
	return added
}
