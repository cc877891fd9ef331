package wire

import (
	"bytes"
	"slices"

	"portcullis/drivers"
)

// Reject stands in the cell of a character that is none of A-Z, 0-9 and the
// filler. Whatever the reader put there does not travel on; the cell does, or
// the columns after it would shift.
const Reject = '?'

// filler is the character of an unused cell (Doc 9303-3, 4.3).
const filler = '<'

// The bounds of a zone of Doc 9303.
const (
	maxLine  = 44
	maxLines = 3
	minZone  = 30 // cells of the shortest line that makers pad to
	maxRun   = 90 // cells of the longest zone whose lines are run together
)

// runTogether is how long the lines are of a zone that is one line as long as
// the key.
var runTogether = map[int]int{2 * 44: 44, 2 * 36: 36, 3 * 30: 30}

const (
	lf = 0x0A
	cr = 0x0D
)

// An alphabet says what each byte on the wire is in a cell.
type alphabet [256]byte

// newAlphabet returns the alphabet of a zone. The pad character, if there is
// one, is how the reader sends a filler.
func newAlphabet(pad string) *alphabet {
	var a alphabet
	for i := range a {
		a[i] = Reject
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a[c] = c
	}
	for c := byte('0'); c <= '9'; c++ {
		a[c] = c
	}
	a[filler] = filler
	if pad != "" {
		a[pad[0]] = filler
	}
	return &a
}

// text returns the cells of a line.
func (a *alphabet) text(raw []byte) string {
	cells := make([]byte, len(raw))
	for i, b := range raw {
		cells[i] = a[b]
	}
	return string(cells)
}

// lines returns the cells of lines that CR ends. A last line without one is
// taken as it stands: its length and its check digits speak for it.
func (a *alphabet) lines(data []byte) []string {
	var lines []string
	for raw := range bytes.SplitSeq(bytes.TrimSuffix(data, []byte{cr}), []byte{cr}) {
		lines = append(lines, a.text(raw))
	}
	return lines
}

// split returns the cells of lines that CR, LF or CR LF end. A blank line means
// nothing.
func (a *alphabet) split(data []byte) []string {
	var lines []string
	for raw := range bytes.FieldsFuncSeq(data, func(r rune) bool { return r == cr || r == lf }) {
		lines = append(lines, a.text(raw))
	}
	return lines
}

// flat returns text with a byte for each character: one of several bytes is one
// cell, and none of the alphabet.
func flat(text string) []byte {
	var raw []byte
	for _, r := range text {
		raw = append(raw, byte(min(r, 0xFF)))
	}
	return raw
}

// A text makes OCR frames of lines.
type text struct {
	cells  *alphabet
	noRead string // in cells
}

func newText(f Framing) text {
	a := newAlphabet(f.Pad)
	return text{a, a.text([]byte(f.NoRead))}
}

// frame returns what lines say: a document, or that none could be read.
func (t text) frame(lines []string) Frame {
	empty := !slices.ContainsFunc(lines, func(s string) bool { return s != "" })
	if empty || t.saysNoRead(lines) {
		return Frame{Kind: KindOCR, Fault: drivers.FaultNoRead}
	}
	return Frame{Kind: KindOCR, Lines: lines}
}

// saysNoRead reports whether the reader says in words that it could not read.
func (t text) saysNoRead(lines []string) bool {
	return t.noRead != "" && len(lines) == 1 && lines[0] == t.noRead
}

// Apart returns the lines of a zone that was sent as one line: 88 cells are two of
// 44, 72 two of 36, and 90 three of 30 (Doc 9303 parts 4 to 7).
func Apart(lines []string) []string {
	if len(lines) != 1 || runTogether[len(lines[0])] == 0 {
		return lines
	}
	var cut []string
	for chunk := range slices.Chunk([]byte(lines[0]), runTogether[len(lines[0])]) {
		cut = append(cut, string(chunk))
	}
	return cut
}
