package report

import (
	"portcullis/mrz"
	"portcullis/mrz/ocr"
)

// Repair is what a repair did: its outcome, the cells it changed, those that
// no check digit can tell from another character, and what was done to the
// lines as a whole.
type Repair struct {
	Outcome           string   `json:"outcome"`
	Edits             []Edit   `json:"edits"`
	Indistinguishable []Doubt  `json:"indistinguishable"`
	Steps             []string `json:"steps"`
	Lines             []string `json:"lines"`
}

// Edit is a character that was taken for another. Read is "" for a filler that
// was put in, Means is "" for a cell that was taken out.
type Edit struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Read   string `json:"read"`
	Means  string `json:"means"`
	Field  string `json:"field"`
}

// Doubt is a cell that could be another character with every check digit as
// right as it is; a paired one could only together with another of the list.
type Doubt struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	CouldBe string `json:"could_be"`
	Paired  bool   `json:"paired,omitempty"`
}

// OfReading reports a reading that was repaired as far as it could be.
func OfReading(r ocr.Reading, c mrz.Century) Report {
	var err error
	if r.Result.Document.Format == mrz.None {
		err = mrz.ErrShape
	}
	rep := Of(r.Result, err, c)
	verified := r.Verified()
	rep.Verified = &verified
	rep.Repair = &Repair{
		Outcome: r.Outcome.String(), Edits: []Edit{}, Indistinguishable: []Doubt{}, Steps: []string{}, Lines: []string{},
	}
	for _, e := range r.Edits {
		rep.Repair.Edits = append(rep.Repair.Edits, Edit{e.Line, e.Column, char(e.Read), char(e.Means), e.Field.String()})
	}
	for _, d := range r.Doubts {
		rep.Repair.Indistinguishable = append(rep.Repair.Indistinguishable, Doubt{d.Line, d.Column, char(d.CouldBe), d.Paired})
	}
	for _, s := range r.Steps {
		rep.Repair.Steps = append(rep.Repair.Steps, string(s))
	}
	if r.Outcome >= ocr.Unique {
		rep.Repair.Lines = append(rep.Repair.Lines, r.Lines...)
	}
	rep.Repairs = rep.Repair.Edits
	return rep
}

// char is a character as text, "?" for one that no zone has.
func char(c byte) string {
	switch {
	case c == 0:
		return ""
	case c < ' ' || c > '~':
		return "?"
	}
	return string(c)
}
