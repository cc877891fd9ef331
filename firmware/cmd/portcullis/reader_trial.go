package main

import (
	"slices"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
	"portcullis/mrz"
)

// A trial makes presentations of the readings of a reader: readings that follow one
// another as one for a lane are one presentation, unless they are whole and of two
// documents. It is a function of the readings and the times given to it alone.
type trial struct {
	expect []string // the lines of the specimen; nil for any document
	open   *presentation
	whole  []string // its lines
	last   time.Time
}

// A presentation is what came of one document that was presented. It holds nothing
// of the document.
type presentation struct {
	Number   int      `json:"presentation"`
	Good     bool     `json:"good"`
	Verdict  string   `json:"verdict"`            // "read whole", "check digits failed", "another document", or a fault
	Shape    string   `json:"shape,omitempty"`    // how long the lines are
	Problems []string `json:"problems,omitempty"` // what is wrong with it
	Before   []string `json:"before,omitempty"`   // the faults of readings before the one that counts
	Repeats  int      `json:"repeats,omitempty"`  // how often it was sent once more
	SpanMS   float64  `json:"span_ms"`            // from its first byte to its last
}

// add takes a reading whose bytes came within a time. It returns the presentation
// that is over with it.
func (t *trial) add(r drivers.Reading, span time.Duration) *presentation {
	over := t.tick(r.At)
	next := t.judge(r)
	next.SpanMS = milliseconds(span)
	isWhole := r.Fault == drivers.NoFault
	switch {
	case t.open == nil:
		t.open = next
	case isWhole && slices.Equal(t.whole, r.Lines):
		t.open.Repeats++
	case isWhole && t.whole != nil && t.open.Good:
		over, t.open = t.open, next
	case next.Good || !t.open.Good && isWhole: // the better of two attempts
		next.Before = append(t.open.Before, t.open.Verdict)
		t.open = next
	default:
		t.open.Problems = append(t.open.Problems, "behind it came "+next.Verdict)
	}
	if isWhole {
		t.whole = r.Lines
	}
	t.last = r.At
	return over
}

// tick lets time pass, and returns the presentation that is over with it.
func (t *trial) tick(now time.Time) *presentation {
	if t.open == nil || now.Sub(t.last) <= reader.Again {
		return nil
	}
	over := t.open
	t.open, t.whole = nil, nil
	return over
}

// judge says what a reading is worth.
func (t *trial) judge(r drivers.Reading) *presentation {
	if r.Fault != drivers.NoFault {
		return &presentation{Verdict: r.Fault.String(), Problems: []string{reader.Explain(r.Fault)}}
	}
	p := &presentation{Verdict: "read whole", Good: true, Shape: reader.Shape(r.Lines)}
	if !reader.Holds(r.Lines) {
		p.Verdict, p.Good, p.Problems = "check digits failed", false, problems(r.Lines)
	}
	if t.expect != nil && !slices.Equal(t.expect, r.Lines) {
		p.Good = false
		p.Problems = append(p.Problems, "it is not the specimen")
		if p.Verdict == "read whole" {
			p.Verdict = "another document"
		}
	}
	return p
}

// problems names what is wrong with a zone, and nothing that stands in it.
func problems(lines []string) []string {
	zone, err := mrz.Parse(lines)
	if err != nil {
		return []string{"the lines are no zone: " + reader.Shape(lines)}
	}
	var all []string
	for _, f := range zone.Findings() {
		all = append(all, f.Text())
	}
	return all
}
