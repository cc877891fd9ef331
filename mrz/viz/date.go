package viz

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// unknown is a part of a date that the document does not tell.
const unknown = -1

// date is a date of the visual zone. A year below 100 is one of two digits; it
// has a leap day where the year after 2000 has.
type date struct{ year, month, day int }

func (d date) known() bool { return d.year != unknown && d.month != unknown && d.day != unknown }

// exists reports whether the date is on the calendar as far as it is known.
func (d date) exists() bool {
	const leap = 2000
	if d.year == unknown {
		d.year = leap
	}
	if d.month == unknown {
		d.month = 1
	}
	if d.day == unknown {
		d.day = 1
	}
	t := time.Date(d.year, time.Month(d.month), d.day, 0, 0, 0, 0, time.UTC)
	return t.Month() == time.Month(d.month) && t.Day() == d.day
}

// cells returns the date as the zone has it: two digits each for year, month
// and day, and fillers for what is unknown.
func (d date) cells() string {
	var cells strings.Builder
	for _, part := range [...]int{d.year, d.month, d.day} {
		if part == unknown {
			cells.WriteString("<<")
		} else {
			fmt.Fprintf(&cells, "%02d", part%100)
		}
	}
	return cells.String()
}

// readISO reads a date written as 1974-08-12, with X for the digits of a part
// that is unknown.
func readISO(text string) (date, bool) {
	if len(text) != len("YYYY-MM-DD") || text[4] != '-' || text[7] != '-' {
		return date{}, false
	}
	return printed.assemble(text[:4], text[5:7], text[8:], printed.number)
}

// part reads a part of a date.
type part func(string) (int, bool)

// reading is how the parts of a date are read.
type reading struct{ number, name part }

var (
	printed = reading{numberOf(asIs), monthOf(exact)}
	misread = reading{numberOf(forced), monthOf(alike)}
)

// read reads a date as documents print it: the year first in four digits; or
// the day first, then the month as a number and the year in four digits; or the
// day first, then the month by its English or French name, perhaps with that in
// another language, and the year in two digits or four. Which of two numbers is
// the day is never guessed.
func (r reading) read(text string) (date, bool) {
	t := strings.FieldsFunc(strings.ToUpper(text), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".,/-", r)
	})
	switch {
	case len(t) == 3 && len(t[0]) == 4 && len(t[2]) <= 2:
		return r.assemble(t[0], t[1], t[2], r.number)
	case len(t) == 3 && len(t[2]) == 4 && len(t[1]) <= 2:
		return r.assemble(t[2], t[1], t[0], r.number)
	case len(t) == 3:
		return r.assemble(t[2], t[1], t[0], r.name)
	case len(t) == 4:
		return r.assemble(t[3], t[1], t[0], func(first string) (int, bool) { return r.either(first, t[2]) })
	}
	return date{}, false
}

// either is the month of two names, of which one may be in a language that is
// not known.
func (r reading) either(a, b string) (int, bool) {
	first, known := r.name(a)
	second, both := r.name(b)
	if !known {
		return second, both
	}
	return first, !both || first == second
}

// assemble makes a date of its parts. A year has four digits or two.
func (r reading) assemble(year, month, day string, monthOf part) (date, bool) {
	y, yearRead := r.number(year)
	m, monthRead := monthOf(month)
	d, dayRead := r.number(day)
	ok := yearRead && monthRead && dayRead && (len(year) == 4 || len(year) == 2) && len(day) <= 2
	return date{y, m, d}, ok
}

// isUnknown reports whether a part of a date is written as unknown.
func isUnknown(s string) bool { return s != "" && strings.Trim(s, "X") == "" }

// numberOf reads a number of which the characters are taken in some way.
func numberOf(taken func(string) string) part {
	return func(s string) (int, bool) {
		if isUnknown(s) {
			return unknown, true
		}
		digits := taken(s)
		if strings.Trim(digits, "0123456789") != "" {
			return 0, false
		}
		n, err := strconv.Atoi(digits)
		return n, err == nil
	}
}

func asIs(s string) string { return s }

// forced returns digits for the letters that may have been misread from them.
func forced(s string) string { return digits.Replace(s) }

var digits = strings.NewReplacer("O", "0", "Q", "0", "D", "0", "I", "1", "L", "1", "S", "5", "B", "8", "Z", "2", "G", "6")

// months are the names of the months and their abbreviations, in English and
// French, without accents. No clause lists them: they are a default. None looks
// like one of another month.
var months = [...]string{
	"JAN JANUARY JANV JANVIER",
	"FEB FEBRUARY FEV FEVR FEVRIER",
	"MAR MARCH MARS",
	"APR APRIL AVR AVRIL",
	"MAY MAI",
	"JUN JUNE JUIN",
	"JUL JULY JUIL JUILLET",
	"AUG AUGUST AOU AOUT",
	"SEP SEPT SEPTEMBER SEPTEMBRE",
	"OCT OCTOBER OCTOBRE",
	"NOV NOVEMBER NOVEMBRE",
	"DEC DECEMBER DECEMBRE",
}

// monthOf reads the name of a month.
func monthOf(eq same) part {
	return func(s string) (int, bool) {
		if isUnknown(s) {
			return unknown, true
		}
		month := slices.IndexFunc(months[:], func(names string) bool { return nameOf(names, s, eq) })
		return month + 1, month >= 0
	}
}

// nameOf reports whether a text is one of some names.
func nameOf(names, s string, eq same) bool {
	words, err := spell(s, AnyLanguage, true)
	if err != nil || len(words) != 1 {
		return false
	}
	for name := range strings.FieldsSeq(names) {
		if full, _ := words[0].match(name, eq); full {
			return true
		}
	}
	return false
}
