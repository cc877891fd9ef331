package wire

import (
	"slices"
	"strings"

	"portcullis/drivers"
)

// lines is the framer of pushed text; the package comment draws it.
type lines struct {
	report
	text
	max   int
	width int // cells of a line, at most: maxLine, or maxRun where lines may be run together

	done []string // lines that have their end
	open []byte   // the line that has none yet
	wire int
	bad  bool // more than a zone can hold: wait for silence
	mute bool // and that was told already
	odd  int  // rejects so far
	all  int  // cells so far
}

var linesFamily = family{framer: newLines, encode: encodeLines, choices: map[string][]string{"frame.separator": {"any"}}}

func newLines(f Framing) Framer {
	l := linesOf(f, maxLine)
	return newFramer(f, &l)
}

func linesOf(f Framing, width int) lines {
	return lines{text: newText(f), max: f.Max, width: width, open: make([]byte, 0, width)}
}

// silence ends a frame after which nothing came for the idle time. This is how
// most frames of the family end, so it is no fault in itself.
func (l *lines) silence() {
	if l.all > 0 && !l.mute {
		l.finish()
	}
	l.rest()
}

// take advances by one byte.
func (l *lines) take(c byte) {
	l.wire++
	if c == cr || c == lf {
		l.endLine()
	} else {
		l.fill(l.cells[c])
	}
	if l.all == 0 {
		l.wire = 0 // line ends before the first cell are no part of a frame
	}
	if l.wire > l.max && !l.mute {
		l.fault(drivers.FaultTooLong)
		l.bad, l.mute = true, true
	}
}

// fill takes one cell.
func (l *lines) fill(cell byte) {
	l.all++
	if cell == Reject {
		l.odd++
	}
	if len(l.open) == l.width || len(l.done) == maxLines {
		l.bad = true
	}
	if !l.bad {
		l.open = append(l.open, cell)
	}
}

// endLine closes the open line. A blank line means nothing: it is between two
// frames, or between CR and LF.
func (l *lines) endLine() {
	if l.bad || len(l.open) == 0 {
		return
	}
	l.done = append(l.done, string(l.open))
	l.open = l.open[:0]
	if isZone(l.done) || l.isRun() || l.saysNoRead(l.done) {
		l.finish()
		l.rest()
	}
}

// finish delivers what has come as one frame.
func (l *lines) finish() {
	unended := len(l.open) > 0
	if unended {
		l.done = append(l.done, string(l.open))
	}
	switch {
	case !l.bad && l.saysNoRead(l.done):
		l.tell(Frame{Kind: KindOCR, Fault: drivers.FaultNoRead, Bytes: l.wire})
	case l.odd*2 > l.all:
		l.fault(drivers.FaultNoise)
	case l.bad:
		l.fault(drivers.FaultMalformed)
	case unended && !isEven(l.done) && !l.isRun() && !l.isRow():
		l.fault(drivers.FaultTruncated)
	default:
		l.tell(Frame{Kind: KindOCR, Lines: slices.Clone(l.done), Bytes: l.wire})
	}
}

func (l *lines) fault(fault drivers.ReadFault) {
	kind := KindOCR
	if fault == drivers.FaultNoise {
		kind = KindNone
	}
	l.tell(Frame{Kind: kind, Fault: fault, Bytes: l.wire})
}

// rest forgets the frame.
func (l *lines) rest() {
	clear(l.open[:cap(l.open)])
	l.open = l.open[:0]
	clear(l.done)
	l.done = l.done[:0]
	l.wire, l.odd, l.all = 0, 0, 0
	l.bad, l.mute = false, false
}

// isZone reports whether lines are a whole zone by their number and lengths:
// TD3 and MRV-A, TD2 and MRV-B, TD1 (Doc 9303 parts 4 to 7).
func isZone(lines []string) bool {
	switch len(lines) {
	case 2:
		return isEven(lines) && (len(lines[0]) == 44 || len(lines[0]) == 36)
	case 3:
		return isEven(lines) && len(lines[0]) == 30
	}
	return false
}

// isRun reports whether the only line is a zone whose lines were run together.
func (l *lines) isRun() bool {
	return l.width == maxRun && len(l.done) == 1 && runTogether[len(l.done[0])] != 0
}

// isRow reports whether the only line is one of a zone whose lines come each in a
// frame of its own.
func (l *lines) isRow() bool {
	if l.width != maxRun || len(l.done) != 1 {
		return false
	}
	n := len(l.done[0])
	return n == 44 || n == 36 || n == 30
}

// isEven reports whether there are several lines, all of one length.
func isEven(lines []string) bool {
	return len(lines) > 1 && !slices.ContainsFunc(lines, func(s string) bool { return len(s) != len(lines[0]) })
}

// encodeLines ends each line by CR LF; no lines give the profile's no-read text.
func encodeLines(f Framing, lines []string) []byte {
	if len(lines) == 0 {
		lines = []string{f.NoRead}
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n")
}
