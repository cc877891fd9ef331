package wire

import (
	"strings"

	"portcullis/drivers"
)

// What ends the echo of a command (Honeywell N86 manual p. 163, N431X p. 170).
const (
	enq = 0x05 // no such command; ACK is done, NAK out of range

	storedNo  = '!' // behind it: in working memory
	storedYes = '.' // in the memory that power loss leaves
	joins     = ";,"
)

// maxAnswer is how long an answer may be. A menu takes no longer command.
const maxAnswer = 512

// imager is the machine of imagers that take commands; the package comment draws
// it. It holds text back until its end shows whether it is a document's or an
// answer, and leaves documents to the machine of pushed text.
type imager struct {
	lines
	said   []byte
	joined int  // where the command after the last joint begins
	ended  bool // the last byte ended a command
	flood  bool // more than any answer: text until silence
}

var imagerFamily = family{
	framer:  newImager,
	encode:  encodeImager,
	answer:  answerImager,
	choices: map[string][]string{"frame.separator": {"any"}},
}

func newImager(f Framing) Framer {
	m := &imager{lines: linesOf(f, maxRun), said: make([]byte, 0, maxAnswer)}
	return newFramer(f, m)
}

// take advances by one byte. What ends a command ends none where there is none, and
// means nothing.
func (m *imager) take(c byte) {
	if m.ended && len(m.said) < maxAnswer && m.goesOn(c) {
		return
	}
	switch {
	case c == cr || c == lf:
		m.release()
		m.lines.take(c)
	case m.flood:
		m.lines.take(c)
	case len(m.said) > 0 || !endsCommand(c):
		m.hold(c)
	}
}

// goesOn takes a byte behind one that ended a command, if it belongs to it. Where
// it does not, the answer ends without it, or was none.
func (m *imager) goesOn(c byte) bool {
	switch {
	case c == storedNo || c == storedYes:
		m.hold(c)
		m.answer(len(m.said))
		return true
	case strings.IndexByte(joins, c) >= 0:
		m.hold(c)
		m.joined = len(m.said)
		return true
	case c != cr && c != lf && isAnswer(m.said):
		m.answer(len(m.said))
	}
	return false
}

// hold keeps a byte back, unless it is one of more than any answer.
func (m *imager) hold(c byte) {
	if len(m.said) == maxAnswer {
		m.flood, m.ended = true, false
		m.release()
		m.lines.take(c)
		return
	}
	m.said = append(m.said, c)
	m.ended = endsCommand(c)
}

// release lets go of what is held: answers, and behind them text.
func (m *imager) release() {
	end := m.joined
	if m.ended {
		end = len(m.said)
	}
	if end > 0 {
		m.answer(end)
	}
	for _, c := range m.said {
		m.lines.take(c)
	}
	m.forget(len(m.said))
}

// answer tells what is held up to an index as one answer. Text of a document in it
// makes both useless.
func (m *imager) answer(end int) {
	f := Frame{Kind: KindAnswer, Bytes: end}
	if isAnswer(m.said[:end]) {
		f.Answer = string(m.said[:end])
	} else {
		f.Kind, f.Fault = KindOCR, drivers.FaultMalformed
	}
	m.tell(f)
	m.forget(end)
}

// forget drops what is held up to an index.
func (m *imager) forget(end int) {
	rest := copy(m.said, m.said[end:])
	clear(m.said[rest:])
	m.said = m.said[:rest]
	m.joined, m.ended = 0, false
}

// silence ends what silence ends.
func (m *imager) silence() {
	m.release()
	m.lines.silence()
	m.flood = false
}

func endsCommand(c byte) bool { return c == ack || c == enq || c == nak }

// tag is how many letters a command begins with: a tag and a subtag of three.
const tag = 6

// isAnswer reports whether text is the echo of commands: it begins with a tag,
// and holds neither fillers nor a run of cells as long as a line.
func isAnswer(said []byte) bool {
	run := 0
	for i, c := range said {
		switch {
		case i < tag && !isLetter(c), c == filler, !endsCommand(c) && (c < ' ' || c > '~'):
			return false
		case c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			run++
		default:
			run = 0
		}
		if run == minZone {
			return false
		}
	}
	return len(said) > tag
}

// encodeImager runs the lines of a zone together and ends them by CR, and each
// line where they are none; no lines give the profile's no-read text.
func encodeImager(f Framing, lines []string) []byte {
	between := "\r"
	if isZone(lines) {
		between = ""
	}
	if len(lines) == 0 {
		lines = []string{f.NoRead}
	}
	return []byte(strings.Join(lines, between) + "\r")
}
