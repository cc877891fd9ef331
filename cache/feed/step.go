package feed

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// A Step is a file that leads from one state of a list to a later one. A
// snapshot is a step from the zero Position.
type Step struct {
	File
	From    Position  `json:"from,omitzero"`
	To      Position  `json:"to"`
	Issued  time.Time `json:"issued"`  // of the release that it leads to
	Records uint64    `json:"records"` // that the list has then
	Added   uint64    `json:"added,omitzero"`
	Removed uint64    `json:"removed,omitzero"`
	Tree    File      `json:"tree,omitzero"` // the leaf hashes of a snapshot
}

// Kind is what a step holds.
type Kind string

// The kinds of step.
const (
	Snapshot Kind = "snapshot"
	Delta    Kind = "delta"
)

// Kind returns what the step holds.
func (s Step) Kind() Kind {
	if s.From == (Position{}) {
		return Snapshot
	}
	return Delta
}

// large reports whether a delta is more than a device keeps in memory. It is no
// fault: a publisher who changes that much has a snapshot too.
func (s Step) large() bool { return s.Added > MaxChanges || s.Removed > MaxChanges-s.Added }

// maxDelta bounds a delta in bytes: it is read into memory.
const maxDelta = 1 << 26

func (s Step) check(r Release) error {
	most := int64(maxFile)
	if s.Kind() == Delta {
		most = maxDelta
	}
	if err := s.File.check(most); err != nil {
		return err
	}
	if s.Tree != (File{}) {
		if err := s.Tree.check(maxFile); err != nil {
			return err
		}
	}
	if s.From.Sequence >= s.To.Sequence || s.To.Sequence > r.Sequence || s.Issued.IsZero() {
		return fmt.Errorf("a step from release %d to %d of release %d", s.From.Sequence, s.To.Sequence, r.Sequence)
	}
	if s.To.Sequence == r.Sequence && (s.To != r.Position() || s.Records != r.Records) {
		return fmt.Errorf("a step to release %d leads to another state", r.Sequence)
	}
	return nil
}

// release returns the state that a step leads to. Nothing was issued after its
// publisher said that it is the newest: one key of the two that say so is not
// enough to give a list a time to come.
func (v Verified) release(s Step) Release {
	r := v.manifest.Release
	r.Sequence, r.Root, r.Issued, r.Records = s.To.Sequence, s.To.Root, s.Issued, s.Records
	if r.Issued.After(v.published) {
		r.Issued = v.published
	}
	return r
}

// Steps returns the steps that are known: those of the manifest, and of the
// history and the archives that were read.
func (v Verified) Steps() []Step { return slices.Clone(v.steps) }

// A Way is steps in a row that lead to a release.
type Way []Step

// Bytes returns how large the files are together.
func (w Way) Bytes() (n int64) {
	for _, s := range w {
		n += s.Size
	}
	return n
}

// Changes returns how many records its deltas remove and add, as their steps say.
func (w Way) Changes() (n uint64) {
	for _, s := range w {
		if s.Kind() == Delta {
			n += s.Removed + s.Added
		}
	}
	return n
}

// Way returns the steps of least bytes that lead from one position to another,
// of those that are known but for what without reports, and for deltas that are
// too large to be kept in memory; ok is false when none do. A way may begin with a
// snapshot wherever it is to lead from.
func (v Verified) Way(from, to Position, without func(Step) bool) (w Way, ok bool) {
	steps := slices.Clone(v.steps)
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.To.Sequence, b.To.Sequence) })
	// Of each position, only how it is reached best: a whole way to each would
	// take memory by the square of the steps.
	best := map[Position]arrival{from: {last: start}, {}: {last: start}}
	for i, s := range steps {
		before, reached := best[s.From]
		if !reached || s.large() || without != nil && without(s) {
			continue
		}
		bytes := before.bytes + s.Size
		if known, reached := best[s.To]; !reached || bytes < known.bytes {
			best[s.To] = arrival{last: i, bytes: bytes}
		}
	}
	at, ok := best[to]
	for ; ok && at.last != start; at = best[steps[at.last].From] {
		w = append(w, steps[at.last])
	}
	slices.Reverse(w)
	return w, ok
}

// An arrival is how a position is reached by the fewest bytes.
type arrival struct {
	last  int // place of the step that leads there, or start
	bytes int64
}

// start is the place of no step.
const start = -1
