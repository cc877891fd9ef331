package reader

import (
	"slices"
	"strings"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader/wire"
	"portcullis/mrz"
)

// The bounds of a line and of a zone: SITA/CUTE lines are 7 to 44 characters
// (Access ATB420 p. 21), and no zone of Doc 9303 has more than three.
const (
	minLine  = 7
	maxLine  = 44
	maxLines = 3
)

// Assemble makes a reading of a frame: the lines of one zone, or a fault. What
// is not to be trusted is not carried, so a reading with a fault has no lines.
func Assemble(z Zone, f wire.Frame) drivers.Reading {
	r := drivers.Reading{Fault: f.Fault, Bytes: f.Bytes}
	if r.Fault != drivers.NoFault {
		return r
	}
	lines := aligned(z.Align, f.Lines)
	if z.Split {
		lines = wire.Apart(lines)
	}
	if !isShaped(lines) {
		r.Fault = drivers.FaultMalformed
		return r
	}
	r.Lines = lines
	return r
}

// aligned drops the empty slots above a bottom-aligned zone, or below a
// top-aligned one.
func aligned(align string, lines []string) []string {
	lines = slices.Clone(lines)
	for align == "bottom" && len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for align == "top" && len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// isShaped reports whether lines can be a zone.
func isShaped(lines []string) bool {
	if len(lines) < 1 || len(lines) > maxLines {
		return false
	}
	return !slices.ContainsFunc(lines, func(s string) bool { return len(s) < minLine || len(s) > maxLine })
}

// isDocument reports whether a frame speaks of a document. A card swiped or a
// boarding pass scanned on the same device is none; a broken block may be one
// whose start byte was hit.
func isDocument(f wire.Frame) bool {
	switch f.Kind {
	case wire.KindMagstripe, wire.KindBarcode:
		return f.Fault != drivers.NoFault && f.Fault != drivers.FaultNoRead
	case wire.KindAnswer, wire.KindPresence:
		return f.Fault != drivers.NoFault
	}
	return true
}

// An assembler makes readings of frames, of several where each has one line. It
// is a function of the frames and the times given to it alone.
type assembler struct {
	zone  Zone
	held  []string // lines whose others are to come
	last  []string // of the zone before, while the reader may look at it again
	bytes int
	until time.Time
}

// add takes a frame of a document that came at a time.
func (a *assembler) add(now time.Time, f wire.Frame) []drivers.Reading {
	r := Assemble(a.zone, f)
	if a.zone.PairMS == 0 || r.Fault != drivers.NoFault || len(r.Lines) != 1 {
		return append(a.tick(now), r)
	}
	early := a.tick(now)
	if len(a.held) > 0 && a.isOther(r.Lines[0]) {
		early = append(early, a.giveUp())
	}
	a.hold(now, r)
	if whole := a.whole(); whole != nil {
		r = drivers.Reading{Lines: whole, Bytes: a.bytes}
		a.rest()
		a.seen(whole)
		return append(early, r)
	}
	return early
}

// isOther reports whether a line is of another document than those held. No check digit
// is of the upper line of a passport, so one looked at again would fit the next passport.
func (a *assembler) isOther(line string) bool {
	return len(line) != len(a.held[0]) || slices.Contains(a.last, line) != slices.Contains(a.last, a.held[0])
}

// seen keeps the lines of a zone that was read, if its check digits hold.
func (a *assembler) seen(zone []string) {
	clear(a.last)
	a.last = a.last[:0]
	if Holds(zone) {
		a.last = append(a.last, zone...)
	}
}

// hold keeps a line until the others have come. A line that comes again is the
// reader's second look at it.
func (a *assembler) hold(now time.Time, r drivers.Reading) {
	if !slices.Contains(a.held, r.Lines[0]) {
		a.held = append(a.held, r.Lines[0])
	}
	a.bytes += r.Bytes
	a.until = now.Add(a.zone.Pair())
}

// whole returns the held lines as a zone, in the order in which their check
// digits hold, or as they came; nil while they are none.
func (a *assembler) whole() []string {
	if n := len(a.held); n < 2 || len(wire.Apart([]string{strings.Join(a.held, "")})) != n {
		return nil
	}
	for order := range orders(a.held) {
		if Holds(order) {
			return order
		}
	}
	return slices.Clone(a.held)
}

// tick gives up lines whose others did not come in time.
func (a *assembler) tick(now time.Time) []drivers.Reading {
	if now.Before(a.until) {
		return nil
	}
	a.seen(nil)
	if len(a.held) == 0 {
		return nil
	}
	return []drivers.Reading{a.giveUp()}
}

func (a *assembler) giveUp() drivers.Reading {
	r := drivers.Reading{Fault: drivers.FaultPartial, Bytes: a.bytes}
	a.rest()
	return r
}

func (a *assembler) rest() {
	clear(a.held)
	a.held, a.bytes = a.held[:0], 0
}

// orders yields every order of two or three lines, as they came first.
func orders(lines []string) func(func([]string) bool) {
	return func(yield func([]string) bool) {
		if len(lines) < 2 {
			yield(lines)
			return
		}
		for i := range lines {
			rest := slices.Delete(slices.Clone(lines), i, i+1)
			for tail := range orders(rest) {
				if !yield(append([]string{lines[i]}, tail...)) {
					return
				}
			}
		}
	}
}

// Holds reports whether lines are a zone whose check digits hold.
func Holds(lines []string) bool {
	r, err := mrz.Parse(lines)
	return err == nil && r.Valid()
}
