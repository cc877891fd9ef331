package ocr

import (
	"errors"
	"slices"
	"strings"

	"portcullis/mrz"
)

// Repair reads a zone given as its lines, and repairs it if it is not readable
// as it is. Lines may be joined, broken elsewhere, swapped or doubled, and a
// line may have lost or gained some cells.
func Repair(lines []string) Reading { return RepairAs(mrz.None, lines) }

// RepairAs is [Repair] for a zone that is known to have a format.
func RepairAs(f mrz.Format, lines []string) Reading {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return l == "" })
	if r, ok := readable(f, lines, nil); ok {
		return r
	}
	asTheyCame := []draft{{format: f, lines: lines}}
	if r := repair(f, lines, asTheyCame); r.Outcome != None {
		return r // cells are misread far more often than lines
	}
	return repair(f, lines, drafts(f, lines))
}

// ErrCandidates says that there is a cell without a candidate.
var ErrCandidates = errors.New("ocr: repair candidates: every cell needs at least one candidate with a confidence above 0")

// RepairCandidates reads a zone of which the reader says for each cell of each
// line what it may be. The lines have their widths. It fails when a cell has no
// candidate. What no reader has seen is tried after what one has.
func RepairCandidates(cells [][][]Candidate) (Reading, error) {
	lines := make([]string, len(cells))
	for i, row := range cells {
		line := make([]byte, len(row))
		for j, seen := range row {
			surest := Candidate{}
			for _, c := range seen {
				if c.Confidence > surest.Confidence {
					surest = c
				}
			}
			if surest.Confidence <= 0 {
				return Reading{}, ErrCandidates
			}
			line[j] = surest.Char
		}
		lines[i] = string(line)
	}
	if r, ok := readable(mrz.None, lines, cells); ok {
		return r, nil
	}
	return repair(mrz.None, lines, []draft{{lines: lines, seen: cells}}), nil
}

// readable reads lines that need no repair, if they do not.
func readable(f mrz.Format, lines []string, seen [][][]Candidate) (Reading, bool) {
	result, err := parseAs(f, lines)
	if err != nil || !result.Readable() {
		return Reading{}, false
	}
	shape, err := shapeOf(f, lines)
	if err != nil {
		return Reading{}, false
	}
	g := newGrid(shape, lines, seen)
	g.letters()
	for _, row := range g.lines {
		for _, c := range row {
			if c.class == mrz.Letters && c.cheapest() != c.read {
				return Reading{}, false
			}
		}
	}
	return Reading{Outcome: NotNeeded, Lines: lines, Result: result, Doubts: doubts(shape, &result, lines, nil)}, true
}

// repair chooses among the solutions of all drafts.
func repair(f mrz.Format, lines []string, all []draft) Reading {
	var first, second *solution
	for _, d := range all {
		for _, s := range solve(d) {
			switch {
			case first != nil && slices.Equal(first.lines, s.lines):
			case first == nil || s.cost < first.cost:
				first, second = &s, first
			case second == nil || s.cost < second.cost:
				second = &s
			}
		}
	}
	as := Reading{Lines: lines}
	as.Result, _ = parseAs(f, lines) // the zero Result where they are no zone
	switch {
	case first == nil:
		return as
	case second != nil && second.cost-first.cost < margin:
		as.Outcome = Ambiguous
		return as
	}
	r := Reading{Outcome: Unique, Lines: first.lines, Edits: first.edits, Steps: first.steps}
	shape, _ := shapeOf(f, r.Lines)
	r.Result, _ = parseAs(f, r.Lines)
	r.Doubts = doubts(shape, &r.Result, r.Lines, r.Edits)
	slices.SortStableFunc(r.Edits, func(a, b Edit) int { return 100*(a.Line-b.Line) + a.Column - b.Column })
	return r
}

// Read reads a zone out of a text: what a person pasted, or a reader sent. The
// lines of the text are taken for those of the zone if they can be; or else
// [Find] looks for it, and the zone is the first that can be read, or the one
// that comes closest.
func Read(text string) Reading {
	best := Repair(strings.Fields(text))
	if best.Outcome == NotNeeded || best.did(Swapped) || best.did(Undouble) {
		return best
	}
	for _, z := range Find(text) {
		r := Repair(z.Lines)
		if len(z.Steps) > 0 && r.Outcome >= Unique {
			r.Steps = append(slices.Clone(z.Steps), r.Steps...)
			r.Outcome = Unique
		}
		if r.Outcome > best.Outcome || best.Result.Document.Format == mrz.None && r.Outcome == best.Outcome {
			best = r
		}
	}
	return best
}

func (r *Reading) did(s Step) bool { return slices.Contains(r.Steps, s) }
