package wire

import (
	"strings"

	"portcullis/drivers"
)

// The parts of a report of the Access-IS readers (LSR118 manual p. 68, ATR110 p. 33).
const (
	reportSize  = 64
	reportData  = 0x02 // the id of a report with data
	reportAIM   = 2    // where the AIM identifier stands, of three bytes
	reportText  = 5    // where the data stands
	reportMax   = 56   // bytes of data
	reportMore  = 63   // where bit 0 says that the data goes on
	reportDone  = 0x90 // what the second byte of an answer says
	reportFails = 0x69
)

// hid is the framer of HID reports; the package comment draws them.
type hid struct {
	text
	max int
	aim string

	part  []byte // a report that has not ended yet
	data  []byte // of the reports so far
	of    string // their AIM identifier; "" before the first
	wire  int
	state hidState

	report
}

// hidState is what is done with reports until silence.
type hidState uint8

const (
	hidTaking hidState = iota
	hidNoise           // they are none of such a reader
	hidSkip            // a fault was told
)

var hidFamily = family{
	framer:  newHID,
	encode:  encodeHID,
	unit:    reportSize,
	answer:  answerHID,
	choices: map[string][]string{"frame.separator": {"any"}},
	check:   checkHID,
}

func newHID(f Framing) Framer {
	return newFramer(f, &hid{
		text: newText(f),
		max:  f.Max,
		aim:  f.AIM,
		part: make([]byte, 0, reportSize),
		data: make([]byte, 0, f.Max),
	})
}

// checkHID reports an AIM identifier that cannot be.
func checkHID(f Framing) error {
	if f.AIM != "" && (f.AIM[0] != ']' || len(f.AIM) > 3) {
		return &SettingError{"frame.aim", "must be empty or begin with ] and have 3 characters at most"}
	}
	return nil
}

// take advances by one byte.
func (h *hid) take(c byte) {
	h.part = append(h.part, c)
	if len(h.part) == reportSize {
		h.input(h.part)
		clear(h.part)
		h.part = h.part[:0]
	}
}

// silence ends a document whose last report did not come.
func (h *hid) silence() {
	h.wire += len(h.part)
	switch {
	case h.state == hidSkip:
	case h.state == hidNoise || h.of == "" && len(h.part) > 0 && h.part[0] != reportData:
		h.fault(drivers.FaultNoise)
	case h.of != "" || len(h.part) > 0:
		h.fault(drivers.FaultTruncated)
	}
	clear(h.part[:cap(h.part)])
	h.part = h.part[:0]
	h.rest(hidTaking)
}

// input advances by one report.
func (h *hid) input(r []byte) {
	h.wire += len(r)
	switch {
	case h.state != hidTaking:
	case r[0] == reportData:
		h.add(r)
	case (r[1] == reportDone || r[1] == reportFails) && r[2] == 0:
		h.wire -= len(r) // an answer may come between two reports of a document
		h.tell(Frame{Kind: KindAnswer, Answer: string(r[:2]), Bytes: len(r)})
	default:
		h.state = hidNoise
	}
}

// add takes a report with data. One whose AIM identifier is another is not of the
// same document: the end of that was lost.
func (h *hid) add(r []byte) {
	n, of := int(r[1]), string(r[reportAIM:reportText])
	if h.of != "" && h.of != of {
		h.wire -= len(r)
		h.fault(drivers.FaultTruncated)
		h.rest(hidTaking)
		h.wire = len(r)
	}
	h.of = of
	switch {
	case n > reportMax || of[0] != ']':
		h.drop(drivers.FaultMalformed)
	case len(h.data)+n > h.max:
		h.drop(drivers.FaultTooLong)
	default:
		h.data = append(h.data, r[reportText:reportText+n]...)
		if r[reportMore]&1 == 0 {
			h.whole()
			h.rest(hidTaking)
		}
	}
}

// whole delivers a document whose last report has come.
func (h *hid) whole() {
	f := h.frame(h.cells.split(h.data))
	switch {
	case !strings.HasPrefix(h.of, h.aim):
		f = Frame{Kind: KindBarcode}
	case !areLines(f.Lines):
		f = Frame{Kind: KindOCR, Fault: drivers.FaultMalformed}
	}
	f.Bytes = h.wire
	h.tell(f)
}

// areLines reports whether lines can be those of a zone, or the only one a zone
// that was sent as one.
func areLines(lines []string) bool {
	if len(lines) == 1 && runTogether[len(lines[0])] != 0 {
		return true
	}
	for _, line := range lines {
		if len(line) > maxLine {
			return false
		}
	}
	return len(lines) <= maxLines
}

// drop tells a fault, and leaves out what comes until silence.
func (h *hid) drop(fault drivers.ReadFault) {
	h.fault(fault)
	h.rest(hidSkip)
}

func (h *hid) fault(fault drivers.ReadFault) {
	kind := KindOCR
	if fault == drivers.FaultNoise {
		kind = KindNone
	}
	h.tell(Frame{Kind: kind, Fault: fault, Bytes: h.wire})
}

// rest forgets the document.
func (h *hid) rest(state hidState) {
	clear(h.data)
	h.data = h.data[:0]
	h.of, h.wire, h.state = "", 0, state
}

// encodeHID returns the reports with the lines, each ended by CR. No lines give the
// profile's no-read text, or a report without data where there is none.
func encodeHID(f Framing, lines []string) []byte {
	if len(lines) == 0 && f.NoRead != "" {
		lines = []string{f.NoRead}
	}
	var data []byte
	for _, line := range lines {
		data = append(append(data, line...), cr)
	}
	var reports []byte
	for {
		n := min(len(data), reportMax)
		r := make([]byte, reportSize)
		r[0], r[1] = reportData, byte(n)
		copy(r[reportAIM:reportText], "]o0")
		copy(r[reportAIM:reportText], f.AIM)
		copy(r[reportText:], data[:n])
		r[61] = 's'
		data = data[n:]
		if len(data) == 0 {
			return append(reports, r...)
		}
		r[reportMore] = 1
		reports = append(reports, r...)
	}
}
