// Package report shows a machine readable zone to the one who typed it in: the
// fields, the check digits and what is wrong, as one object of plain strings
// that encodes to the JSON of "portcullis mrz".
//
// A report carries personal data in the clear. That is its purpose, and why it
// is kept apart from package mrz, whose types print without any. It belongs on
// the terminal of whoever holds the document, never in a log, an error or a
// store.
package report

import (
	"fmt"

	"portcullis/mrz"
	"portcullis/mrz/chip"
)

// Report is a zone as JSON has it. Format is "" and Valid is false for lines
// that are no zone. Valid speaks of form and check digits, Readable of what a
// known deviation leaves sound; neither speaks of expiry. Verified and Repair
// are there only when a repair was asked for, and Document is then the repaired
// reading.
type Report struct {
	Format   string            `json:"format"`
	Valid    bool              `json:"valid"`
	Readable bool              `json:"readable"`
	Verified *bool             `json:"verified,omitempty"`
	Document Document          `json:"document"`
	Checks   []Check           `json:"checks"`
	Evidence map[string]string `json:"evidence"`
	Century  Century           `json:"century"`
	Repairs  []Edit            `json:"repairs"`
	Repair   *Repair           `json:"repair,omitempty"`
	Problems []Problem         `json:"problems"`
}

// Document is the fields of the zone, fillers taken off. Dates are YYYY-MM-DD
// with XX for what the document leaves unknown, and "" where impossible; raw
// ones are as printed, YYMMDD. MRZInformation is what opens the chip, from the
// cells as printed.
type Document struct {
	Code           string `json:"code"`
	IssuingState   string `json:"issuing_state"`
	Number         string `json:"number"`
	Primary        string `json:"primary"`
	Secondary      string `json:"secondary"`
	NameTruncated  bool   `json:"name_truncated"`
	Nationality    string `json:"nationality"`
	BirthDate      string `json:"birth_date"`
	BirthDateRaw   string `json:"birth_date_raw"`
	Sex            string `json:"sex"`
	ExpiryDate     string `json:"expiry_date"`
	ExpiryDateRaw  string `json:"expiry_date_raw"`
	OptionalData   string `json:"optional_data"`
	OptionalData2  string `json:"optional_data_2"`
	MRZInformation string `json:"mrz_information"`
}

// Check is a check digit: the field it stands for, passed, failed,
// undetermined or absent, and the rule by which it came out so, where that is
// not the rule of Doc 9303.
type Check struct {
	Field  string `json:"field"`
	Result string `json:"result"`
	Rule   string `json:"rule,omitempty"`
}

// Century is how two-digit years were read, as [mrz.Century] has it.
type Century struct {
	Today string `json:"today"`
	Ahead int    `json:"expiry_years_ahead"`
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

// Of reports what [mrz.Parse] returned. The century decides the years and
// whether the document has expired.
func Of(r mrz.Result, err error, c mrz.Century) Report {
	rep := Report{Checks: []Check{}, Evidence: map[string]string{}, Century: centuryOf(c), Repairs: []Edit{}, Problems: []Problem{}}
	if err != nil {
		rep.Problems = append(rep.Problems, Problem{
			Code: NotAnMRZ, Severity: mrz.Error.String(),
			Text: "this is no machine readable zone: one has three lines of 30, two of 36 or two of 44 characters, or those of a few national documents",
		})
		return rep
	}
	rep.Format = r.Document.Format.String()
	rep.Valid, rep.Readable = r.ValidOn(c), r.Readable()
	rep.Document = document(&r, c)
	for _, check := range r.Checks() {
		rep.Checks = append(rep.Checks, Check{check.Field.String(), check.Outcome.String(), check.Rule.String()})
	}
	for f := mrz.DocumentCode; f < mrz.Name; f++ {
		rep.Evidence[f.String()] = r.Evidence(f).String()
	}
	for _, f := range r.FindingsOn(c) {
		rep.Problems = append(rep.Problems, problem(f))
	}
	last, ok := c.Expiry(r.Document.ExpiryDate)
	if ok && r.Sound(mrz.ExpiryDate) && last.Compare(c.Today) < 0 {
		rep.Problems = append(rep.Problems, Problem{
			Code: Expired, Severity: mrz.Notice.String(), Field: mrz.ExpiryDate.String(),
			Text: fmt.Sprintf("the document expired on %s", last),
		})
	}
	return rep
}

func centuryOf(c mrz.Century) Century { return Century{c.Today.String(), c.YearsAhead()} }

func document(r *mrz.Result, c mrz.Century) Document {
	d := &r.Document
	info, _ := chip.Of(r) // none where the zone has not all of it
	return Document{
		Code: d.Code.Value(), IssuingState: d.IssuingState.Value(), Number: d.Number.Value(),
		Primary: d.Primary.Value(), Secondary: d.Secondary.Value(), NameTruncated: d.NameTruncated,
		Nationality: d.Nationality.Value(), BirthDate: c.Birth(d.BirthDate), BirthDateRaw: d.BirthDate.Cells(),
		Sex: d.Sex.Value(), ExpiryDate: c.ExpiryText(d.ExpiryDate), ExpiryDateRaw: d.ExpiryDate.Cells(),
		OptionalData: d.OptionalData.Value(), OptionalData2: d.OptionalData2.Value(), MRZInformation: info.Value(),
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
