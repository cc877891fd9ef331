package mrz_test

import (
	"strings"

	"portcullis/mrz"
)

// This file reads the check digits of a zone a second time, slowly and from
// its own copy of the tables, for the tests to compare with.

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// slowDigit is the check digit of some cells, or 0 where one is illegible.
func slowDigit(cells string) byte {
	sum := 0
	for i, c := range []byte(cells) {
		value := strings.IndexByte(alphabet, c)
		if c == '<' {
			value = 0
		}
		if value < 0 {
			return 0
		}
		sum += value * []int{7, 3, 1}[i%3]
	}
	return alphabet[sum%10]
}

// place is line, first and last column, counted from one.
type place [3]int

// slowPlaces has, for each layout, the digits in order and what they cover.
var slowPlaces = map[mrz.Format][]struct {
	field  mrz.Field
	digit  place
	covers []place
}{
	mrz.TD1: {
		{mrz.Number, place{1, 15, 15}, []place{{1, 6, 14}}},
		{mrz.BirthDate, place{2, 7, 7}, []place{{2, 1, 6}}},
		{mrz.ExpiryDate, place{2, 15, 15}, []place{{2, 9, 14}}},
		{mrz.Composite, place{2, 30, 30}, []place{{1, 6, 30}, {2, 1, 7}, {2, 9, 15}, {2, 19, 29}}},
	},
	mrz.TD2: {
		{mrz.Number, place{2, 10, 10}, []place{{2, 1, 9}}},
		{mrz.BirthDate, place{2, 20, 20}, []place{{2, 14, 19}}},
		{mrz.ExpiryDate, place{2, 28, 28}, []place{{2, 22, 27}}},
		{mrz.Composite, place{2, 36, 36}, []place{{2, 1, 10}, {2, 14, 20}, {2, 22, 35}}},
	},
	mrz.TD3: {
		{mrz.Number, place{2, 10, 10}, []place{{2, 1, 9}}},
		{mrz.BirthDate, place{2, 20, 20}, []place{{2, 14, 19}}},
		{mrz.ExpiryDate, place{2, 28, 28}, []place{{2, 22, 27}}},
		{mrz.OptionalData, place{2, 43, 43}, []place{{2, 29, 42}}},
		{mrz.Composite, place{2, 44, 44}, []place{{2, 1, 10}, {2, 14, 20}, {2, 22, 43}}},
	},
	mrz.MRVA: slowVisa,
	mrz.MRVB: slowVisa,
	mrz.SVK:  slowVisa,
	mrz.IDFRA: {
		{mrz.Number, place{2, 13, 13}, []place{{2, 1, 12}}},
		{mrz.BirthDate, place{2, 34, 34}, []place{{2, 28, 33}}},
		{mrz.Composite, place{2, 36, 36}, []place{{1, 1, 36}, {2, 1, 35}}},
	},
	mrz.EUDL: {
		{mrz.Number, place{1, 15, 15}, []place{{1, 1, 14}}},
		{mrz.Composite, place{1, 30, 30}, []place{{1, 1, 29}}},
	},
}

var slowVisa = []struct {
	field  mrz.Field
	digit  place
	covers []place
}{
	{mrz.Number, place{2, 10, 10}, []place{{2, 1, 9}}},
	{mrz.BirthDate, place{2, 20, 20}, []place{{2, 14, 19}}},
	{mrz.ExpiryDate, place{2, 28, 28}, []place{{2, 22, 27}}},
}

// slowCells joins the cells of some places; a cell that is not there is a
// blank, which is illegible.
func slowCells(lines []string, places ...place) string {
	var cells []byte
	for _, p := range places {
		line := lines[p[0]-1] + strings.Repeat(" ", 44)
		cells = append(cells, line[p[1]-1:p[2]]...)
	}
	return string(cells)
}

// slowOutcomes judges the digits of a zone whose number is no long one.
func slowOutcomes(format mrz.Format, lines []string) map[mrz.Field]mrz.Outcome {
	outcomes := map[mrz.Field]mrz.Outcome{}
	for _, d := range slowPlaces[format] {
		if format == mrz.EUDL && d.field == mrz.Number && slowCells(lines, place{1, 3, 5}) != "FRA" {
			continue
		}
		covered, got := slowCells(lines, d.covers...), slowCells(lines, d.digit)
		outcomes[d.field] = slowOutcome(d.field, covered, got)
	}
	return outcomes
}

func slowOutcome(field mrz.Field, covered, got string) mrz.Outcome {
	want := slowDigit(covered)
	switch {
	case want == 0 || slowDigit(got) == 0:
		return mrz.Undetermined
	case field == mrz.OptionalData && strings.Trim(covered, "<") == "" && got == "<":
		return mrz.Absent
	case got == string(want) || got == "<" && want == '0':
		return mrz.Passed
	}
	return mrz.Failed
}

// slowNumber reads a long number by the eighth edition's rule.
func slowNumber(format mrz.Format, lines []string) (number string, passed bool) {
	principal, optional := place{1, 6, 14}, place{1, 16, 30}
	if format == mrz.TD2 {
		principal, optional = place{2, 1, 9}, place{2, 29, 35}
	}
	rest, _, _ := strings.Cut(slowCells(lines, optional), "<")
	if rest == "" {
		return "", false
	}
	last := len(rest) - 1
	number = slowCells(lines, principal) + rest[:last]
	return number, slowDigit(number) == rest[last]
}

// isLong says whether a zone announces a long number.
func isLong(format mrz.Format, lines []string) bool {
	return format == mrz.TD1 && slowCells(lines, place{1, 15, 15}) == "<" ||
		format == mrz.TD2 && slowCells(lines, place{2, 10, 10}) == "<"
}
