package ocr

import (
	"strings"

	"portcullis/mrz"
)

// This file reads the cells that no check digit covers as a rule: names, codes
// and the sex. Only what cannot be there is changed.

// letters settles the cells of letters: each becomes the likeliest that it can
// be, a code the likeliest that is listed, and the end of a name fillers.
func (g *grid) letters() {
	for _, e := range g.shape.Elements {
		switch e.Field {
		case mrz.IssuingState, mrz.Nationality:
			g.listedCode(g.lines[e.Line][e.From:e.To])
		case mrz.Name:
			g.nameTail(g.lines[e.Line][e.From:e.To])
		}
	}
}

// listedCode moves the options that make a listed code to the front.
func (g *grid) listedCode(cells []*cell) {
	code := make([]byte, len(cells))
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(cells) {
			return mrz.KnownState(string(code))
		}
		for n, o := range cells[i].options {
			code[i] = o.char
			if try(i + 1) {
				cells[i].options[0], cells[i].options[n] = cells[i].options[n], cells[i].options[0]
				return true
			}
		}
		return false
	}
	try(0)
}

// inTail are what readers make of fillers in a run of them.
const inTail = takenForFiller + "SZ3"

// nameTail makes fillers of what stands alone or in twos in the run of fillers
// at the end of a name: behind three fillers no name goes on.
func (g *grid) nameTail(cells []*cell) {
	chars := make([]byte, len(cells))
	for i, c := range cells {
		chars[i] = c.read
	}
	end := strings.Index(string(chars), "<<<")
	if end < 0 || !isTail(string(chars[end:])) {
		return
	}
	for _, c := range cells[end:] {
		if c.read != mrz.Filler {
			c.options = []option{{mrz.Filler, anyway}}
		}
	}
}

// isTail reports whether some cells can have been fillers all.
func isTail(cells string) bool {
	others := 0
	for run := range strings.FieldsFuncSeq(cells, func(r rune) bool { return r == mrz.Filler }) {
		if len(run) > 2 || strings.Trim(run, inTail) != "" {
			return false
		}
		others += len(run)
	}
	return 2*others <= len(cells)
}
