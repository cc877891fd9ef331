package mrz

import "strings"

// passportTypes are the second letters of the document code of a passport
// (Doc 9303-4 §4.4): ordinary, emergency, diplomatic, official, refugee,
// alien, stateless, laissez-passer, military; and none, as on documents made
// before 2028.
const passportTypes = "PEDORTSLM<"

// judgeCode judges the document code by its layout.
func (z *zone) judgeCode() {
	s := z.layout.code
	if !z.legible(s) {
		return
	}
	code := z.cells(s)
	if !listedCode(z.result.format, code[0], code[1]) {
		z.find(unlistedCode, DocumentCode, s)
	}
}

// listedCode reports whether Doc 9303 has the code for the layout: Part 4 §4.4,
// Part 5 with its Appendix C, Part 6, Part 7, and for the PU of an emergency
// travel document on a single sheet Part 8 §4.1.5 and Appendix B.
func listedCode(f Format, first, second byte) bool {
	switch f {
	case TD3:
		return first == 'P' && strings.IndexByte(passportTypes, second) >= 0
	case MRVA, MRVB:
		return first == 'V'
	}
	pair := [2]byte{first, second}
	switch {
	case f == TD2 && pair == [2]byte{'P', 'U'}:
		return true
	case second == 'V', f == TD1 && pair == [2]byte{'A', 'I'}, f == TD2 && pair == [2]byte{'A', 'C'}:
		return false
	}
	return first == 'A' || first == 'C' || first == 'I'
}

// judgeState judges a code for a State or organisation.
func (z *zone) judgeState(f Field, s span) {
	if z.legible(s) && !listed(z.cells(s)) {
		z.find(unlistedState, f, s)
	}
}

// judgeSex judges the sex: F, M or a filler for unspecified (Doc 9303-4 note
// p, Parts 5 to 7 note f).
func (z *zone) judgeSex() {
	s := z.layout.sex
	if !z.legible(s) {
		return
	}
	switch z.cells(s)[0] {
	case 'F', 'M', Filler:
	case 'X':
		z.find(sexX, Sex, s)
	default:
		z.find(badSex, Sex, s)
	}
}
