package cache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ScrubStatus tells how far a list has been read back in the background.
type ScrubStatus struct {
	Began    time.Time `json:"began"`    // this pass
	Next     int       `json:"next"`     // the shard that it reads next
	Shards   int       `json:"shards"`   // that there are
	Bad      int       `json:"bad"`      // that this pass has found bad
	Finished time.Time `json:"finished"` // the last whole pass; zero when there was none
}

const (
	scrubSave    = 5 * time.Minute // between two notes of how far the scrub has come
	scrubRecheck = time.Minute     // between two looks at the shards that are marked
)

// Tend looks after a list until ctx is done. It merges what was written, once
// there is enough of it, and scrubs: it reads the list back again and again, a
// shard at a time, so that all of it is read in that time. It marks the shards
// that it finds bad. Marked shards it reads once a minute, and takes the mark
// away when they are proved: what a card could not read once it may read again.
// It goes on where an earlier run has stopped.
func (s *Store) Tend(ctx context.Context, name string, over time.Duration) error {
	if s.lists[name] == nil {
		return fmt.Errorf("cache: tend list %s: %w", name, ErrUnknownList)
	}
	p := scrubber{store: s, name: name, l: s.lists[name]}
	if kept := p.l.scrub.Load(); kept != nil {
		p.status = *kept
	}
	var saved, rechecked time.Time
	for {
		pause := scrubRecheck
		if v := p.l.view.Load(); v.gen != nil && v.err == nil {
			pause = min(over/time.Duration(len(v.versions))*9/10, scrubRecheck) // so that a scrub that is late catches up
			p.step(v, over)
			if now := time.Now(); now.Sub(rechecked) >= scrubRecheck {
				rechecked = now
				p.recheck(v)
				p.merge()
			}
		}
		if now := time.Now(); now.Sub(saved) >= scrubSave {
			saved = now
			s.saveScrub(name, p.status)
		}
		select {
		case <-ctx.Done():
			s.saveScrub(name, p.status)
			return nil
		case <-s.life.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// A scrubber is one scrub at work.
type scrubber struct {
	store  *Store
	name   string
	l      *served
	status ScrubStatus
}

// step reads the next shard, if it is due.
func (p *scrubber) step(v *view, over time.Duration) {
	now := time.Now()
	ended := p.status.Next == p.status.Shards && now.Sub(p.status.Began) >= over
	if ended || p.status.Shards != len(v.versions) || p.status.Began.IsZero() || p.status.Began.After(now) {
		p.status = ScrubStatus{Began: now, Shards: len(v.versions), Finished: p.status.Finished}
	}
	due := float64(p.status.Shards) * now.Sub(p.status.Began).Seconds() / over.Seconds()
	if p.status.Next == p.status.Shards || float64(p.status.Next) > due {
		return
	}
	if !p.prove(v, uint32(p.status.Next)) {
		p.status.Bad++
	}
	if p.status.Next++; p.status.Next == p.status.Shards {
		p.status.Finished = time.Now()
	}
	told := p.status
	p.l.scrub.Store(&told)
}

// recheck reads the shards that are marked.
func (p *scrubber) recheck(v *view) {
	for _, id := range p.l.faults.ids() {
		p.prove(v, id)
	}
}

// merge merges the list's tables, unless a release is being applied.
func (p *scrubber) merge() {
	if !p.store.apply.TryLock() {
		return
	}
	defer p.store.apply.Unlock()
	if err := p.store.compactList(p.name, manyTables); err != nil {
		p.warn(err)
	}
}

func (p *scrubber) warn(err error) {
	if log := p.store.opts.Log; log != nil {
		log.Warn("list store", "list", p.name, "error", err)
	}
}

// prove reads one shard and marks it as what it is.
func (p *scrubber) prove(v *view, id uint32) (sound bool) {
	if int(id) >= len(v.versions) || !v.gen.enter() {
		return true // it is no longer served
	}
	defer v.gen.leave()
	_, err := v.proved(id, &workroom{})
	if err != nil && (p.l.view.Load() != v || errors.Is(err, ErrStopped)) {
		return true
	}
	if err := p.store.mark(p.name, err != nil, id); err != nil {
		p.warn(err)
	}
	return err == nil
}

// saveScrub notes how far the scrub has come. That is no great loss.
func (s *Store) saveScrub(name string, status ScrubStatus) {
	if s.opts.ReadOnly || status.Shards == 0 || checkRoom(s.dir, reserve) != nil {
		return
	}
	if err := s.book.write(says(scrubKey(name), status)); err != nil && s.opts.Log != nil {
		s.opts.Log.Warn("list store: note scrub", "error", err)
	}
}

// loadScrub reads what saveScrub has noted.
func (s *Store) loadScrub(name string, l *served) error {
	var status ScrubStatus
	if there, err := s.book.readJSON(scrubKey(name), &status); err != nil || !there {
		return nil // it is begun anew
	}
	if v := l.view.Load(); status.Shards == len(v.versions) && status.Next >= 0 && status.Next <= status.Shards {
		l.scrub.Store(&status)
	}
	return nil
}
