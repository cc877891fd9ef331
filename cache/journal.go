package cache

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/feed"
)

// A journal is the delta that is being applied to a list. Its bytes lie in the
// generation, in parts.
type journal struct {
	Sequence uint64        `json:"sequence"` // of the release
	Applied  bool          `json:"applied"`  // it is live, and what it replaced is being deleted
	Release  feed.Release  `json:"release"`
	From     feed.Position `json:"from"`
	Changes  int           `json:"changes"` // records that it removes and adds
	Parts    int           `json:"parts"`
}

// journalPart is how many bytes of a delta a part holds.
const journalPart = 256 << 10

// writeJournal makes a change durable before it is done.
func (s *Store) writeJournal(c change, g *generation) error {
	m := c.release
	var delta bytes.Buffer
	if err := feed.WriteDelta(&delta, m.Params, c.Change); err != nil {
		return err
	}
	j := journal{Sequence: m.Sequence, Release: m, From: c.from, Changes: c.Len()}
	b, err := g.batch()
	if err != nil {
		return err
	}
	defer b.Cancel()
	for delta.Len() > 0 {
		key := versionKey(journalTable, uint32(j.Parts), m.Sequence)
		if err := b.Set(key, g.sealed(key, delta.Next(journalPart))); err != nil {
			return err
		}
		j.Parts++
	}
	if err := b.flush(); err != nil {
		return err
	}
	return s.book.write(says(journalKey(m.List), j))
}

// readJournal returns the change that a journal holds.
func readJournal(j journal, g *generation) (change, error) {
	var delta []byte
	for n := range j.Parts {
		part, err := g.open(versionKey(journalTable, uint32(n), j.Sequence), nil)
		if err != nil {
			return change{}, fmt.Errorf("read journal: %w", err)
		}
		delta = append(delta, part...)
	}
	c, err := feed.ReadDelta(delta, j.Release.Params)
	return change{j.Release, j.From, c}, err
}

// Resume finishes what a crash has cut short: a delta that was journaled is
// applied, and what a release has replaced is deleted. It is called once after
// Open; look-ups need not wait for it. A delta that cannot be finished is given
// up, and has to be fetched again.
func (s *Store) Resume(ctx context.Context) error {
	s.apply.Lock()
	defer s.apply.Unlock()
	ctx, done := s.working(ctx)
	defer done()
	for _, name := range s.names {
		if err := s.resume(ctx, name); err != nil {
			return fmt.Errorf("cache: resume list %s: %w", name, err)
		}
	}
	return nil
}

func (s *Store) resume(ctx context.Context, name string) error {
	v, err := s.settle(name)
	if err != nil {
		return err
	}
	var j journal
	there, err := s.book.readJSON(journalKey(name), &j)
	switch {
	case err != nil || s.opts.ReadOnly || !there && v.gen == nil:
		return err
	case !there:
		return v.gen.reclaim(nil) // parts whose writing was cut short
	}
	if j.Applied || v.err != nil || v.head.Release.Position() != j.From {
		return s.dropJournal(name, v)
	}
	if err := checkRoom(s.dir, spaceForDelta(j.Release, j.Changes)); err != nil {
		return err
	}
	c, err := readJournal(j, v.gen)
	if err == nil {
		err = s.advance(ctx, c, v)
	}
	if err == nil || ctx.Err() != nil || s.lists[name].doubt {
		return err
	}
	if dropErr := s.dropJournal(name, v); dropErr != nil {
		return dropErr
	}
	return fmt.Errorf("release %d: %w", j.Sequence, err)
}

// dropJournal deletes what a change has left that is not to be finished.
func (s *Store) dropJournal(name string, v *view) error {
	there, err := s.book.readJSON(journalKey(name), new(journal))
	if err != nil || !there {
		return err
	}
	if v.gen == nil {
		return s.book.write(entry{key: journalKey(name)})
	}
	dead, err := v.dead()
	if err != nil {
		return err
	}
	return s.reclaim(name, v.gen, dead)
}

// reclaim deletes versions that no view needs any more, and then the journal.
func (s *Store) reclaim(name string, g *generation, dead [][]byte) error {
	if err := g.reclaim(dead); err != nil {
		return err
	}
	return s.book.write(entry{key: journalKey(name)})
}

// reclaim deletes versions, and the parts of every journal.
func (g *generation) reclaim(dead [][]byte) error {
	err := g.eachVersion(journalTable, func(_ uint32, _ uint64, item *badger.Item) error {
		dead = append(dead, item.KeyCopy(nil))
		return nil
	})
	if err != nil {
		return err
	}
	return g.drop(dead)
}

// dead returns the versions that do not belong to a view. Of a list that is
// not what was signed it spares all that might still be of use.
func (v *view) dead() (keys [][]byte, err error) {
	for _, table := range []byte{shardTable, pageTable} {
		err := v.gen.eachVersion(table, func(id uint32, release uint64, item *badger.Item) error {
			if release > v.head.Release.Sequence || v.err == nil && !v.has(table, id, release) {
				keys = append(keys, item.KeyCopy(nil))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// has reports whether a version belongs to the view.
func (v *view) has(table byte, id uint32, release uint64) bool {
	if table == pageTable {
		return int(id) < v.pages() && v.pageVersion(int(id)) == release
	}
	return int(id) < len(v.versions) && v.versions[id] == release
}
