package ocr

import (
	"cmp"
	"slices"
	"strings"

	"portcullis/mrz"
)

// A draft is lines that the ones that came may have been, before any of their
// cells is looked at.
type draft struct {
	format mrz.Format // known, or None
	lines  []string
	seen   [][][]Candidate // what the reader says of each cell, or nil
	cost   int
	edits  []Edit
	steps  []Step
	rank   int
}

// What it costs to take lines for others, in the measure of repairs.
const (
	swapCost   = oneEdit
	doubleCost = oneEdit / 2
	cutCost    = oneEdit / 2
	refillCost = oneEdit
	otherRun   = oneEdit * 3 / 4 // for a run of fillers that is not the longest
)

// maxDrafts is how many drafts are tried to the end, and maxLines from how many
// lines drafts are made.
const (
	maxDrafts = 8
	maxLines  = 6
)

// widths are the lines of the layouts of Doc 9303.
var widths = [...][]int{{44, 44}, {30, 30, 30}, {36, 36}}

// drafts returns what some lines may have been, the likeliest first.
func drafts(f mrz.Format, lines []string) []draft {
	first := draft{format: f, lines: lines}
	all := []draft{first}
	if len(lines) > maxLines {
		return all
	}
	if _, ok := first.shape(); !ok {
		if single := undouble(lines); len(single) < len(lines) {
			all = append(all, draft{format: f, lines: single, cost: doubleCost, steps: []Step{Undouble}})
		}
		run := strings.Join(lines, "")
		all = append(all, cuts(f, run, Cut)...)
		if bare := strings.Map(ofTheSet, run); bare != run {
			all = append(all, cuts(f, bare, Stripped, Cut)...)
		}
	}
	for _, d := range slices.Clone(all) {
		all = append(all, d.swapped()...)
	}
	var fitting []draft
	for _, d := range all {
		fitting = append(fitting, d.refilled()...)
	}
	return likeliest(fitting)
}

// ofTheSet leaves out what stands between lines.
func ofTheSet(r rune) rune {
	if r > '~' || !belongs(byte(r), mrz.AnyCharacter) {
		return -1
	}
	return r
}

// undouble leaves a line out that stands behind itself.
func undouble(lines []string) []string { return slices.Compact(slices.Clone(lines)) }

// slack is how many cells a line may have lost or gained.
const slack = 3

// cuts cuts a run of cells into lines, each of which may have lost or gained
// some.
func cuts(f mrz.Format, run string, steps ...Step) (all []draft) {
	for _, w := range widths {
		total := 0
		for _, n := range w {
			total += n
		}
		if off := len(run) - total; off >= -slack && off <= slack+1 {
			cutAt(run, w, off, nil, func(lines []string) {
				all = append(all, draft{format: f, lines: lines, cost: cutCost, steps: steps})
			})
		}
	}
	return all
}

// cutAt yields every way to cut a run into lines that are off their widths by
// so many cells together.
func cutAt(run string, widths []int, off int, before []string, yield func([]string)) {
	if len(widths) == 1 {
		if off >= -slack && off <= slack+1 {
			yield(append(slices.Clone(before), run))
		}
		return
	}
	for own := -slack; own <= slack; own++ {
		if n := widths[0] + own; n > 0 && n < len(run) {
			cutAt(run[n:], widths[1:], off-own, append(slices.Clone(before), run[:n]), yield)
		}
	}
}

// swapped returns a draft with its lines in other orders.
func (d draft) swapped() (all []draft) {
	orders := [][]int{{1, 0}}
	if len(d.lines) == 3 {
		orders = [][]int{{1, 0, 2}, {0, 2, 1}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}}
	}
	for _, order := range orders {
		if len(order) != len(d.lines) {
			return nil
		}
		other := d
		other.lines = nil
		for _, i := range order {
			other.lines = append(other.lines, d.lines[i])
		}
		other.cost += swapCost
		other.steps = append(slices.Clone(d.steps), Swapped)
		all = append(all, other)
	}
	return all
}

// likeliest puts drafts in the order of how much of them is right as it is.
func likeliest(all []draft) []draft {
	slices.SortStableFunc(all, func(a, b draft) int { return cmp.Compare(a.cost, b.cost) })
	var different []draft
	met := map[string]bool{}
	for _, d := range all {
		if key := strings.Join(d.lines, "\n"); d.cost <= total && !met[key] {
			met[key] = true
			different = append(different, d.ranked())
		}
	}
	slices.SortStableFunc(different, func(a, b draft) int { return cmp.Compare(a.rank, b.rank) })
	return different[:min(len(different), maxDrafts)]
}

// ranked returns the draft with its rank, the lower the likelier.
func (d draft) ranked() draft {
	d.rank = d.cost - 2*oneEdit*d.passed()
	if shape, ok := d.shape(); ok {
		for _, row := range newGrid(shape, d.lines, nil).lines {
			for _, c := range row {
				if c.strange() {
					d.rank += oneEdit / 2
				}
			}
		}
	}
	return d
}

// passed counts the check digits of a draft that are right as they are, or
// rightly not there.
func (d draft) passed() (n int) {
	r, err := parseAs(d.format, d.lines)
	if err != nil {
		return -1
	}
	for _, c := range r.Checks() {
		if c.Outcome == mrz.Passed || c.Outcome == mrz.Absent {
			n++
		}
	}
	return n
}
