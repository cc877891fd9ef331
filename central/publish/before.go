package publish

import (
	"errors"
	"os"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// records returns what a release that is in the folder holds.
func (p *Publisher) records(v feed.Verified) ([]list.Record, error) {
	snapshot, ok := v.Manifest().File(feed.Snapshot)
	if !ok {
		return nil, errors.New("it has none")
	}
	f, err := os.Open(p.folder.file(snapshot.Name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := v.Content(feed.Snapshot, f)
	if err != nil {
		return nil, err
	}
	return readSnapshot(c)
}

// readSnapshot returns the records of a snapshot, which must be those that its
// release is signed for.
func readSnapshot(c feed.Content) ([]list.Record, error) {
	m := c.Manifest()
	all := make([]list.Record, 0, m.Records)
	leaves := make([]list.Hash, m.Params.Shards())
	for id := range leaves {
		leaves[id] = list.Leaf(uint32(id), nil)
	}
	for raw, err := range c.Shards() {
		if err != nil {
			return nil, err
		}
		shard, err := m.Params.Shard(raw.ID, raw.Data)
		if err != nil {
			return nil, err
		}
		records, err := shard.All()
		if err != nil {
			return nil, err
		}
		leaves[raw.ID] = list.Leaf(raw.ID, records)
		all = append(all, records...)
	}
	if root, err := list.Root(leaves); err != nil || root != m.Root {
		return nil, errors.New("it has another root")
	}
	return all, nil
}

// difference returns what must be removed from one state of a list, and then
// added, to have another. A record that changed is in both.
func difference(from, to []list.Record) (removed, added []list.Record) {
	for len(from) > 0 || len(to) > 0 {
		order := -1
		switch {
		case len(from) == 0:
			order = 1
		case len(to) > 0:
			order = list.Compare(from[0], to[0])
		}
		if order == 0 && from[0] == to[0] {
			from, to = from[1:], to[1:]
			continue
		}
		if order <= 0 {
			removed, from = append(removed, from[0]), from[1:]
		}
		if order >= 0 {
			added, to = append(added, to[0]), to[1:]
		}
	}
	return removed, added
}
