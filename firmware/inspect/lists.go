package inspect

import (
	"slices"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
)

// matches makes a reason of each record that fits. A record on a list that
// cannot be trusted as a whole counts: each is sealed by itself.
func (d *decider) matches() {
	for _, m := range d.Answer.Matches {
		r := reason(d.matchCode(m))
		r.List = m.List
		r.Match = Match{Status: m.Record.Status, Date: m.Record.Date, Country: m.Record.Country, How: m.How}
		d.made.reasons = append(d.made.reasons, r)
	}
}

// matchCode is the rule for a match. Only an exact match on a number that is
// certain is taken at its word.
func (d *decider) matchCode(m cache.Match) Code {
	person := m.Record.Status.Person()
	switch {
	case m.How == cache.OtherClass:
		return choose(person, PersonOtherClass, DocumentOtherClass)
	case m.How != cache.Exact:
		return choose(person, PersonLookAlike, DocumentLookAlike)
	case !d.number:
		return choose(person, PersonUnsure, DocumentUnsure)
	case m.Record.Status == list.Lost && d.Policy.LiftLost:
		return LostLifted
	}
	if c, known := codeOf[m.Record.Status]; known {
		return c
	}
	return choose(person, PersonNotice, Listed)
}

func choose(person bool, ofPerson, ofDocument Code) Code {
	if person {
		return ofPerson
	}
	return ofDocument
}

// codeOf has the statuses with a rule of their own. The others, and those that
// this version does not know, share one.
var codeOf = map[list.Status]Code{
	list.Stolen:       Stolen,
	list.StolenBlank:  StolenBlank,
	list.Lost:         Lost,
	list.Revoked:      Revoked,
	list.Invalid:      Invalid,
	list.NoticeRed:    PersonRed,
	list.NoticeUN:     PersonUN,
	list.NoticeBlue:   PersonBlue,
	list.NoticeGreen:  PersonGreen,
	list.NoticeYellow: PersonYellow,
}

// FloorSkew is how far a clock may be behind what a publisher has signed when no
// policy says more.
const FloorSkew = 5 * time.Minute

// lists judges whether the lists can vouch for a Clear.
func (d *decider) lists() {
	ahead := d.Floor.After(d.Now.Add(d.Policy.skew()))
	for _, s := range d.Answer.Lists {
		fresh := d.Policy.Freshness(s, d.Now)
		d.made.lists = append(d.made.lists, ListState{s.Name, s.Release, d.Policy.Age(s, d.Now), fresh})
		ahead = ahead || d.Policy.isAhead(s, d.Now)
		if d.requires(s.Name) {
			d.list(s.Name, fresh)
		}
	}
	for _, name := range d.absent() {
		d.list(name, Missing)
	}
	if ahead {
		d.add(ClockBehind)
	}
	if !d.Asked {
		d.add(NoLookUp)
	}
}

// list adds the reason that follows from the state of a list.
func (d *decider) list(name string, fresh Freshness) {
	if fresh.Usable() {
		return
	}
	r := reason(map[Freshness]Code{Missing: ListMissing, Broken: ListBroken, Stale: ListStale}[fresh])
	r.List = name
	d.made.reasons = append(d.made.reasons, r)
}

func (d *decider) requires(name string) bool {
	return len(d.Policy.RequiredLists) == 0 || slices.Contains(d.Policy.RequiredLists, name)
}

// absent returns the required lists that gave no answer; a list without a name
// when there is none at all.
func (d *decider) absent() (names []string) {
	required := d.Policy.RequiredLists
	if len(required) == 0 && len(d.Answer.Lists) == 0 {
		return []string{""}
	}
	for _, name := range required {
		if !slices.ContainsFunc(d.Answer.Lists, func(s cache.ListStatus) bool { return s.Name == name }) {
			names = append(names, name)
		}
	}
	return names
}
