package mrz

import (
	"fmt"
	"log/slog"
	"unsafe"
)

// A Buffer holds the lines of a zone in memory that can be wiped, as strings
// cannot. Results of its zone, and their Documents and Texts, refer to it: when
// it is wiped they hold nothing but zero bytes; only the check digits that a
// Result judged outlive it. Copies of a Buffer that was set share its memory.
//
// The cells are held by address, as those of a [Text] are, so that they stay
// hidden in an unexported field of a struct.
type Buffer struct {
	cells unsafe.Pointer // to memory; nil until a zone is set
	lines int
	sizes [maxLines]int
}

// memory is where the lines of a Buffer stand.
type memory [maxLines][maxCells]byte

// maxLines is as many lines as any layout has.
const maxLines = 3

// maxCells is more than a line of any layout has, and how much of a line that
// is longer a Buffer keeps: the layout is found to be wrong as well from that.
const maxCells = 64

// Set puts a zone into the buffer in place of the one before. It fails with
// [ErrShape] when there are more lines than any layout has.
func (b *Buffer) Set(lines ...[]byte) error {
	b.Wipe()
	if len(lines) > maxLines {
		return ErrShape
	}
	if b.cells == nil {
		b.cells = unsafe.Pointer(new(memory))
	}
	cells := (*memory)(b.cells)
	b.lines = len(lines)
	for i, line := range lines {
		b.sizes[i] = copy(cells[i][:], line)
	}
	return nil
}

// Parse reads the zone as [Parse] does.
func (b *Buffer) Parse() (Result, error) {
	var lines [maxLines]string
	for i := range b.lines {
		lines[i] = alias((*memory)(b.cells)[i][:b.sizes[i]])
	}
	return Parse(lines[:b.lines])
}

// Wipe overwrites the zone with zero bytes.
func (b *Buffer) Wipe() {
	if b.cells != nil {
		*(*memory)(b.cells) = memory{}
	}
	b.lines, b.sizes = 0, [maxLines]int{}
}

// String says that it is a zone and no more.
func (b Buffer) String() string { return "[zone]" }

// Format prints String whatever the verb.
func (b Buffer) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// LogValue logs String.
func (b Buffer) LogValue() slog.Value { return slog.StringValue(b.String()) }
