package mrz

import "fmt"

// unknown is a part of a date that the document does not tell.
const unknown = -1

// parts are year, month and day as far as they are known.
type parts struct{ year, month, day int }

// dateState is what six cells are as a date, the worst first.
type dateState uint8

const (
	noDigits   dateState = iota // letters among the cells
	impossible                  // on no calendar
	halfKnown                   // a part of one digit and one filler
	partly                      // a part of two fillers
	complete
)

func (s dateState) possible() bool { return s >= halfKnown }

// readDate takes six cells YYMMDD apart. The year has two digits, and 29
// February is possible in any year that is a leap year in some century.
func readDate(cells string) (parts, dateState) {
	if len(cells) != 6 {
		return parts{}, noDigits
	}
	year, ys := readPart(cells[0:2], '9')
	month, ms := readPart(cells[2:4], '1')
	day, ds := readPart(cells[4:6], '3')
	p := parts{year, month, day}
	state := min(ys, ms, ds)
	if state.possible() && !p.exists() {
		state = impossible
	}
	return p, state
}

// ofDigits takes six digits apart.
func ofDigits(cells string) parts {
	_ = cells[5]
	two := func(tens, units byte) int { return int(tens-'0')*10 + int(units-'0') }
	return parts{two(cells[0], cells[1]), two(cells[2], cells[3]), two(cells[4], cells[5])}
}

// readPart reads two cells. A half known part counts as unknown, but its tens
// may not be above the highest there are.
func readPart(cells string, tens byte) (int, dateState) {
	a, b := cells[0], cells[1]
	switch {
	case kinds[a] == digit && kinds[b] == digit:
		return int(a-'0')*10 + int(b-'0'), complete
	case a == Filler && b == Filler:
		return unknown, partly
	case kinds[a] == digit && b == Filler && a > tens:
		return unknown, impossible
	case kinds[a] == digit && b == Filler, a == Filler && kinds[b] == digit:
		return unknown, halfKnown
	}
	return unknown, noDigits
}

// exists reports whether the date is on the calendar as far as it is known. A
// year of two digits is taken as one after 2000: a leap year in one century at
// least where it divides by four.
func (p parts) exists() bool {
	if p.month == 0 || p.month > 12 || p.day == 0 {
		return false
	}
	return p.day <= p.daysInMonth()
}

func (p parts) daysInMonth() int {
	switch p.month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if p.year == unknown || p.year%4 == 0 && (p.year%100 != 0 || p.year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// first returns the earliest day that the date can be.
func (p parts) first() Day { return Day{p.year, max(p.month, 1), max(p.day, 1)} }

// iso writes the date with XX for what is unknown.
func (p parts) iso() string {
	year, month, day := "XXXX", "XX", "XX"
	if p.year != unknown {
		year = fmt.Sprintf("%04d", p.year)
	}
	if p.month != unknown {
		month = fmt.Sprintf("%02d", p.month)
	}
	if p.day != unknown {
		day = fmt.Sprintf("%02d", p.day)
	}
	return year + "-" + month + "-" + day
}
