package ocr

import (
	"cmp"
	"slices"

	"portcullis/mrz"
)

// A swap is a cell with another character in it, and by how much that changes
// what each check digit over it counts.
type swap struct {
	line, column int
	char         byte
	change       [5]int // modulo 10
}

// doubts returns the cells of a readable zone that may be another character
// with every check digit as right as it is: of fields that may hold letters and
// digits, and those that were forced although another letter would do.
func doubts(shape mrz.Shape, result *mrz.Result, lines []string, edits []Edit) []Doubt {
	var all []Doubt
	g := newGrid(shape, lines, nil)
	weights := g.weights(result)
	swaps := g.swaps(weights)
	for _, s := range swaps {
		if s.change == ([5]int{}) {
			all = append(all, Doubt{s.line + 1, s.column + 1, s.char, false})
		}
	}
	all = append(all, pairs(swaps)...)
	for _, e := range edits {
		all = append(all, g.otherLetters(e, weights)...)
	}
	slices.SortStableFunc(all, inOrder) // of two alike, the one that stands alone is first
	return slices.CompactFunc(all, func(a, b Doubt) bool {
		return a.Line == b.Line && a.Column == b.Column && a.CouldBe == b.CouldBe
	})
}

// pairs returns the swaps that no digit tells if another is made as well.
func pairs(swaps []swap) (all []Doubt) {
	for i, a := range swaps {
		for _, b := range swaps[i+1:] {
			if a.line == b.line && a.column == b.column || !cancel(a.change, b.change) {
				continue
			}
			all = append(all, Doubt{a.line + 1, a.column + 1, a.char, true}, Doubt{b.line + 1, b.column + 1, b.char, true})
		}
	}
	return all
}

func inOrder(a, b Doubt) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.CouldBe, b.CouldBe))
}

// cancel reports whether two changes leave every digit right together, and
// neither does alone.
func cancel(a, b [5]int) bool {
	if a == ([5]int{}) || b == ([5]int{}) {
		return false
	}
	for i := range a {
		if (a[i]+b[i])%10 != 0 {
			return false
		}
	}
	return true
}

// swaps lists the look-alikes of all cells that may hold letters and digits.
func (g *grid) swaps(weights map[*cell][5]int) (all []swap) {
	for _, row := range g.lines {
		for _, c := range row {
			if c.class != mrz.AnyCharacter || c.field == mrz.NoField || c.field == mrz.DocumentCode {
				continue
			}
			for _, o := range c.options {
				if o.char == c.read {
					continue
				}
				all = append(all, c.swapped(o.char, weights[c]))
			}
		}
	}
	return all
}

// swapped puts another character into a cell of those weights.
func (c *cell) swapped(char byte, weights [5]int) swap {
	s := swap{line: c.line, column: c.column, char: char}
	for i, w := range weights {
		s.change[i] = mod10(w * (mrz.Value(char) - mrz.Value(c.read)))
	}
	return s
}

// weights returns what each cell weighs under each check digit that is right.
// The digit of a long number covers the number, and does not stand in its cell.
func (g *grid) weights(result *mrz.Result) map[*cell][5]int {
	all := map[*cell][5]int{}
	for i, d := range g.shape.Digits {
		if !passed(result, d.At.Field) {
			continue
		}
		cells := g.covered(d)
		if at := g.at(d.At); d.At.Field == mrz.Number && g.shape.Long && at.read == mrz.Filler {
			if long, digit := g.longNumber(cells, at); digit != nil {
				cells = long
			}
		}
		for n, c := range cells {
			w := all[c]
			w[i] = mrz.Weight(n)
			all[c] = w
		}
	}
	return all
}

// otherLetters returns what a digit among letters may stand for besides the
// letter that it was taken for, as far as no digit tells.
func (g *grid) otherLetters(e Edit, weights map[*cell][5]int) (all []Doubt) {
	if e.Read == 0 || e.Means == 0 {
		return nil
	}
	c := g.lines[e.Line-1][e.Column-1]
	if c.class != mrz.Letters {
		return nil
	}
	for _, char := range []byte(forced(e.Read, mrz.Letters)) {
		if char != e.Means && c.swapped(char, weights[c]).change == ([5]int{}) {
			all = append(all, Doubt{e.Line, e.Column, char, false})
		}
	}
	return all
}
