package ocr

import (
	"cmp"
	"slices"
	"strings"

	"portcullis/mrz"
)

// refilled gives the lines of a draft their widths, by fillers put into a run
// or taken out of one. Of a draft whose lines have them it is the draft itself.
func (d draft) refilled() (fitting []draft) {
	for _, widths := range d.widths() {
		all := []draft{d}
		for i, width := range widths {
			var next []draft
			for _, before := range all {
				next = append(next, before.refill(i, width)...)
			}
			all = next
		}
		for _, other := range all {
			if shape, ok := other.shape(); ok {
				other.nameFields(shape)
				fitting = append(fitting, other)
			}
		}
	}
	return fitting
}

// widths returns the widths that the lines of a draft may have had: those of
// its shape, or those that no line is far off.
func (d draft) widths() (all [][]int) {
	if shape, err := shapeOf(d.format, d.lines); err == nil {
		return [][]int{shape.Widths}
	}
	for _, w := range widths {
		if len(w) == len(d.lines) && d.near(w) {
			all = append(all, w)
		}
	}
	return all
}

func (d draft) near(widths []int) bool {
	for i, line := range d.lines {
		if off := len(line) - widths[i]; off < -slack || off > slack+1 {
			return false
		}
	}
	return true
}

// refill gives one line its width.
func (d draft) refill(i, width int) (all []draft) {
	off := len(d.lines[i]) - width
	if off == 0 {
		return []draft{d}
	}
	for n, run := range fillerRuns(d.lines[i]) {
		if other, ok := d.withRun(i, run, off); ok {
			if n > 0 {
				other.cost += otherRun
			}
			all = append(all, other)
		}
	}
	return append(all, d.trimmed(i, off)...)
}

// withRun changes the length of a run of fillers in a line.
func (d draft) withRun(i int, run [2]int, off int) (draft, bool) {
	line := d.lines[i]
	if off >= run[1]-run[0] {
		return draft{}, false
	}
	at := run[1]
	if off > 0 {
		line = line[:at-off] + line[at:]
	} else {
		line = line[:at] + strings.Repeat("<", -off) + line[at:]
	}
	if off > 0 {
		return d.changed(i, line, takenOut(i, at-off, strings.Repeat("<", off))), true
	}
	var edits []Edit
	for n := range -off {
		edits = append(edits, Edit{Line: i + 1, Column: at + n + 1, Means: mrz.Filler})
	}
	return d.changed(i, line, edits), true
}

// takenOut lists cells that stood at a column of a line and are no more.
func takenOut(i, at int, cells string) (edits []Edit) {
	for _, c := range []byte(cells) {
		edits = append(edits, Edit{Line: i + 1, Column: at + 1, Read: c})
	}
	return edits
}

// trimmed takes what is too many off one end of a line.
func (d draft) trimmed(i, off int) []draft {
	if off < 0 {
		return nil
	}
	line := d.lines[i]
	width := len(line) - off
	front := d.changed(i, line[off:], takenOut(i, 0, line[:off]))
	end := d.changed(i, line[:width], takenOut(i, width, line[width:]))
	front.cost += otherRun
	end.cost += otherRun
	return []draft{front, end}
}

// changed returns the draft with a line in place of another, by those edits.
func (d draft) changed(i int, line string, edits []Edit) draft {
	d.lines = slices.Clone(d.lines)
	d.lines[i] = line
	d.edits = append(slices.Clone(d.edits), edits...)
	d.cost += refillCost * len(edits)
	if !slices.Contains(d.steps, Refilled) {
		d.steps = append(slices.Clone(d.steps), Refilled)
	}
	return d
}

// nameFields tells of each edit which field it is in; of a cell taken off the
// end of a line, the last.
func (d *draft) nameFields(shape mrz.Shape) {
	for i := range d.edits {
		e := &d.edits[i]
		column := min(e.Column, shape.Widths[e.Line-1])
		for _, el := range shape.Elements {
			if el.Line == e.Line-1 && el.From < column && column <= el.To {
				e.Field = el.Field
			}
		}
	}
}

// fillerRuns returns the runs of two fillers and more, the longest first, that
// at the end of the line before one as long.
func fillerRuns(line string) (runs [][2]int) {
	for from := 0; from < len(line); from++ {
		to := from
		for to < len(line) && line[to] == mrz.Filler {
			to++
		}
		if to-from >= 2 {
			runs = append(runs, [2]int{from, to})
		}
		from = max(from, to)
	}
	slices.SortStableFunc(runs, func(a, b [2]int) int {
		return cmp.Or(cmp.Compare(b[1]-b[0], a[1]-a[0]), cmp.Compare(b[1], a[1]))
	})
	return runs[:min(len(runs), maxRuns)]
}

// maxRuns is how many runs of a line are tried.
const maxRuns = 3
