package viz

import (
	"slices"
	"strings"

	"portcullis/mrz/ocr"
)

// A same judges whether two cells stand for one character.
type same func(a, b byte) bool

func exact(a, b byte) bool { return a == b }

// alike is exact with lookalikes let through.
func alike(a, b byte) bool { return a == b || strings.IndexByte(ocr.LookAlikes(a), b) >= 0 }

// extent is how much of the words must be there.
type extent bool

const (
	whole extent = false
	cut   extent = true // words may be cut short, and left out at the end
)

// matchAll reports whether parts of a name field are some words.
func matchAll(words []word, parts []string, e extent, eq same) bool {
	if len(parts) == 0 || len(parts) > len(words) || e == whole && len(parts) < len(words) {
		return false
	}
	for i, part := range parts {
		full, beginning := words[i].match(part, eq)
		if !full && (e == whole || !beginning) {
			return false
		}
	}
	return true
}

// match reports whether some cells are a form of the word, in full or as its
// beginning. It walks the letters once and keeps which cells they may end at,
// so that its work grows with letters times cells, however many forms there
// are.
func (w word) match(cells string, eq same) (full, beginning bool) {
	reached, next := make([]bool, len(cells)+1), make([]bool, len(cells)+1)
	reached[0] = true
	for _, l := range w {
		if len(l.forms) == 0 {
			continue
		}
		clear(next)
		for at, ok := range reached {
			if ok && l.step(cells, at, next, eq) {
				beginning = true
			}
		}
		if !slices.Contains(next, true) {
			return false, beginning
		}
		reached, next = next, reached
	}
	return reached[len(cells)], beginning
}

// step marks the cells at which a letter that begins at a cell may end, and
// reports whether the cells are at an end within it.
func (l letter) step(cells string, at int, ends []bool, eq same) (within bool) {
	for _, form := range l.forms {
		n := 0
		for n < len(form) && at+n < len(cells) && eq(form[n], cells[at+n]) {
			n++
		}
		switch {
		case n == len(form):
			ends[at+n] = true
		case at+n == len(cells):
			within = true
		}
	}
	return within
}
