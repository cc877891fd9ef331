package wire

import (
	"bytes"
	"encoding/json"
	"regexp"

	"portcullis/drivers"
)

// jsonLines is the framer of what a helper program says; the package comment draws it.
type jsonLines struct {
	max   int
	cells *alphabet

	line []byte // that has not ended yet
	wire int
	skip bool // a fault was told: leave out the rest of the line

	report
}

var jsonFamily = family{
	framer:   newJSON,
	encode:   encodeJSON,
	answer:   answerJSON,
	presence: presenceJSON,
	usual:    Framing{IdleMS: 1000},
	choices:  map[string][]string{"frame.separator": {"lf"}},
}

func newJSON(f Framing) Framer {
	return newFramer(f, &jsonLines{max: f.Max, cells: newAlphabet(f.Pad), line: make([]byte, 0, f.Max)})
}

// silence ends a line whose end did not come.
func (j *jsonLines) silence() {
	if len(bytes.TrimSpace(j.line)) > 0 {
		j.broken(drivers.FaultTruncated)
	}
	j.rest()
}

// take advances by one byte.
func (j *jsonLines) take(c byte) {
	j.wire++
	switch {
	case c == lf:
		if len(bytes.TrimSpace(j.line)) > 0 {
			j.said()
		}
		j.rest()
	case j.skip:
	case len(j.line) == j.max:
		j.broken(drivers.FaultTooLong)
		j.rest()
		j.skip = true
	default:
		j.line = append(j.line, c)
	}
}

// broken tells what is wrong with a line. One that does not begin as an object is
// none of the helper's, but what a library of its printed.
func (j *jsonLines) broken(fault drivers.ReadFault) {
	kind := KindOCR
	if first := bytes.TrimSpace(j.line); len(first) > 0 && first[0] != '{' {
		fault, kind = drivers.FaultNoise, KindNone
	}
	j.tell(Frame{Kind: kind, Fault: fault, Bytes: j.wire})
}

// A saying is one line of a helper. What it does not say is nil.
type saying struct {
	Type  string   `json:"type"`
	Lines []string `json:"lines,omitempty"`
	In    *bool    `json:"in,omitempty"`
	Text  *string  `json:"text,omitempty"`
}

// typeForm is what the type of a saying looks like: no text of a document does.
var typeForm = regexp.MustCompile(`^[a-z][a-z_-]{0,31}$`)

// said delivers a line that has its end.
func (j *jsonLines) said() {
	var s saying
	if err := json.Unmarshal(j.line, &s); err != nil || !typeForm.MatchString(s.Type) {
		j.broken(drivers.FaultMalformed)
		return
	}
	f := Frame{Kind: KindAnswer, Bytes: j.wire}
	switch {
	case s.Type == "log":
		return
	case s.Type == "noread":
		f.Kind, f.Fault = KindOCR, drivers.FaultNoRead
	case s.Type == "read" && len(s.Lines) > 0:
		f.Kind, f.Lines = KindOCR, j.lines(s.Lines)
	case s.Type == "presence" && s.In != nil:
		f.Kind, f.In = KindPresence, *s.In
	case s.Type == "answer" && s.Text != nil:
		f.Answer = *s.Text
	case s.Type == "read" || s.Type == "presence" || s.Type == "answer":
		j.broken(drivers.FaultMalformed)
		return
	default:
		f.Answer = s.Type
	}
	j.tell(f)
}

// lines returns the cells of the lines. A character of several bytes is one cell.
func (j *jsonLines) lines(texts []string) []string {
	var lines []string
	for _, text := range texts {
		lines = append(lines, j.cells.text(flat(text)))
	}
	return lines
}

// rest forgets the line.
func (j *jsonLines) rest() {
	clear(j.line)
	j.line = j.line[:0]
	j.wire, j.skip = 0, false
}

// encodeJSON returns what a helper says of the lines; no lines give a failed read.
func encodeJSON(_ Framing, lines []string) []byte {
	if len(lines) == 0 {
		return []byte(`{"type":"noread"}` + "\n")
	}
	var texts []string
	for _, line := range lines {
		var text []rune
		for _, c := range []byte(line) {
			text = append(text, rune(c))
		}
		texts = append(texts, string(text))
	}
	return jsonLine(saying{Type: "read", Lines: texts})
}
