package mrz

import (
	"slices"
	"strings"
)

// specimen is the issuer of specimen documents, Utopia (Doc 9303-3 §5).
const specimen = "UTO"

// germany is the code that Doc 9303 has for Germany, and notGermany the code of
// ISO 3166-1 that it does not use.
const germany, notGermany = "D", "DEU"

// KnownState reports whether Doc 9303-3 §5 lists a code, with or without the
// fillers after it: a State, an organisation, a kind of nationality or the
// issuer of specimens. DEU is not among them: Germany is D.
func KnownState(code string) bool {
	code = strings.TrimRight(code, "<")
	_, found := lookUp(code)
	return found && code != notGermany
}

// IsSpecimen reports whether a code is that of specimen documents.
func IsSpecimen(code string) bool { return strings.TrimRight(code, "<") == specimen }

// StateName returns the English short name for a code, or the code itself
// where the package has none.
func StateName(code string) string {
	code = strings.TrimRight(code, "<")
	if s, found := lookUp(code); found && s.name != "" {
		return s.name
	}
	return code
}

func lookUp(code string) (state, bool) {
	i, found := slices.BinarySearchFunc(states[:], code, func(s state, code string) int {
		return strings.Compare(s.code, code)
	})
	if !found {
		return state{}, false
	}
	return states[i], true
}

// codeSet has a bit for each listed code of three letters: the first two
// choose the word and the third the bit.
var codeSet = buildCodeSet()

func buildCodeSet() (set [26 * 26]uint32) {
	for _, s := range states {
		if len(s.code) == 3 && s.code != notGermany {
			set[int(s.code[0]-'A')*26+int(s.code[1]-'A')] |= 1 << (s.code[2] - 'A')
		}
	}
	return set
}

// listed is KnownState for three cells of a zone.
func listed(cells string) bool {
	a, b, c := cells[0]-'A', cells[1]-'A', cells[2]-'A'
	if a >= 26 || b >= 26 || c >= 26 {
		return cells == germany+"<<"
	}
	return codeSet[int(a)*26+int(b)]&(1<<c) != 0
}
