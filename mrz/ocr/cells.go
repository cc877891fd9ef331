package ocr

import (
	"math"
	"slices"

	"portcullis/mrz"
)

// A Candidate is what a reader may have seen in a cell, and how sure it is:
// from 0 to 1.
type Candidate struct {
	Char       byte
	Confidence float64
}

// Costs, in hundredths of one look-alike.
const (
	oneEdit = 100
	anyway  = 10  // a character that cannot be what it was read as
	rank    = 5   // more, for one that is not the likeliest
	unread  = 100 // any character for one that is outside the set
	margin  = 50  // how much better the best repair has to be than the next
	budget  = 350 // the dearest repair of a field
	total   = 400 // and of a zone

	deviation   = 75 // for a digit that is right by a rule of before the eighth edition
	unlisted    = 75 // on top, for a code that is not listed
	alternation = 30 // for a letter beside a digit in a field of both: two make up for the margin
	maxMixture  = 90 // but not for a look-alike more
)

// A cell is one of the zone, with what it may be.
type cell struct {
	line, column int
	field        mrz.Field
	class        mrz.Class
	read         byte
	options      []option // the cheapest first; none when nothing belongs there
}

// An option is a character that a cell may be, and what that costs.
type option struct {
	char byte
	cost int
}

// strange reports whether a cell cannot be what it was read as.
func (c *cell) strange() bool {
	return c.field != mrz.NoField && (len(c.options) == 0 || c.options[0].char != c.read)
}

// cheapest returns the character that a cell is when nothing else speaks.
func (c *cell) cheapest() byte {
	if len(c.options) == 0 {
		return c.read
	}
	return c.options[0].char
}

// A grid is the cells of a zone.
type grid struct {
	shape mrz.Shape
	lines [][]*cell
}

// newGrid sets up the cells of lines that have their widths. seen has what a
// reader says of each cell, or is nil.
func newGrid(shape mrz.Shape, lines []string, seen [][][]Candidate) *grid {
	g := &grid{shape: shape}
	for i, line := range lines {
		row := make([]*cell, len(line))
		for j := range row {
			row[j] = &cell{line: i, column: j, read: line[j]}
		}
		g.lines = append(g.lines, row)
	}
	for _, e := range shape.Elements {
		for j := e.From; j < e.To; j++ {
			c := g.lines[e.Line][j]
			c.field, c.class = e.Field, e.Class
		}
	}
	for i, row := range g.lines {
		for j, c := range row {
			if seen != nil && len(seen[i][j]) > 0 {
				c.options = fromCandidates(seen[i][j], c.class)
			} else {
				c.options = fromTable(c.read, c.class, c.field)
			}
		}
	}
	g.trailingFillers()
	return g
}

// fromTable returns what a character may stand for.
func fromTable(read byte, class mrz.Class, field mrz.Field) (all []option) {
	if field == mrz.Sex {
		return ofSex(read)
	}
	if belongs(read, class) {
		all = append(all, option{read, 0})
		if class == mrz.Letters {
			return all // no digit speaks for one letter against another
		}
		for _, c := range []byte(LookAlikes(read)) {
			if belongs(c, class) {
				all = append(all, option{c, oneEdit})
			}
		}
		return all
	}
	known := belongs(read, mrz.AnyCharacter)
	for i, c := range []byte(forced(read, class)) {
		cost := anyway + min(i, 1)*rank
		if !known {
			cost = unread
		}
		all = append(all, option{c, cost})
	}
	return all
}

// ofSex reads the sex; X is one that documents have (Doc 9303-4 note p has not).
func ofSex(read byte) []option {
	switch read {
	case 'F', 'M', 'X', mrz.Filler:
		return []option{{read, 0}}
	}
	var all []option
	for _, c := range []byte(sexes[read]) {
		all = append(all, option{c, anyway})
	}
	return all
}

// fromCandidates weighs what a reader has seen against its surest candidate
// that can be. The look-alikes that it has not seen cost more.
func fromCandidates(seen []Candidate, class mrz.Class) (all []option) {
	best := 0.0
	for _, c := range seen {
		if belongs(c.Char, class) {
			best = max(best, min(c.Confidence, 1))
		}
	}
	add := func(char byte, cost int) {
		same := func(o option) bool { return o.char == char }
		if belongs(char, class) && !slices.ContainsFunc(all, same) {
			all = append(all, option{char, cost})
		}
	}
	for _, c := range seen {
		if c.Confidence > 0 && best > 0 {
			add(c.Char, int(min(oneEdit*math.Log2(best/min(c.Confidence, 1)), 2*oneEdit)))
		}
	}
	for _, c := range seen {
		for _, like := range []byte(LookAlikes(c.Char) + forced(c.Char, class)) {
			add(like, 2*oneEdit)
		}
	}
	slices.SortStableFunc(all, func(a, b option) int { return a.cost - b.cost })
	return all
}

// trailingFillers lets what readers make of fillers be fillers at the end of a
// field that may be anything: behind it only such come.
func (g *grid) trailingFillers() {
	for _, e := range g.shape.Elements {
		if e.Class != mrz.AnyCharacter {
			continue
		}
		for j := e.To - 1; j > e.From; j-- {
			c := g.lines[e.Line][j]
			if !isFillerLike(c.read) {
				break
			}
			if c.read != mrz.Filler {
				c.options = append(c.options, option{mrz.Filler, oneEdit})
			}
		}
	}
}
