package mrz

import (
	"fmt"
	"log/slog"
	"strings"
	"unsafe"
)

// Filler is the character of a cell that holds no data.
const Filler = '<'

// A Text is what a field holds. However it is printed or logged it shows only
// its length; [Text.Value] and [Text.Printed] give the characters.
//
// The characters are held by address, so that they stay hidden even where a
// print cannot see the methods of a Text, in an unexported field of a struct
// for one. Two Texts are therefore compared with [Text.Equal].
type Text struct {
	_     [0]func() // == would compare addresses
	first unsafe.Pointer
	shape textShape
}

// textShape is how many cells a Text has and how to read them. A long number
// goes on further along the line: rest cells, so many behind the first. It is
// one word, as Parse copies Texts a lot.
type textShape uint32

const (
	firstCells textShape = 0xff      // the number of cells at first
	restCells  textShape = 0x1f << 8 // the number of cells of the rest
	restAt     textShape = 0x3f << 13
	isName     textShape = 1 << 20 // fillers inside are spaces
	isBad      textShape = 1 << 21 // there are cells outside A-Z 0-9 <
)

func (s textShape) first() int  { return int(s & firstCells) }
func (s textShape) rest() int   { return int(s & restCells >> 8) }
func (s textShape) restAt() int { return int(s & restAt >> 13) }

// textOf returns the Text of some cells of a line.
func textOf(cells string) Text {
	return Text{first: unsafe.Pointer(unsafe.StringData(cells)), shape: textShape(len(cells))}
}

// textAt returns the Text of a span that the line has whole.
func textAt(line string, s span) Text {
	return Text{first: unsafe.Add(unsafe.Pointer(unsafe.StringData(line)), s.from), shape: textShape(s.to - s.from)}
}

// joined returns the Text of a number whose end stands further along the line,
// so many cells behind its beginning.
func joined(principal string, behind, rest int) Text {
	t := textOf(principal)
	t.shape |= textShape(rest)<<8 | textShape(behind)<<13
	return t
}

// Printed returns the cells as printed, fillers included. The cells of a long
// number are those of the number alone, without the filler and the check
// digit that stand between and after them.
func (t Text) Printed() string {
	principal := unsafe.String((*byte)(t.first), t.shape.first())
	if t.shape.rest() == 0 {
		return principal
	}
	return principal + unsafe.String((*byte)(unsafe.Add(t.first, t.shape.restAt())), t.shape.rest())
}

// Value returns the field as data: without the fillers at its end, and for a
// name with a space for the fillers inside. In other fields a filler inside
// stays, as it may stand for a character of the number that the zone has no
// sign for (Doc 9303-4). A cell outside A-Z, 0-9 and < is given as ?.
func (t Text) Value() string {
	s := strings.TrimRight(t.cells(), string(Filler))
	if t.shape&isName == 0 || strings.IndexByte(s, Filler) < 0 {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, isFiller), " ")
}

// cells returns the cells as printed, with ? for one outside the set.
func (t Text) cells() string {
	if t.shape&isBad == 0 {
		return t.Printed()
	}
	return strings.Map(legalOrMark, t.Printed())
}

// Empty reports whether the field holds nothing but fillers.
func (t Text) Empty() bool { return t.Value() == "" }

// Equal reports whether two Texts have the same cells as printed.
func (t Text) Equal(u Text) bool { return t.Printed() == u.Printed() }

// String returns the length of the field and nothing of what it holds.
func (t Text) String() string { return fmt.Sprintf("[%d cells]", t.shape.first()+t.shape.rest()) }

// Format prints String whatever the verb.
func (t Text) Format(s fmt.State, _ rune) { fmt.Fprint(s, t.String()) }

// LogValue logs String.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

func isFiller(r rune) bool { return r == Filler }

func legalOrMark(r rune) rune {
	if r > 0xff || kinds[byte(r)] == illegal {
		return '?'
	}
	return r
}

// alias returns the bytes as a string, without a copy: what is written to them
// is written to the string.
func alias(cells []byte) string { return unsafe.String(unsafe.SliceData(cells), len(cells)) }
