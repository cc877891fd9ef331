package publish

import (
	"fmt"
	"maps"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A tally counts what a change removes and adds, by issuing State. A record
// that becomes another is in both.
type tally struct{ Removed, Added map[string]uint64 }

func newTally() tally { return tally{Removed: map[string]uint64{}, Added: map[string]uint64{}} }

func tallyOf(c list.Change) tally {
	t := newTally()
	for _, r := range c.Removed {
		t.Removed[r.Issuer]++
	}
	for _, r := range c.Added {
		t.Added[r.Issuer]++
	}
	return t
}

// after returns the records by issuing State with a change done.
func (t tally) after(before map[string]uint64) map[string]uint64 {
	counts := maps.Clone(before)
	for issuer, n := range t.Added {
		counts[issuer] += n
	}
	for issuer, n := range t.Removed {
		if counts[issuer] -= n; counts[issuer] == 0 {
			delete(counts, issuer)
		}
	}
	return counts
}

// A Report tells why a release needs the approval of two, and what it changes.
type Report struct {
	List     string       `json:"list"`
	Sequence uint64       `json:"sequence"`
	Root     list.Hash    `json:"root"`
	Before   uint64       `json:"before"` // records
	After    uint64       `json:"after"`
	Reasons  []string     `json:"reasons"`
	Issuers  []IssuerLine `json:"issuers"` // those that the change touches
}

// An IssuerLine tells what a release changes of the records of one issuing
// State.
type IssuerLine struct {
	Issuer  string `json:"issuer"`
	Before  uint64 `json:"before"` // records
	Removed uint64 `json:"removed"`
	Added   uint64 `json:"added"`
}

// judge returns a report when a release is not for one key to publish.
func (w *work) judge(d *draft) *Report {
	r := &Report{List: w.List, Sequence: d.release.Sequence, Root: d.release.Root, Before: w.last.Records, After: d.release.Records}
	if w.last.Sequence == 0 {
		return nil // nobody holds anything that it could spoil
	}
	w.gate(r, "the list had", w.last.Records, total(d.tally.Removed), total(d.tally.Added))
	issuers := maps.Clone(d.tally.Added)
	maps.Copy(issuers, d.tally.Removed)
	for _, issuer := range slices.Sorted(maps.Keys(issuers)) {
		line := IssuerLine{issuer, w.state.Issuers[issuer], d.tally.Removed[issuer], d.tally.Added[issuer]}
		r.Issuers = append(r.Issuers, line)
		w.gate(r, issuer+" had", line.Before, line.Removed, line.Added)
	}
	if _, err := d.state.Peak.Check(d.release); err != nil {
		r.Reasons = append(r.Reasons, fmt.Sprintf("the list had %d records with release %d: devices refuse a loss of more than a tenth", d.state.Peak.Records, d.state.Peak.Sequence))
	}
	if len(r.Reasons) == 0 {
		return nil
	}
	return r
}

func (w *work) gate(r *Report, what string, before, removed, added uint64) {
	for _, c := range []struct {
		verb  string
		count uint64
	}{{"removes", removed}, {"adds", added}} {
		if c.count > w.Policy.GateRecords && float64(c.count) > w.Policy.GateShare*float64(before) {
			r.Reasons = append(r.Reasons, fmt.Sprintf("it %s %d records, and %s %d: more than %.3g %%", c.verb, c.count, what, before, 100*w.Policy.GateShare))
		}
	}
}

// peak returns the most records that devices know of after a release.
func peak(p feed.Peak, r feed.Release, approved bool) feed.Peak {
	if approved || r.Records > p.Records {
		return feed.Peak{Sequence: r.Sequence, Records: r.Records}
	}
	return p
}
