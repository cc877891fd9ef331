package mrz

// judgeCode judges the document code by its layout.
func (z *zone) judgeCode() {
	s := z.cells[codeCells]
	if !z.legible(s) {
		return
	}
	code := z.within(s)
	if !listedCode(z.format, code[0], code[1]) {
		z.find(unlistedCode, DocumentCode, s)
	}
}

// listedCode reports whether Doc 9303 has the code for the layout: Part 4 §4.4,
// Part 5 with its Appendix C, Part 6, Part 7, and for the PU of an emergency
// travel document on a single sheet Part 8 §4.1.5 and Appendix B. A national
// document has the code that its layout is known by.
func listedCode(f Format, first, second byte) bool {
	pair := [2]byte{first, second}
	switch f {
	case TD3:
		return first == 'P' && isPassportType[second]
	case MRVA, MRVB:
		return first == 'V'
	case IDFRA:
		return pair == [2]byte{'I', 'D'}
	case EUDL:
		return pair == [2]byte{'D', '1'}
	case CHEDL:
		return pair == [2]byte{'F', 'A'}
	}
	switch {
	case f == TD2 && pair == [2]byte{'P', 'U'}:
		return true
	case second == 'V', f == TD1 && pair == [2]byte{'A', 'I'}, f == TD2 && pair == [2]byte{'A', 'C'}:
		return false
	}
	return first == 'A' || first == 'C' || first == 'I'
}

// judgeState judges a code for a State or organisation. A national layout has
// its own States.
func (z *zone) judgeState(f Field, e element) {
	if s := z.cells[e]; !s.missing() && z.legible(s) && !z.listedState(z.within(s)) {
		z.find(unlistedState, f, s)
	}
}

func (z *zone) listedState(code string) bool {
	switch z.format {
	case EUDL:
		return code == "FRA" || code == "NLD"
	case CHEDL:
		return code == "CHE"
	case IDFRA:
		return code == "FRA"
	}
	return listed(code)
}

// judgeSex judges the sex: F, M or a filler for unspecified (Doc 9303-4 note
// p, Parts 5 to 7 note f).
func (z *zone) judgeSex() {
	s := z.cells[sexCells]
	if s.missing() || !z.legible(s) {
		return
	}
	switch z.within(s)[0] {
	case 'F', 'M', Filler:
	case 'X':
		z.find(sexX, Sex, s)
	default:
		z.find(badSex, Sex, s)
	}
}
