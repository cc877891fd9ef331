package ocr

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"portcullis/mrz"
)

// A Found is the lines of a zone in a text, and what was done to the text to
// see them. It prints as nothing of them.
type Found struct {
	Lines []string
	Steps []Step
}

// String says that it is a zone and no more.
func (Found) String() string { return "[zone]" }

// Format prints String whatever the verb.
func (f Found) Format(s fmt.State, _ rune) { fmt.Fprint(s, f.String()) }

// LogValue logs String.
func (f Found) LogValue() slog.Value { return slog.StringValue(f.String()) }

// MarshalText writes String, for encoders that a log may use.
func (f Found) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Find finds the zones in a text: what people paste and readers send. It
// unmasks fillers (HTML entities, guillemets, full width), takes blanks out of
// lines, and skips what is no zone, of which the lines around one are most. The
// likeliest is first. Find repairs no cell.
func Find(text string) []Found {
	if len(text) > maxText {
		text = text[:maxText]
	}
	var all []Found
	for _, lines := range spellings(text) {
		all = append(all, windows(lines)...)
	}
	return likeliestOf(all)
}

// likeliestOf returns the zones of most merit, the best first.
func likeliestOf(all []Found) []Found {
	type ranked struct {
		Found
		merit int
	}
	var list []ranked
	for _, f := range all {
		list = append(list, ranked{f, merit(f)})
	}
	slices.SortStableFunc(list, func(a, b ranked) int { return b.merit - a.merit })
	all = all[:0]
	for _, r := range list[:min(len(list), maxFound)] {
		all = append(all, r.Found)
	}
	return all
}

const (
	maxText  = 1 << 20
	maxFound = 16
)

// A line is one of the text, and whether it is as it came.
type line struct {
	cells   string
	decoded bool
}

// spellings returns the lines of a text that may be of a zone. Guillemets are
// one filler or two.
func spellings(text string) [][]line {
	all := [][]line{linesOf(text, "<<")}
	if strings.ContainsAny(text, "«»") {
		all = append(all, linesOf(text, "<"))
	}
	return all
}

// minLine is the shortest line, that of a Swiss licence.
const minLine = 9

func linesOf(text, guillemet string) (all []line) {
	asTheyCame := map[string]bool{}
	for l := range strings.Lines(text) {
		asTheyCame[strings.TrimSpace(l)] = true
	}
	for _, l := range strings.FieldsFunc(decode(text), func(r rune) bool { return r >= '\n' && r <= '\r' }) {
		if cells, ok := cellsOf(l, guillemet); ok && len(cells) >= minLine {
			all = append(all, line{cells, !asTheyCame[cells]})
		}
	}
	return all
}

// cellsOf returns the cells of a line of text: all of it without blanks, or the
// word in it that is as long as a line of a zone.
func cellsOf(l, guillemet string) (cells string, ok bool) {
	unmasked := strings.ToUpper(unmask(l, guillemet))
	whole := strings.Join(strings.Fields(unmasked), "")
	if !isWidth(len(whole)) {
		for _, word := range strings.FieldsFunc(unmasked, isOutside) {
			if isWidth(len(word)) && looksLike(word) {
				return word, true
			}
		}
	}
	return whole, looksLike(whole)
}

func isOutside(r rune) bool { return ofTheSet(r) < 0 }

// isWidth reports whether a line of a zone, or all lines joined, can be so
// long.
func isWidth(n int) bool {
	switch n {
	case 9, 30, 34, 36, 44, 72, 88, 90:
		return true
	}
	return false
}

// looksLike reports whether some characters can be a line of a zone, or more
// than one joined: nearly all of the set, and of no word's length. A line of
// words has no filler and, as a rule, no digit.
func looksLike(cells string) bool {
	if len(cells) < minLine || len(cells) > 3*maxWidth {
		return false
	}
	strange, telling := 0, 0
	for _, c := range []byte(cells) {
		switch {
		case !belongs(c, mrz.AnyCharacter):
			strange++
		case c == mrz.Filler || c <= '9':
			telling++
		}
	}
	return strange*10 <= len(cells) && telling*6 >= len(cells)
}

const maxWidth = 44

// windows returns each run of one to three lines that may be a zone.
func windows(lines []line) (all []Found) {
	for from := range lines {
		for n := 3; n >= 1; n-- {
			if from+n > len(lines) {
				continue
			}
			f, total := Found{}, 0
			for _, l := range lines[from : from+n] {
				f.Lines = append(f.Lines, l.cells)
				total += len(l.cells)
				if l.decoded && !slices.Contains(f.Steps, Decoded) {
					f.Steps = append(f.Steps, Decoded)
				}
			}
			if _, err := mrz.ShapeOf(f.Lines); err == nil || isTotal(total) {
				all = append(all, f)
			}
		}
	}
	return all
}

// isTotal reports whether so many cells may be all lines of a zone.
func isTotal(n int) bool {
	for _, w := range widths {
		total := 0
		for _, cells := range w {
			total += cells
		}
		if n >= total-slack && n <= total+slack+1 {
			return true
		}
	}
	return false
}

// merit is how likely some lines are a zone as they are.
func merit(f Found) int {
	r, err := mrz.Parse(f.Lines)
	if err != nil {
		return 0
	}
	n := 1 + 10*draft{lines: f.Lines}.passed()
	if r.Readable() {
		n += 100
	}
	return n
}
