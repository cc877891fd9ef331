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
	swaps := swapsOf(shape, result, lines)
	for _, s := range swaps {
		if s.change == ([5]int{}) {
			all = append(all, Doubt{s.line + 1, s.column + 1, s.char, false})
		}
	}
	all = append(all, pairs(swaps)...)
	for _, e := range edits {
		all = append(all, otherLetters(shape, e)...)
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

// swapsOf lists the look-alikes of all cells that may hold letters and digits.
func swapsOf(shape mrz.Shape, result *mrz.Result, lines []string) (all []swap) {
	g := newGrid(shape, lines, nil)
	weights := g.weights(result)
	for _, row := range g.lines {
		for _, c := range row {
			if c.class != mrz.AnyCharacter || c.field == mrz.NoField || c.field == mrz.DocumentCode {
				continue
			}
			for _, o := range c.options {
				if o.char == c.read {
					continue
				}
				s := swap{line: c.line, column: c.column, char: o.char}
				for i, w := range weights[c] {
					s.change[i] = mod10(w * (value(o.char) - value(c.read)))
				}
				all = append(all, s)
			}
		}
	}
	return all
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
			w[i] = weights[n%3]
			all[c] = w
		}
	}
	return all
}

// otherLetters returns what a digit among letters may stand for besides the
// letter that it was taken for.
func otherLetters(shape mrz.Shape, e Edit) (all []Doubt) {
	if e.Read == 0 || e.Means == 0 {
		return nil
	}
	for _, el := range shape.Elements {
		if el.Line != e.Line-1 || e.Column <= el.From || e.Column > el.To || el.Class != mrz.Letters {
			continue
		}
		for _, c := range []byte(forced(e.Read, mrz.Letters)) {
			if c != e.Means {
				all = append(all, Doubt{e.Line, e.Column, c, false})
			}
		}
	}
	return all
}
