package ocr

import (
	"cmp"
	"slices"

	"portcullis/mrz"
)

// A solution is a zone that can be read, made of one as it came.
type solution struct {
	lines []string
	cost  int
	edits []Edit
	steps []Step
}

// solve returns the two cheapest readable zones that lines of the right widths
// can have been. There are none where it is too far from readable.
func solve(d draft) []solution {
	shape, ok := d.shape()
	if !ok {
		return nil
	}
	result, err := parseAs(d.format, d.lines)
	if err != nil {
		return nil
	}
	var all []solution
	for _, long := range []bool{false, true} {
		if long && !shape.Long {
			continue
		}
		all = append(all, d.solveAs(shape, &result, long)...)
	}
	slices.SortStableFunc(all, func(a, b solution) int { return cmp.Compare(a.cost, b.cost) })
	return all[:min(len(all), 2)]
}

// solveAs solves with the document number taken for a long one, or not.
func (d draft) solveAs(shape mrz.Shape, result *mrz.Result, long bool) (all []solution) {
	g := newGrid(shape, d.lines, d.seen)
	g.letters()
	groups := g.groupsOf(result, long)
	if long && groups == nil {
		return nil
	}
	composite := len(shape.Digits) > 0 && shape.Digits[len(shape.Digits)-1].At.Field == mrz.Composite
	for _, r := range cheapest(groups, composite) {
		s := g.apply(groups, r)
		s.cost += d.cost
		s.edits, s.steps = append(slices.Clone(d.edits), s.edits...), d.steps
		if checked, err := parseAs(d.format, s.lines); err == nil && checked.Readable() && s.cost <= total {
			s.cost += unlisted * countUnlisted(&checked)
			all = append(all, s)
		}
	}
	return all
}

// countUnlisted counts the codes of a zone that Doc 9303 does not list. Real
// documents have such; lines that were cut wrongly have them nearly always.
func countUnlisted(r *mrz.Result) (n int) {
	for _, f := range r.Findings() {
		if f.Code == mrz.UnlistedCode || f.Code == mrz.UnlistedState {
			n++
		}
	}
	return n
}

// apply writes a choice into the cells, and lists what it changes.
func (g *grid) apply(groups []group, r choice) solution {
	s := solution{cost: r.cost}
	means := map[*cell]byte{}
	i := 0
	for _, gr := range groups {
		for _, c := range gr.cells {
			means[c.cell] = r.chars[i]
			i++
		}
	}
	for _, row := range g.lines {
		line := make([]byte, len(row))
		for j, c := range row {
			char, ok := means[c]
			if !ok {
				if char = c.cheapest(); char != c.read {
					s.cost += c.options[0].cost
				}
			}
			line[j] = char
			if char != c.read {
				s.edits = append(s.edits, Edit{c.line + 1, c.column + 1, c.read, char, c.field})
			}
		}
		s.lines = append(s.lines, string(line))
	}
	return s
}

func shapeOf(f mrz.Format, lines []string) (mrz.Shape, error) {
	if f == mrz.None {
		return mrz.ShapeOf(lines)
	}
	return mrz.ShapeAs(f, lines)
}

func parseAs(f mrz.Format, lines []string) (mrz.Result, error) {
	if f == mrz.None {
		return mrz.Parse(lines)
	}
	return mrz.ParseAs(f, lines)
}

// shape returns the shape of a draft whose lines have their widths.
func (d draft) shape() (mrz.Shape, bool) {
	shape, err := shapeOf(d.format, d.lines)
	return shape, err == nil && fitWidths(d.lines, shape.Widths)
}

func fitWidths(lines []string, widths []int) bool {
	for i, line := range lines {
		if len(line) != widths[i] {
			return false
		}
	}
	return len(lines) == len(widths)
}
