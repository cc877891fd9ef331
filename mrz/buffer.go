package mrz

import (
	"fmt"
	"log/slog"
)

// A Buffer holds the lines of a zone in memory that can be wiped, as strings
// cannot. Results of its zone, and their Documents and Texts, refer to it: when
// it is wiped they hold nothing but zero bytes. A Buffer must not be copied.
type Buffer struct {
	cells [3][maxCells]byte
	lines int
	sizes [3]int
}

// maxCells is more than a line of any layout has, and how much of a line that
// is longer a Buffer keeps: the layout is found to be wrong as well from that.
const maxCells = 64

// Set puts a zone into the buffer in place of the one before. It fails with
// [ErrShape] when there are more lines than any layout has.
func (b *Buffer) Set(lines ...[]byte) error {
	b.Wipe()
	if len(lines) > len(b.cells) {
		return ErrShape
	}
	b.lines = len(lines)
	for i, line := range lines {
		b.sizes[i] = copy(b.cells[i][:], line)
	}
	return nil
}

// Parse reads the zone as [Parse] does.
func (b *Buffer) Parse() (Result, error) {
	var lines [3]string
	for i := range b.lines {
		lines[i] = alias(b.cells[i][:b.sizes[i]])
	}
	return Parse(lines[:b.lines])
}

// Wipe overwrites the zone with zero bytes.
func (b *Buffer) Wipe() {
	for i := range b.cells {
		clear(b.cells[i][:])
	}
	b.lines, b.sizes = 0, [3]int{}
}

// String says that it is a zone and no more.
func (b *Buffer) String() string { return "[zone]" }

// Format prints String whatever the verb.
func (b *Buffer) Format(s fmt.State, _ rune) { fmt.Fprint(s, b.String()) }

// LogValue logs String.
func (b *Buffer) LogValue() slog.Value { return slog.StringValue(b.String()) }
