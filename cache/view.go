package cache

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// head says which release of a list is served.
type head struct {
	Generation uint32       `json:"generation"`
	Release    feed.Release `json:"release"`
	Began      list.Params  `json:"began"`    // the parameters of the generation's snapshot
	BeganAt    uint64       `json:"began_at"` // its release
	Applied    time.Time    `json:"applied"`
}

// A view is one state of a list, which does not change: what is served, and
// which version of each shard belongs to it.
type view struct {
	head head
	gen  *generation // nil when there is none, or it cannot be opened
	state
	root    string    // of the release, in hexadecimal
	checked time.Time // when the release was last known to be the newest
	err     error     // why the list is not served
}

// empty is the view of a list that never had a release.
func (v *view) empty() bool { return v.head.Release.Sequence == 0 }

// errRoot means that a list's leaf hashes are not those that were signed.
var errRoot = errors.New("the list is not what its publisher signed: shards are missing, old or damaged")

// loadView reads a list's head and the state of its shards. What is wrong with
// the list alone is in the view: the other lists are served.
func (s *Store) loadView(name string, o Options) (*view, error) {
	v := &view{}
	there, err := s.book.readJSON(headKey(name), &v.head)
	if errors.Is(err, errSeal) {
		return nil, fmt.Errorf("read the head of list %s: %w", name, ErrLocked)
	}
	if err != nil || !there {
		return v, err
	}
	v.root, v.checked = v.head.Release.Root.String(), s.loadChecked(name, v.head)
	v.gen, err = openGeneration(s.dir, name, v.head.Generation, v.head.Began, s.seal.Load(), o)
	if errors.Is(err, ErrStoreDamaged) || errors.Is(err, ErrNoStore) {
		v.err = err
		return v, nil
	}
	if err != nil {
		return nil, err
	}
	if v.state, err = v.gen.state(v.head.Release.Params, v.head.Release.Sequence); err != nil {
		return nil, errors.Join(err, v.gen.close())
	}
	v.gen.advise(readHereNow)
	root, err := list.Root(v.leaves)
	if err != nil || root != v.head.Release.Root {
		v.err = errRoot
	}
	return v, nil
}

// shard reads one shard of a view into room, which grows as needed. The caller
// has entered the generation.
func (v *view) shard(id uint32, room *[]byte) (list.Shard, error) {
	opened, err := v.gen.open(versionKey(shardTable, id, v.versions[id]), *room)
	if err != nil {
		return list.Shard{}, fmt.Errorf("shard %d: %w", id, err)
	}
	*room = opened
	return v.head.Release.Params.Shard(id, opened)
}

// readBack reads all records of one shard that has a version.
func (v *view) readBack(id uint32, room *workroom) (records []list.Record, err error) {
	shard, err := v.shard(id, &room.opened)
	if err != nil {
		return nil, err
	}
	room.records, err = shard.AppendAll(room.records[:0])
	return room.records, err
}

// records reads all records of one shard.
func (v *view) records(id uint32, room *workroom) ([]list.Record, error) {
	if v.versions[id] == 0 {
		return nil, nil
	}
	return v.readBack(id, room)
}

// proved reads all records of one shard, and compares them with its leaf hash.
func (v *view) proved(id uint32, room *workroom) ([]list.Record, error) {
	records, err := v.records(id, room)
	if err != nil {
		return nil, err
	}
	if list.Leaf(id, records) != v.leaves[id] {
		return nil, fmt.Errorf("shard %d: %w", id, errRoot)
	}
	return records, nil
}

// pageVersion returns the release that wrote a page: the last that wrote one
// of its shards, or else the snapshot.
func (v *view) pageVersion(n int) uint64 {
	first := n * pageShards
	return max(v.head.BeganAt, slices.Max(v.versions[first:min(first+pageShards, len(v.versions))]))
}
