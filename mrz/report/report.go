// Package report shows a parsed machine readable zone to the one who typed it
// in: the fields, the check digits and what is wrong, as one object of plain
// strings that encodes to the JSON of "portcullis mrz".
//
// A report carries personal data in the clear. That is its purpose, and why it
// is kept apart from package mrz, whose types print without any. It belongs on
// the terminal of whoever holds the document, never in a log, an error or a
// store.
package report

import (
	"fmt"

	"portcullis/mrz"
)

// Report is a zone as JSON has it. Format is "" and Valid is false for lines
// that are no zone. Valid speaks of form and check digits, Readable of what a
// known deviation leaves sound; neither speaks of expiry.
type Report struct {
	Format   string    `json:"format"`
	Valid    bool      `json:"valid"`
	Readable bool      `json:"readable"`
	Document Document  `json:"document"`
	Checks   []Check   `json:"checks"`
	Repairs  []Repair  `json:"repairs"`
	Problems []Problem `json:"problems"`
}

// Document is the fields of the zone, fillers taken off. Dates are YYYY-MM-DD
// with XX for what the document leaves unknown, and "" where impossible.
type Document struct {
	Code          string `json:"code"`
	IssuingState  string `json:"issuing_state"`
	Number        string `json:"number"`
	Primary       string `json:"primary"`
	Secondary     string `json:"secondary"`
	Nationality   string `json:"nationality"`
	BirthDate     string `json:"birth_date"`
	Sex           string `json:"sex"`
	ExpiryDate    string `json:"expiry_date"`
	OptionalData  string `json:"optional_data"`
	OptionalData2 string `json:"optional_data_2"`
}

// Check is a check digit: the field it stands for, and passed, failed,
// undetermined or absent.
type Check struct {
	Field  string `json:"field"`
	Result string `json:"result"`
}

// Repair is a character that was taken for another. A zone as parsed has none.
type Repair struct {
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Read   string `json:"read"`
	Means  string `json:"means"`
	Field  string `json:"field"`
}

// Problem is a finding, or what the day adds to the findings. Line and Column
// count from one and are left out where the problem has no place; Expected is
// the digit that the cells call for.
type Problem struct {
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Field    string `json:"field,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Length   int    `json:"length,omitempty"`
	Expected string `json:"expected,omitempty"`
	Text     string `json:"text"`
}

// The codes of problems that are no findings.
const (
	NotAnMRZ = "not-an-mrz" // the lines have the shape of no layout
	Expired  = "expired"    // the last day of validity is past
)

// Of reports what [mrz.Parse] returned, as of a day: it decides the centuries
// and whether the document has expired.
func Of(r mrz.Result, err error, today mrz.Day) Report {
	rep := Report{Checks: []Check{}, Repairs: []Repair{}, Problems: []Problem{}}
	if err != nil {
		rep.Problems = append(rep.Problems, Problem{
			Code: NotAnMRZ, Severity: mrz.Error.String(),
			Text: "this is no machine readable zone: it takes three lines of 30, two of 36 or two of 44 characters",
		})
		return rep
	}
	rep.Format = r.Document.Format.String()
	rep.Valid, rep.Readable = r.Valid(), r.Readable()
	rep.Document = document(r.Document, today)
	for _, c := range r.Checks() {
		rep.Checks = append(rep.Checks, Check{c.Field.String(), c.Outcome.String()})
	}
	for _, f := range r.Findings() {
		rep.Problems = append(rep.Problems, problem(f))
	}
	last, ok := r.Document.ExpiryDate.Expiry(today)
	if ok && r.Sound(mrz.ExpiryDate) && last.Compare(today) < 0 {
		rep.Problems = append(rep.Problems, Problem{
			Code: Expired, Severity: mrz.Notice.String(), Field: mrz.ExpiryDate.String(),
			Text: fmt.Sprintf("the document expired on %s", last),
		})
	}
	return rep
}

func document(d mrz.Document, today mrz.Day) Document {
	return Document{
		Code: d.Code.Value(), IssuingState: d.IssuingState.Value(), Number: d.Number.Value(),
		Primary: d.Primary.Value(), Secondary: d.Secondary.Value(), Nationality: d.Nationality.Value(),
		BirthDate: d.BirthDate.Birth(today), Sex: d.Sex.Value(), ExpiryDate: d.ExpiryDate.ExpiryText(today),
		OptionalData: d.OptionalData.Value(), OptionalData2: d.OptionalData2.Value(),
	}
}

func problem(f mrz.Finding) Problem {
	p := Problem{
		Code: string(f.Code), Severity: f.Severity.String(), Field: f.Field.String(),
		Line: f.Line, Column: f.Column, Length: f.Length, Text: f.Text(),
	}
	if f.Expected != 0 {
		p.Expected = string(f.Expected)
	}
	return p
}
