package wire

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"portcullis/drivers"
)

// recordSize is the size of the kernel's struct input_event: two words of time,
// and eight bytes.
const recordSize = 2*bits.UintSize/8 + 8

// The types of a record, and what a report says when the kernel had no room
// (linux/input-event-codes.h).
const (
	evSyn      = 0x00
	evKey      = 0x01
	evMax      = 0x1F
	synDropped = 3
)

// keys is the framer of a keyboard wedge; the package comment draws it.
type keys struct {
	max    int
	cells  *alphabet
	noRead string // in cells

	board   keyboard
	learner learner

	part    []byte // a record that has not ended yet
	strokes []stroke
	wire    int
	noise   bool // no records of a keyboard: wait for silence
	mute    bool // a fault was told: wait for silence

	report
}

var keysFamily = family{
	framer:  newKeys,
	encode:  encodeKeys,
	choices: map[string][]string{"frame.separator": {"any"}},
	usual:   Framing{Max: 256, IdleMS: 250},
	check:   checkLayouts,
	unit:    recordSize,
}

func newKeys(f Framing) Framer {
	a := newAlphabet(f.Pad)
	return newFramer(f, &keys{
		max:     f.Max,
		cells:   a,
		noRead:  a.text(upper([]byte(f.NoRead))),
		learner: learner{cells: a, allowed: layoutsOf(f.Layouts)},
		part:    make([]byte, 0, recordSize),
		strokes: make([]stroke, 0, f.Max),
	})
}

// take advances by one byte.
func (k *keys) take(c byte) {
	k.part = append(k.part, c)
	if len(k.part) == recordSize {
		k.event(k.part)
		k.part = k.part[:0]
	}
}

// silence ends a scan after which nothing came for the idle time.
func (k *keys) silence() {
	k.wire += len(k.part)
	k.board.letGo()
	switch {
	case k.mute:
	case k.noise:
		k.fault(drivers.FaultNoise)
	case len(k.part) > 0:
		k.fault(drivers.FaultTruncated)
	case len(k.strokes) > 0:
		k.finish()
	}
	clear(k.part)
	k.part = k.part[:0]
	k.rest()
}

// event advances by one record.
func (k *keys) event(record []byte) {
	k.wire += len(record)
	if k.noise || k.mute {
		return
	}
	tail := record[len(record)-8:]
	kind, code := binary.LittleEndian.Uint16(tail), binary.LittleEndian.Uint16(tail[2:])
	value := binary.LittleEndian.Uint32(tail[4:])
	switch {
	case kind > evMax || kind == evKey && value > 2:
		k.noise = true
		return
	case kind == evSyn && code == synDropped:
		k.drop(drivers.FaultLost)
		return
	case kind == evKey && value == 1:
		k.add(k.board.down(code))
	case kind == evKey && value == 0:
		k.add(k.board.up(code))
	case kind == evKey && value == 2:
		k.board.stay(code)
	}
	if len(k.strokes) == 0 && !k.mute {
		k.wire = 0 // what comes before the first character is no part of a scan
	}
}

// add takes a stroke, if there is one.
func (k *keys) add(s stroke, typed bool) {
	switch {
	case !typed:
	case s.char == cr && len(k.strokes) == 0: // an Enter before a scan ends nothing
	case len(k.strokes) == k.max:
		k.drop(drivers.FaultTooLong)
	default:
		k.strokes = append(k.strokes, s)
		if s.char == cr && k.isWhole() {
			k.finish()
			k.rest()
		}
	}
}

// drop tells a fault, and forgets the rest of the scan: a line with a hole in it is
// worse than none.
func (k *keys) drop(fault drivers.ReadFault) {
	k.fault(fault)
	k.forget()
	k.mute = true
}

// isWhole reports whether the lines so far are a whole zone by their number and
// lengths, one below the other or run together, or say that nothing was read.
func (k *keys) isWhole() bool {
	lines := k.learner.text(k.strokes, k.learner.allowed[0])
	return isZone(lines) || len(lines) == 1 && (runTogether[len(lines[0])] != 0 || k.saysNoRead())
}

// saysNoRead reports whether the reader says in words that it could not read.
func (k *keys) saysNoRead() bool {
	return k.noRead != "" && slices.ContainsFunc(k.learner.allowed, func(l *layout) bool {
		return slices.Equal(k.learner.text(k.strokes, l), []string{k.noRead})
	})
}

// finish delivers what was typed as one frame.
func (k *keys) finish() {
	if k.saysNoRead() {
		k.fault(drivers.FaultNoRead)
		return
	}
	lines := k.learner.read(k.strokes)
	all, odd := countCells(lines)
	switch unended := k.strokes[len(k.strokes)-1].char != cr; {
	case odd*2 > all:
		k.fault(drivers.FaultNoise)
	case len(lines) > maxLines || slices.ContainsFunc(lines, func(s string) bool { return len(s) > maxLines*maxLine }):
		k.fault(drivers.FaultMalformed)
	case unended && !isEven(lines) && !isRow(lines):
		k.fault(drivers.FaultTruncated)
	default:
		k.tell(Frame{Kind: KindOCR, Lines: lines, Bytes: k.wire})
	}
}

// isRow reports whether there is one line, as long as a line of a zone or a whole
// zone is.
func isRow(lines []string) bool {
	return len(lines) == 1 && (runTogether[len(lines[0])] != 0 || slices.Contains([]int{44, 36, 30}, len(lines[0])))
}

func (k *keys) fault(fault drivers.ReadFault) {
	kind := KindOCR
	if fault == drivers.FaultNoise {
		kind = KindNone
	}
	k.tell(Frame{Kind: kind, Fault: fault, Bytes: k.wire})
}

// forget wipes what was typed.
func (k *keys) forget() {
	clear(k.strokes)
	k.strokes = k.strokes[:0]
}

// rest forgets the scan.
func (k *keys) rest() {
	k.forget()
	k.wire, k.noise, k.mute = 0, false, false
}

// countCells returns how many cells lines have, and how many of them are rejects.
func countCells(lines []string) (all, odd int) {
	for _, line := range lines {
		all += len(line)
		for _, c := range []byte(line) {
			if c == Reject {
				odd++
			}
		}
	}
	return all, odd
}

// upper returns text in capitals: a wedge may type small letters.
func upper(text []byte) []byte {
	for i, c := range text {
		if 'a' <= c && c <= 'z' {
			text[i] = c - 'a' + 'A'
		}
	}
	return text
}
