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
	if f == None || f.National() {
		return nil, fmt.Errorf("mrz: compose: there is no layout of that number")
	}
	c := composer{layout: byFormat[f]}
	for _, width := range c.layout.widths {
		c.lines = append(c.lines, []byte(strings.Repeat("<", width)))
	}
	c.fill(v)
	if c.err != nil {
		return nil, fmt.Errorf("mrz: compose %s: %w", f, c.err)
	}
	lines := make([]string, len(c.lines))
	for i := range lines {
		lines[i] = string(c.lines[i])
	}
	return lines, nil
}

// composer writes fields into lines of fillers and keeps the first error.
type composer struct {
	layout *layout
	lines  [][]byte
	err    error
}

func (c *composer) fill(v Fields) {
	l := c.layout
	c.put(codeCells, v.Code)
	c.put(stateCells, v.IssuingState)
	c.put(nationalityCells, v.Nationality)
	c.put(nameCells, joinName(v.Primary, v.Secondary))
	c.put(birthCells, v.BirthDate)
	c.put(sexCells, v.Sex)
	c.put(expiryCells, v.ExpiryDate)
	c.put(optional2Cells, v.OptionalData2)
	c.number(v.Number, v.OptionalData)
	c.digit(birthDigit, l.cells[birthCells])
	c.digit(expiryDigit, l.cells[expiryCells])
	if !l.cells[optionalDigit].missing() && strings.Trim(v.OptionalData, "<") != "" {
		c.digit(optionalDigit, l.cells[optionalCells])
	}
	if !l.cells[compositeDigit].missing() {
		c.digit(compositeDigit, l.covers()...)
	}
}

// joinName joins the identifiers: single fillers within, two between.
func joinName(primary, secondary string) string {
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
	principal := l.cells[numberCells].size()
	check, ok := CheckDigit(number)
	if !ok || !l.longNumbers || len(number) <= principal {
		c.put(numberCells, number)
		c.put(optionalCells, optional)
		c.digit(numberDigit, l.cells[numberCells])
		return
	}
	optional = number[principal:] + string(check) + "<" + optional
	if room := l.cells[optionalCells].size(); len(optional) > room {
		c.fail(Number, "does not fit beside the optional data into %d cells", room)
		return
	}
	c.put(numberCells, number[:principal])
	c.put(optionalCells, optional)
}

func (c *composer) put(e element, cells string) {
	s := c.layout.cells[e]
	_, ok := CheckDigit(cells)
	switch {
	case !ok:
		c.fail(fields[e], "holds a character outside A-Z, 0-9 and <")
	case len(cells) > s.size():
		c.fail(fields[e], "does not fit into %d cells", s.size())
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
func (c *composer) digit(e element, covered ...span) {
	var cells []byte
	for _, s := range covered {
		cells = append(cells, c.lines[s.line][s.from:s.to]...)
	}
	check, _ := CheckDigit(string(cells))
	at := c.layout.cells[e]
	c.lines[at.line][at.from] = check
}
