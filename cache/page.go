package cache

import (
	"encoding/binary"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/list"
)

// A page holds the state of pageShards shards in a row: which release wrote
// each, and its leaf hash. It is sealed, for the signed root is taken over leaf
// hashes and does not tell which version of a shard belongs to one.
const (
	pageShards = 16
	stateSize  = 8 + len(list.Hash{})
)

// state is the state of all shards of a list.
type state struct {
	versions []uint64    // the release that wrote each; 0 for one that was always empty
	leaves   []list.Hash // of each
}

// newState is that of a list whose shards are still to be set; those that are
// not set are empty once blank has been called.
func newState(p list.Params) state {
	return state{make([]uint64, p.Shards()), make([]list.Hash, p.Shards())}
}

// blank sets the leaf hashes of shards that nothing is stored of.
func (s state) blank() {
	for id, version := range s.versions {
		if version == 0 {
			s.leaves[id] = list.Leaf(uint32(id), nil)
		}
	}
}

func (s state) pages() int { return (len(s.leaves) + pageShards - 1) / pageShards }

// page returns the bytes of a page.
func (s state) page(n int) []byte {
	var out []byte
	for id := n * pageShards; id < min((n+1)*pageShards, len(s.leaves)); id++ {
		out = binary.BigEndian.AppendUint64(out, s.versions[id])
		out = append(out, s.leaves[id][:]...)
	}
	return out
}

// setPage takes the bytes of a page. What is no page is left aside: the root
// will differ.
func (s state) setPage(n uint32, data []byte) {
	first := int(n) * pageShards
	if int(n) >= s.pages() || len(data) != stateSize*(min(first+pageShards, len(s.leaves))-first) {
		return
	}
	for id := first; len(data) > 0; id, data = id+1, data[stateSize:] {
		s.versions[id] = binary.BigEndian.Uint64(data)
		s.leaves[id] = list.Hash(data[8:stateSize])
	}
}

// state reads the pages as of a release: the newest versions that are not
// newer. A page that does not open is left aside: the root will differ.
func (g *generation) state(p list.Params, release uint64) (state, error) {
	s := newState(p)
	var room []byte
	err := g.eachVersion(pageTable, func(n uint32, version uint64, item *badger.Item) error {
		if version > release {
			return nil
		}
		return item.Value(func(sealed []byte) error {
			if page, err := g.seal.open(room[:0], g.placed(item.Key()), sealed); err == nil {
				s.setPage(n, page)
				room = page
			}
			return nil
		})
	})
	s.blank()
	return s, err
}
