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
	return asDigit(weigh(cells, 0)), true
}

func asDigit(sum uint) byte { return '0' + byte(sum%10) }

// weigh sums the weighted values of cells of which the first has a place, from
// zero, among the cells that a digit covers.
func weigh(cells string, place int) uint {
	var a, b, c uint // of the cells whose places are 0, 1 and 2 modulo 3
	i := 0
	for ; i < len(cells)-2; i += 3 {
		a += uint(values[cells[i]])
		b += uint(values[cells[i+1]])
		c += uint(values[cells[i+2]])
	}
	if i < len(cells) {
		a += uint(values[cells[i]])
	}
	if i+1 < len(cells) {
		b += uint(values[cells[i+1]])
	}
	switch place % 3 {
	case 1:
		return 3*a + b + 7*c
	case 2:
		return a + 7*b + 3*c
	}
	return 7*a + 3*b + c
}

// digitOf judges the check digit of a field: covered are the cells it covers,
// at is where it stands.
func (z *zone) digitOf(f Field, covered, at span) {
	if !z.legible(covered) || !z.legible(at) {
		z.note(f, at, Undetermined)
		return
	}
	z.compare(f, at, weigh(z.cells(covered), 0))
}

// compare judges a printed digit by a sum. A filler in place of a computed
// zero is a deviation: only the empty optional data of a TD3 may do so.
func (z *zone) compare(f Field, at span, sum uint) {
	want, got := asDigit(sum), z.cells(at)[0]
	switch {
	case got == want:
		z.note(f, at, Passed)
	case got == Filler && want == '0':
		z.find(fillerForZero, f, at)
		z.note(f, at, Passed)
	default:
		z.findExpecting(want, wrongDigit, f, at)
		z.note(f, at, Failed)
	}
}

// note files the outcome of a check digit.
func (z *zone) note(f Field, at span, o Outcome) {
	r := &z.result
	r.checks[r.checkCount] = Check{Field: f, Outcome: o, Line: int(at.line) + 1, Column: int(at.from) + 1}
	r.checkCount++
}

// optionalDigit judges the digit of the TD3 optional data. It may be a filler
// where there is no such data (Doc 9303-4 §4.2.2.2).
func (z *zone) optionalDigit() {
	l := z.layout
	if z.leadingFillers(l.optional) == l.optional.size() && z.cells(l.optionalDigit) == "<" {
		z.note(OptionalData, l.optionalDigit, Absent)
		return
	}
	z.digitOf(OptionalData, l.optional, l.optionalDigit)
}

// composite judges the digit over the lot, where the format has one.
func (z *zone) composite() {
	sum, place, legible := uint(0), 0, z.legible(z.layout.composite)
	for _, s := range z.layout.covered {
		cells := z.cells(s)
		sum += weigh(cells, place)
		place += len(cells)
		legible = legible && z.legible(s)
	}
	if !legible {
		z.note(Composite, z.layout.composite, Undetermined)
		return
	}
	z.compare(Composite, z.layout.composite, sum)
}
