package reader

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"portcullis/drivers"
)

// Again is how soon a document that is looked at once more is the same
// presentation: swiped twice, seen by two readers, or left lying. Each look begins
// it anew. It is short: what is shown again later is for the lane to judge.
const Again = time.Second

// A Group is the readers of one lane as one reader. Whichever reads a document,
// and however often within a second of the last look, it is one reading. This is
// for zones whose check digits hold: others may be a second attempt.
type Group struct {
	members []*member
	seed    maphash.Seed

	mu   sync.Mutex // guards beat and what members say of theirs
	beat func()
}

type member struct {
	name   string
	reader drivers.Reader
	came   bool // its loop came round since the group's beat
	ended  bool // it cannot be used
}

var (
	_ drivers.Reader = (*Group)(nil)
	_ drivers.Beater = (*Group)(nil)
)

// NewGroup returns a group without members.
func NewGroup() *Group { return &Group{seed: maphash.MakeSeed()} }

// Add adds a reader. Its name is in the events that come from it.
func (g *Group) Add(name string, r drivers.Reader) {
	g.members = append(g.members, &member{name: name, reader: r})
}

// OnBeat has beat called each time that the loops of all readers have come round:
// one that stands still is not hidden by the others. A reader that cannot be used
// has no loop.
func (g *Group) OnBeat(beat func()) {
	g.beat = beat
	for _, m := range g.members {
		if b, ok := m.reader.(drivers.Beater); ok {
			b.OnBeat(func() { g.round(m) })
			continue
		}
		m.came = true
	}
}

// round notes that the loop of a reader came round, or that there is none any more.
func (g *Group) round(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.came = true
	if g.beat == nil || slices.ContainsFunc(g.members, func(m *member) bool { return !m.came && !m.ended }) {
		return
	}
	for _, m := range g.members {
		_, beats := m.reader.(drivers.Beater)
		m.came = !beats
	}
	g.beat()
}

// Run runs all readers. One that cannot be used is told of and does not stop the
// others; when none is left, Run returns why.
func (g *Group) Run(ctx context.Context, events chan<- drivers.ReaderEvent) error {
	merged := make(chan drivers.ReaderEvent)
	failures := make([]error, len(g.members))
	var running sync.WaitGroup
	for i, m := range g.members {
		running.Go(func() {
			failures[i] = m.run(ctx, merged)
			g.end(m)
		})
	}
	go func() {
		running.Wait()
		close(merged)
	}()
	g.forward(ctx, merged, events)
	return errors.Join(failures...)
}

// end notes that a reader has no loop any more.
func (g *Group) end(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	m.ended = true
}

// run runs one reader and puts its name to what it says.
func (m *member) run(ctx context.Context, merged chan<- drivers.ReaderEvent) error {
	own := make(chan drivers.ReaderEvent)
	ended := make(chan error, 1)
	go func() {
		defer close(own)
		ended <- m.reader.Run(ctx, own)
	}()
	put := func(e drivers.ReaderEvent) {
		e.Reader = m.name
		select {
		case merged <- e:
		case <-ctx.Done():
		}
	}
	for e := range own {
		put(e)
	}
	err := <-ended
	if err == nil {
		return nil
	}
	put(drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderAbsent, Detail: err.Error()})
	return fmt.Errorf("reader %s: %w", m.name, err)
}

// forward passes on what is said, but for what was said already.
func (g *Group) forward(ctx context.Context, merged <-chan drivers.ReaderEvent, events chan<- drivers.ReaderEvent) {
	shown := make(map[uint64]time.Time)
	for e := range merged {
		if e.Reading != nil && g.repeats(shown, *e.Reading) {
			continue
		}
		select {
		case events <- e:
		case <-ctx.Done():
		}
	}
}

// repeats reports whether a document is shown that was shown a moment ago, and
// forgets those that were not.
func (g *Group) repeats(shown map[uint64]time.Time, r drivers.Reading) bool {
	for key, last := range shown {
		if r.At.Sub(last) > Again {
			delete(shown, key)
		}
	}
	if r.Fault != drivers.NoFault || !Holds(r.Lines) {
		return false
	}
	var h maphash.Hash
	h.SetSeed(g.seed)
	for _, line := range r.Lines {
		_, _ = h.WriteString(line) // never fails
	}
	key := h.Sum64()
	_, seen := shown[key]
	shown[key] = r.At
	return seen
}
