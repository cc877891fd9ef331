package ocr

import (
	"strings"

	"portcullis/mrz"
)

// A weighted cell is one under a check digit, with the weight that it has
// there and the one under the composite digit, 0 where it is not covered.
type weighted struct {
	*cell
	own, composite int
}

// A group is the cells under one check digit, with that digit; or cells that
// only the composite digit covers. A repair of one does not touch another, but
// for the composite digit, which is over them all.
type group struct {
	cells  []weighted
	digit  bool                    // there is a digit of their own, the last of the cells
	asRead passing                 // whether they pass as they are
	fits   func(chars []byte) bool // what else has to hold; nil for nothing
}

// groupsOf takes a grid apart. result is what the zone is as it was read. Where
// long is set, the document number is taken for a long one.
func (g *grid) groupsOf(result *mrz.Result, long bool) []group {
	composite := g.compositeWeights()
	taken := map[*cell]bool{}
	var all []group
	for _, d := range g.shape.Digits {
		if d.At.Field == mrz.Composite {
			continue
		}
		cells, at := g.covered(d), g.at(d.At)
		if d.At.Field == mrz.Number && long {
			if cells, at = g.longNumber(cells, at); at == nil {
				return nil
			}
		}
		all = append(all, g.own(d.At.Field, cells, at, composite, result))
		for _, c := range append(cells, at) {
			taken[c] = true
		}
	}
	return append(all, g.loose(composite, taken)...)
}

// covered returns the cells that a digit covers, in order.
func (g *grid) covered(d mrz.Digit) (cells []*cell) {
	for _, e := range d.Covers {
		cells = append(cells, g.lines[e.Line][e.From:e.To]...)
	}
	return cells
}

func (g *grid) at(e mrz.Element) *cell { return g.lines[e.Line][e.From] }

// longNumber returns the cells of a long number and its digit: nine, and those
// of the optional data before the first filler, the last of which is the digit
// (Doc 9303-5 note j). Where a filler belongs only one can be.
func (g *grid) longNumber(principal []*cell, at *cell) (cells []*cell, digit *cell) {
	e, ok := g.element(mrz.OptionalData)
	if !ok || !isFillerLike(at.read) {
		return nil, nil
	}
	if at.read != mrz.Filler {
		at.options = []option{{mrz.Filler, anyway}}
	} else {
		at.options = []option{{mrz.Filler, 0}}
	}
	cells = append(cells, principal...)
	rest := g.lines[e.Line][e.From:e.To]
	for i, c := range rest {
		if c.read == mrz.Filler {
			rest = rest[:i]
			break
		}
	}
	if len(rest) < 2 {
		return nil, nil
	}
	digit = rest[len(rest)-1]
	digit.class = mrz.CheckDigitClass
	digit.options = fromTable(digit.read, digit.class, digit.field)
	return append(cells, rest[:len(rest)-1]...), digit
}

func (g *grid) element(f mrz.Field) (mrz.Element, bool) {
	for _, e := range g.shape.Elements {
		if e.Field == f && e.Class != mrz.CheckDigitClass {
			return e, true
		}
	}
	return mrz.Element{}, false
}

// own makes the group of a digit of a field's own.
func (g *grid) own(f mrz.Field, cells []*cell, at *cell, composite map[*cell]int, result *mrz.Result) group {
	gr := group{digit: true, asRead: passingAs(result, f)}
	for i, c := range cells {
		gr.cells = append(gr.cells, weighted{c, mrz.Weight(i), composite[c]})
	}
	gr.cells = append(gr.cells, weighted{at, -1, composite[at]})
	switch f {
	case mrz.BirthDate, mrz.ExpiryDate:
		gr.fits = func(chars []byte) bool { return mrz.DateExists(string(chars[:len(chars)-1])) }
	case mrz.OptionalData:
		if isFillerLike(at.read) && len(at.options) == 0 {
			at.options = []option{{mrz.Filler, 0}}
		}
		gr.fits = absentOnlyIfEmpty
	}
	if !gr.asItIs() {
		gr.asRead = failing
	}
	return gr
}

// passing is how cells pass as they were read.
type passing uint8

const (
	failing   passing = iota
	deviating         // by a rule that is known from documents and is not that of Doc 9303
	conforming
)

// passingAs returns how a field passes as it was read.
func passingAs(r *mrz.Result, f mrz.Field) passing {
	for _, c := range r.Checks() {
		switch {
		case c.Field != f || c.Outcome != mrz.Passed && c.Outcome != mrz.Absent:
		case c.Rule != mrz.Standard:
			return deviating
		default:
			return conforming
		}
	}
	return failing
}

// absentOnlyIfEmpty lets a filler be the digit of fillers alone (Doc 9303-4
// §4.2.2.2).
func absentOnlyIfEmpty(chars []byte) bool {
	return chars[len(chars)-1] != mrz.Filler || strings.Trim(string(chars), string(mrz.Filler)) == ""
}

// asItIs reports whether every cell of a group, its digit aside, may be what it
// was read as.
func (gr *group) asItIs() bool {
	chars := make([]byte, len(gr.cells))
	for i, c := range gr.cells {
		if chars[i] = c.read; i < len(gr.cells)-1 && !belongs(c.read, c.class) {
			return false
		}
	}
	return gr.fits == nil || gr.fits(chars)
}

// passed reports whether a field's digit is right as it was read, or rightly
// not there.
func passed(r *mrz.Result, f mrz.Field) bool { return passingAs(r, f) != failing }

// compositeWeights returns the weight of each cell under the composite digit,
// and -1 for the digit itself.
func (g *grid) compositeWeights() map[*cell]int {
	all := map[*cell]int{}
	for _, d := range g.shape.Digits {
		if d.At.Field == mrz.Composite {
			for i, c := range g.covered(d) {
				all[c] = mrz.Weight(i)
			}
			all[g.at(d.At)] = -1
		}
	}
	return all
}

// loose makes groups of the cells that no digit of their own covers: each
// field's that the composite digit covers, and the composite digit.
func (g *grid) loose(composite map[*cell]int, taken map[*cell]bool) []group {
	var all []group
	var last *cell
	for _, row := range g.lines {
		for _, c := range row {
			w, covered := composite[c]
			if !covered || taken[c] {
				continue
			}
			if last == nil || last.field != c.field || last.line != c.line {
				all = append(all, group{})
			}
			last = c
			gr := &all[len(all)-1]
			gr.cells = append(gr.cells, weighted{c, 0, w})
		}
	}
	for i := range all {
		all[i].fits = dateFits(all[i].cells)
	}
	return all
}

// dateFits holds a date that has no digit of its own to the calendar.
func dateFits(cells []weighted) func([]byte) bool {
	if f := cells[0].field; (f != mrz.BirthDate && f != mrz.ExpiryDate) || len(cells) != 6 {
		return nil
	}
	return func(chars []byte) bool { return mrz.DateExists(string(chars)) }
}
