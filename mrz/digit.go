package mrz

// CheckDigit computes the check digit of some cells: weights 7 3 1 from the
// left, < counts 0, A to Z count 10 to 35, the sum modulo 10 (Doc 9303-3
// §4.9). It is false when a cell is none of A-Z, 0-9 and <.
func CheckDigit(cells string) (byte, bool) {
	for i := range len(cells) {
		if kinds[cells[i]] == illegal {
			return 0, false
		}
	}
	return asDigit(addUp(cells).at(0)), true
}

// Value returns what a character counts in a check digit: 0 to 35, and 0 for a
// filler and for what is outside the set (Doc 9303-3 §4.9).
func Value(c byte) int { return int(values[c]) }

// Weight returns what the cell in a place, from zero, among those that a check
// digit covers is weighted by: 7, 3, 1 in turn (Doc 9303-3 §4.9).
func Weight(place int) int { return [...]int{7, 3, 1}[place%3] }

func asDigit(total uint) byte { return '0' + byte(total%10) }

// A sum adds up the values of some cells before they are weighted: those in
// the first, fourth ... place, those in the second, and those in the third.
type sum struct{ a, b, c uint }

func addUp(cells string) (s sum) {
	for len(cells) >= 3 {
		s.a += uint(values[cells[0]])
		s.b += uint(values[cells[1]])
		s.c += uint(values[cells[2]])
		cells = cells[3:]
	}
	if len(cells) > 0 {
		s.a += uint(values[cells[0]])
	}
	if len(cells) > 1 {
		s.b += uint(values[cells[1]])
	}
	return s
}

// at weighs the cells by 7 3 1, where the first of them has a place, from
// zero, among the cells that a digit covers.
func (s sum) at(place int) uint {
	switch place % 3 {
	case 1:
		return 3*s.a + s.b + 7*s.c
	case 2:
		return s.a + 7*s.b + 3*s.c
	}
	return 7*s.a + 3*s.b + s.c
}

// add adds cells of the zone up.
func (z *zone) add(s span) sum { return addUp(z.within(s)) }

// digitOf judges the check digit of a field that covers the field's own cells,
// and returns their sum.
func (z *zone) digitOf(f Field, covered, digit element) sum {
	cells, at := z.cells[covered], z.cells[digit]
	s := z.add(cells)
	if !z.legible(cells) || !z.legible(at) {
		z.note(f, at, Undetermined)
		return s
	}
	z.compare(f, at, 7*s.a+3*s.b+s.c)
	return s
}

// compare judges a printed digit by a total. A filler in place of a computed
// zero is a deviation: only the empty optional data of a TD3 may do so.
func (z *zone) compare(f Field, at span, total uint) {
	want, got := asDigit(total), z.within(at)[0]
	switch {
	case got == want:
		z.note(f, at, Passed)
	case got == Filler && want == '0':
		z.find(fillerForZero, f, at)
		z.noteUnder(f, at, Passed, FillerForZero)
	default:
		z.findExpecting(want, wrongDigit, f, at)
		z.note(f, at, Failed)
	}
}

// note files the outcome of a check digit.
func (z *zone) note(f Field, at span, o Outcome) { z.noteUnder(f, at, o, Standard) }

// noteUnder files an outcome and the rule that it came out by.
func (z *zone) noteUnder(f Field, at span, o Outcome, rule DigitRule) {
	r := &z.result
	n := r.checkCount
	r.checks[n] = Check{Field: f, Outcome: o, Rule: rule, Line: at.line + 1, Column: at.from + 1}
	if line := z.lines[at.line&3]; int(at.from) < len(line) {
		r.digits[n] = line[at.from]
	}
	r.checkCount++
}

// judgeOptional judges the digit of the TD3 optional data, which may be a
// filler where there is no such data (Doc 9303-4 §4.2.2.2), and the personal
// number of a Swiss licence, which has none.
func (z *zone) judgeOptional() {
	data, digit := z.cells[optionalCells], z.cells[optionalDigit]
	switch {
	case z.format == CHEDL:
		z.judgePersonal()
	case digit.missing():
	case z.leadingFillers(data) == data.size() && z.of(optionalDigit) == "<":
		z.note(OptionalData, digit, Absent)
	default:
		z.digitOf(OptionalData, optionalCells, optionalDigit)
	}
}

// judgePersonal judges the personal number and version of a Swiss licence:
// digits, and two fillers behind them.
func (z *zone) judgePersonal() {
	s := z.cells[optionalCells]
	if !z.legible(s) {
		return
	}
	behind := span{s.line, s.to, s.to + 2}
	digits := z.sorted[s.line&3].digits & s.within()
	if digits != s.within() || z.within(behind) != "<<" {
		z.find(badPersonal, OptionalData, s)
	}
}

// composite judges the digit over the lot.
func (z *zone) composite() {
	if z.cells[compositeDigit].missing() {
		return
	}
	total, legible := z.total()
	if !legible || !z.legible(z.cells[compositeDigit]) {
		z.note(Composite, z.cells[compositeDigit], Undetermined)
		return
	}
	z.compare(Composite, z.cells[compositeDigit], total)
}

// total weighs the cells that the composite digit covers. Fields with a digit
// of their own have been added up for that.
func (z *zone) total() (total uint, legible bool) {
	for line, under := range z.under {
		if z.unread[line]&under != 0 {
			return 0, false
		}
	}
	for i := range z.covered {
		c := &z.covered[i]
		if c.cells.size() == 1 {
			total += c.a * uint(values[z.lines[c.cells.line&3][c.cells.from]])
			continue
		}
		var s sum
		if c.kept < notKept {
			s = z.sums[c.kept]
		} else {
			s = z.add(c.cells)
		}
		total += s.a*c.a + s.b*c.b + s.c*c.c
	}
	place := 0
	for _, s := range z.spread {
		total += z.add(s).at(place)
		place += s.size()
	}
	return total, true
}
