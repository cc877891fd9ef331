package viz

import (
	"fmt"
	"strings"

	"portcullis/mrz"
)

// Compose returns the lines of the zone for some fields of the visual zone. It
// is strict: a zone that it returns is valid by [mrz.Parse] and says what the
// fields say, a name that had to be cut aside. What would give another is
// refused with an [Error] in the chain that names the field.
func Compose(f mrz.Format, v Fields, o Options) ([]string, error) {
	d := draft{format: f, room: roomOf(f)}
	if d.room.name == 0 {
		return nil, fmt.Errorf("viz: compose: there is no layout of that number")
	}
	d.write(v, o)
	lines := d.lines()
	if d.err != nil {
		return nil, fmt.Errorf("viz: compose %s: %w", f, d.err)
	}
	return lines, nil
}

// draft is a zone in the making; it keeps the first error.
type draft struct {
	format mrz.Format
	room   room
	out    mrz.Fields
	err    error
}

func (d *draft) write(v Fields, o Options) {
	d.out.Code = d.text(mrz.DocumentCode, v.Code, 2)
	d.out.IssuingState = d.state(mrz.IssuingState, v.IssuingState)
	d.name(v, o)
	d.out.OptionalData = d.text(mrz.OptionalData, v.OptionalData, d.room.optional)
	d.out.OptionalData2 = d.text(mrz.OptionalData2, v.OptionalData2, d.room.optional2)
	d.number(v.Number)
	d.out.Nationality = d.state(mrz.Nationality, v.Nationality)
	d.out.BirthDate = d.date(mrz.BirthDate, v.BirthDate)
	d.out.ExpiryDate = d.date(mrz.ExpiryDate, v.ExpiryDate)
	d.sex(v.Sex)
}

// lines composes the zone and reads it back. What the sorting of the fields
// let through, Parse finds.
func (d *draft) lines() []string {
	if d.err != nil {
		return nil
	}
	lines, err := mrz.Compose(d.format, d.out)
	if err != nil {
		d.err = err
		return nil
	}
	r, err := mrz.Parse(lines)
	if err != nil {
		d.err = err
		return nil
	}
	d.judge(&r)
	return lines
}

// judge refuses a zone that is not valid or is of another layout.
func (d *draft) judge(r *mrz.Result) {
	if r.Document.Format != d.format {
		d.refuse(mrz.DocumentCode, "belongs to another layout")
	}
	for _, f := range r.Findings() {
		if f.Severity != mrz.Notice {
			d.refuse(f.Field, f.Text())
		}
	}
}

func (d *draft) refuse(f mrz.Field, rule string) {
	if d.err == nil {
		d.err = &Error{f, rule}
	}
}

// text writes a field of letters and digits.
func (d *draft) text(f mrz.Field, text string, room int) string {
	cells, err := textCells(text)
	switch {
	case err != nil:
		d.refuse(f, err.Error())
	case len(cells) > room:
		d.refuse(f, fmt.Sprintf("does not fit into %d cells", room))
	}
	return cells
}

func (d *draft) state(f mrz.Field, text string) string {
	code := stateCode(text)
	if !mrz.KnownState(code) {
		d.refuse(f, "is no code that Doc 9303-3 §5 lists")
	}
	return code
}

func (d *draft) name(v Fields, o Options) {
	cells, err := encodeName(d.room.name, v.Primary, v.Secondary, o)
	if err != nil && d.err == nil {
		d.err = err
	}
	d.out.Primary, d.out.Secondary, _ = strings.Cut(cells, "<<")
}

// number writes the document number, which in some layouts may be a long one
// (Doc 9303-5 §4.2.4): the rest of it, its digit and a filler stand before the
// optional data.
func (d *draft) number(text string) {
	room := principal
	if d.room.longNumbers {
		room = max(principal, principal+d.room.optional-2-len(d.out.OptionalData))
	}
	d.out.Number = d.text(mrz.Number, text, room)
	switch cells := d.out.Number; {
	case cells == "":
		d.refuse(mrz.Number, "is empty")
	case len(cells) > principal && strings.Contains(cells[principal:], "<"):
		d.refuse(mrz.Number, "is a long one, and holds after its ninth a character that the zone has no sign for")
	}
}

// date writes a date. That of expiry must be known (Doc 9303-3 §4.8 has unknown
// parts for the date of birth alone).
func (d *draft) date(f mrz.Field, text string) string {
	day, ok := readISO(text)
	switch {
	case !ok:
		d.refuse(f, "is no date written as YYYY-MM-DD")
	case !day.exists():
		d.refuse(f, "is on no calendar")
	case f == mrz.ExpiryDate && !day.known():
		d.refuse(f, "is unknown in whole or in part")
	}
	return day.cells()
}

func (d *draft) sex(text string) {
	cells, ok := sexCell(text)
	if !ok {
		d.refuse(mrz.Sex, "is none of F, M and X")
	}
	d.out.Sex = cells
}
