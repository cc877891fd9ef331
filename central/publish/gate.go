package publish

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A tally counts what a change removes and adds, by issuing State. A record
// that becomes another is in both.
type tally struct {
	Removed map[string]uint64 `json:"removed"`
	Added   map[string]uint64 `json:"added"`
}

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

// add counts what another change does, too.
func (t tally) add(more tally) {
	for issuer, n := range more.Removed {
		t.Removed[issuer] += n
	}
	for issuer, n := range more.Added {
		t.Added[issuer] += n
	}
}

// A lately is what was published without approval in the hours of a day and those
// before it, by the beginning of the hour. A great change does not pass the gates
// in slices: as while a full load is being finished, or when it is meant to.
type lately map[int64]tally // Unix seconds

// until returns what is still to be counted at a time, and the sum of it.
func (l lately) until(now time.Time) (lately, tally) {
	recent, sum := lately{}, newTally()
	for hour, t := range l {
		if now.Sub(time.Unix(hour, 0)) < 25*time.Hour {
			recent[hour] = t
			sum.add(t)
		}
	}
	return recent, sum
}

// with returns it with a change added.
func (l lately) with(now time.Time, t tally) lately {
	hour := now.Truncate(time.Hour).Unix()
	sum := newTally()
	sum.add(l[hour])
	sum.add(t)
	all := maps.Clone(l)
	all[hour] = sum
	return all
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
	recent, all := w.state.Lately.until(d.release.Issued)
	d.state.Lately = recent.with(d.release.Issued, d.tally)
	all.add(d.tally)
	w.gate(r, "the list had", w.last.Records, total(all.Removed), total(all.Added))
	issuers := maps.Clone(d.tally.Added)
	maps.Copy(issuers, d.tally.Removed)
	for _, issuer := range slices.Sorted(maps.Keys(issuers)) {
		line := IssuerLine{issuer, w.state.Issuers[issuer], d.tally.Removed[issuer], d.tally.Added[issuer]}
		r.Issuers = append(r.Issuers, line)
		w.gate(r, issuer+" had", line.Before, all.Removed[issuer], all.Added[issuer])
	}
	if _, err := d.state.Peak.Check(d.release); err != nil {
		r.Reasons = append(r.Reasons, fmt.Sprintf("the list had %d records with release %d: devices refuse a loss of more than a tenth", d.state.Peak.Records, d.state.Peak.Sequence))
	}
	if len(r.Reasons) == 0 {
		return nil
	}
	d.state.Lately = nil // two have seen it
	return r
}

func (w *work) gate(r *Report, what string, before, removed, added uint64) {
	for _, c := range []struct {
		verb  string
		count uint64
	}{{"removes", removed}, {"adds", added}} {
		if c.count > w.Policy.GateRecords && float64(c.count) > w.Policy.GateShare*float64(before) {
			r.Reasons = append(r.Reasons, fmt.Sprintf("within a day it %s %d records, and %s %d: more than %.3g %%", c.verb, c.count, what, before, 100*w.Policy.GateShare))
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
