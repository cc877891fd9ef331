package console

import "time"

// MaxRecent is how many past passages a page shows; a View that holds more is
// cut to the newest.
const MaxRecent = 12

// A View is everything that the officer's page shows. It is replaced whole
// and never patched, so that a page which missed some is right with the next.
// The zero View is a closed lane of which nothing is known.
type View struct {
	Site    string `json:"site"`
	Lane    string `json:"lane"`
	Version string `json:"version"` // of the program: a page loads itself anew when it changes
	Demo    bool   `json:"demo"`    // says on the page that nothing here is real

	Now     time.Time `json:"now"`            // the device's clock
	State   string    `json:"state"`          // ready, deciding, proceed, again, referred, alert or closed
	Since   time.Time `json:"since,omitzero"` // when the lane came into that state
	Waiting bool      `json:"waiting"`        // an officer must record the outcome of Last
	Last    *Passage  `json:"last,omitempty"` // the passage that the large panel shows
	Recent  []Passage `json:"recent"`         // newest first; Last may be among them

	Lists     []List  `json:"lists"`
	Reader    Reader  `json:"reader"`
	Devices   Devices `json:"devices"`
	Traveller string  `json:"traveller"` // what the traveller is told, in the words of drivers.Message
	Faults    []Fault `json:"faults"`

	Outcomes []Outcome `json:"outcomes"` // what an officer may record, in the order of its keys
}

// A Passage is one document that was presented, and what became of it.
type Passage struct {
	ID        string    `json:"id"` // names the passage to the device, and tells nothing of the document
	At        time.Time `json:"at"`
	Verdict   string    `json:"verdict"`  // clear, refer or alert; a page shows anything else as refer
	Kind      string    `json:"kind"`     // what the verdict is about: document, person, read, system, or nothing
	Headline  string    `json:"headline"` // the reason in plain words
	Document  string    `json:"document"` // class and issuing State, as in "Passport, Utopia"
	Reasons   []Reason  `json:"reasons"`
	Do        []string  `json:"do"` // what the officer does next, step by step
	ElapsedUS int64     `json:"elapsed_us"`
	Waiting   bool      `json:"waiting,omitempty"` // an officer may still record its outcome
	Outcome   string    `json:"outcome,omitempty"` // the code that was recorded
	OutcomeAt time.Time `json:"outcome_at,omitzero"`
}

// A Reason is one rule that spoke.
type Reason struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	List   string `json:"list,omitempty"`   // the list that it rests on
	Detail string `json:"detail,omitempty"` // adds to Text; never a value of the document
}

// A List is the state of one of the device's lists.
type List struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"` // what an officer calls it
	Release uint64    `json:"release"`
	Records uint64    `json:"records"`
	Issued  time.Time `json:"issued,omitzero"`  // when its publisher signed the release
	Checked time.Time `json:"checked,omitzero"` // when the device last learnt that there is no newer one
	State   string    `json:"state"`            // fresh, ageing, stale, missing or broken
	Detail  string    `json:"detail,omitempty"`
}

// Reader is the state of the document reader.
type Reader struct {
	State  string `json:"state"` // in the words of drivers.ReaderState
	Label  string `json:"label"` // profile and port
	Detail string `json:"detail,omitempty"`
}

// Devices is what the other devices of the lane are doing, in the words of
// the drivers package. An empty word is a device that the lane does not have.
type Devices struct {
	Gate    string `json:"gate"`    // drivers.GateState
	Lights  string `json:"lights"`  // drivers.Signal
	Buzzer  string `json:"buzzer"`  // drivers.Tone
	Display string `json:"display"` // drivers.Message
}

// A Fault is something that an officer must know now.
type Fault struct {
	Code  string    `json:"code"`
	Text  string    `json:"text"`
	Do    string    `json:"do"` // what the officer does about it
	Since time.Time `json:"since,omitzero"`
}

// An Outcome is one answer to what came of a passage.
type Outcome struct {
	Code  string `json:"code"`
	Label string `json:"label"`
	Key   string `json:"key"` // the key that chooses it: one digit
}

// complete returns v as a page expects it: lists are never null, and no
// longer than a page shows.
func (v View) complete() View {
	if len(v.Recent) > MaxRecent {
		v.Recent = v.Recent[:MaxRecent]
	}
	v.Recent = passages(v.Recent)
	if v.Last != nil {
		v.Last = &passages([]Passage{*v.Last})[0]
	}
	v.Lists, v.Faults, v.Outcomes = some(v.Lists), some(v.Faults), some(v.Outcomes)
	return v
}

func passages(in []Passage) []Passage {
	out := make([]Passage, len(in))
	for i, p := range in {
		p.Reasons, p.Do = some(p.Reasons), some(p.Do)
		out[i] = p
	}
	return out
}

func some[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
