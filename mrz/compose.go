package mrz

import (
	"fmt"
	"log/slog"
	"strings"
)

// Fields is what a zone is composed of: characters A-Z, 0-9 and <, in names
// spaces too. Dates are YYMMDD. An empty field becomes fillers.
type Fields struct {
	Code, IssuingState, Number    string
	Primary, Secondary            string
	Nationality, BirthDate        string
	Sex, ExpiryDate, OptionalData string
	OptionalData2                 string
}

// String says that they are fields and no more.
func (Fields) String() string { return "[fields]" }

// Format prints String whatever the verb.
func (v Fields) Format(s fmt.State, _ rune) { fmt.Fprint(s, v.String()) }

// LogValue logs String.
func (v Fields) LogValue() slog.Value { return slog.StringValue(v.String()) }

// Compose returns the lines of a zone with its check digits. It refuses
// characters outside the set and fields that do not fit, a name included: it
// does not cut. It does not judge: what Parse finds odd in a field can be
// composed.
func Compose(f Format, v Fields) ([]string, error) {
	if f == None || int(f) >= len(layouts) {
		return nil, fmt.Errorf("mrz: compose: there is no layout of that number")
	}
	c := composer{layout: &layouts[f]}
	for i := range c.layout.lines {
		c.lines[i] = []byte(strings.Repeat("<", c.layout.width))
	}
	c.fill(f, v)
	if c.err != nil {
		return nil, fmt.Errorf("mrz: compose %s: %w", f, c.err)
	}
	lines := make([]string, c.layout.lines)
	for i := range lines {
		lines[i] = string(c.lines[i])
	}
	return lines, nil
}

// composer writes fields into lines of fillers and keeps the first error.
type composer struct {
	layout *layout
	lines  [3][]byte
	err    error
}

func (c *composer) fill(f Format, v Fields) {
	l := c.layout
	c.put(DocumentCode, l.code, v.Code)
	c.put(IssuingState, l.state, v.IssuingState)
	c.put(Nationality, l.nationality, v.Nationality)
	c.put(Name, l.name, nameCells(v.Primary, v.Secondary))
	c.put(BirthDate, l.birth, v.BirthDate)
	c.put(Sex, l.sex, v.Sex)
	c.put(ExpiryDate, l.expiry, v.ExpiryDate)
	c.put(OptionalData2, l.optional2, v.OptionalData2)
	c.number(v.Number, v.OptionalData)
	c.digit(l.birthDigit, l.birth)
	c.digit(l.expiryDigit, l.expiry)
	if f == TD3 && strings.Trim(v.OptionalData, "<") != "" {
		c.digit(l.optionalDigit, l.optional)
	}
	if l.composite.to != 0 {
		c.digit(l.composite, l.covered...)
	}
}

// nameCells joins the identifiers: single fillers within, two between.
func nameCells(primary, secondary string) string {
	name := strings.ReplaceAll(primary, " ", "<")
	if secondary != "" {
		name += "<<" + strings.ReplaceAll(secondary, " ", "<")
	}
	return name
}

// number writes the document number, its digit and the optional data, into
// which a long number runs over (Doc 9303-5 §4.2.4).
func (c *composer) number(number, optional string) {
	l := c.layout
	principal := l.number.size()
	check, ok := CheckDigit(number)
	if !ok || !l.longNumbers || len(number) <= principal {
		c.put(Number, l.number, number)
		c.put(OptionalData, l.optional, optional)
		c.digit(l.numberDigit, l.number)
		return
	}
	optional = number[principal:] + string(check) + "<" + optional
	if len(optional) > l.optional.size() {
		c.fail(Number, "does not fit beside the optional data into %d cells", l.optional.size())
		return
	}
	c.put(Number, l.number, number[:principal])
	c.put(OptionalData, l.optional, optional)
}

func (c *composer) put(f Field, s span, cells string) {
	_, ok := CheckDigit(cells)
	switch {
	case !ok:
		c.fail(f, "holds a character outside A-Z, 0-9 and <")
	case len(cells) > s.size():
		c.fail(f, "does not fit into %d cells", s.size())
	default:
		copy(c.lines[s.line][s.from:], cells)
	}
}

// fail keeps the first thing that is wrong; it never tells a value.
func (c *composer) fail(f Field, format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf(f.words()+": "+format, args...)
	}
}

// digit writes the check digit over some cells, all of them written before.
func (c *composer) digit(at span, covered ...span) {
	var cells []byte
	for _, s := range covered {
		cells = append(cells, c.lines[s.line][s.from:s.to]...)
	}
	check, _ := CheckDigit(string(cells))
	c.lines[at.line][at.from] = check
}
