package mrz

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Severity is how much a finding weighs.
type Severity uint8

// The severities. The zero value is the gravest.
const (
	Error     Severity = iota // the zone is neither valid nor readable
	Deviation                 // not as Doc 9303 has it, but known from real documents: readable, not valid
	Notice                    // in order, and worth knowing
)

// String returns the severity in lower case.
func (s Severity) String() string {
	switch s {
	case Error:
		return "error"
	case Deviation:
		return "deviation"
	}
	return "notice"
}

// A Finding is one thing that is wrong or odd with a zone, and where. Line
// and Column count from one; Length is in cells. It prints without Expected,
// and its text holds no value of the document.
type Finding struct {
	Code     Code
	Severity Severity
	Field    Field
	Line     int
	Column   int
	Length   int
	Expected byte // the digit that the cells call for, as a character; else 0
}

// Text says in plain words what was found.
func (f Finding) Text() string {
	for _, r := range rules {
		if r.code == f.Code {
			return strings.ReplaceAll(r.text, "{field}", f.Field.words())
		}
	}
	return string(f.Code)
}

// String returns the code, the field and the place: "wrong-digit number 2:10".
func (f Finding) String() string {
	return fmt.Sprintf("%s %s %d:%d", f.Code, f.Field, f.Line, f.Column)
}

// Format prints String whatever the verb.
func (f Finding) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.String()) }

// mark is a finding as a Result keeps it.
type mark struct {
	rule     rule
	field    Field
	at       span
	expected byte
}

// find files a finding.
func (z *zone) find(r rule, f Field, at span) { z.findExpecting(0, r, f, at) }

func (z *zone) findExpecting(expected byte, r rule, f Field, at span) {
	res := &z.result
	res.marks[res.markCount] = mark{r, f, at, expected}
	res.markCount++
	res.count(rules[r].severity)
}

func (m mark) finding() Finding {
	return Finding{
		Code: rules[m.rule].code, Severity: rules[m.rule].severity, Field: m.field,
		Line: int(m.at.line) + 1, Column: int(m.at.from) + 1, Length: int(m.at.to - m.at.from),
		Expected: m.expected,
	}
}

// runs appends a finding for each run of marked cells within a part.
func runs(to []Finding, r rule, p part, cells mask) []Finding {
	cells &= p.within()
	for cells != 0 {
		from := bits.TrailingZeros64(uint64(cells))
		n := bits.TrailingZeros64(^uint64(cells >> from))
		to = append(to, mark{r, p.field, span{p.line, uint8(from), uint8(from + n)}, 0}.finding())
		cells &^= below(from + n)
	}
	return to
}

// inReadingOrder sorts findings by place.
func inReadingOrder(all []Finding) {
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
