package viz

import (
	"strings"
	"unicode"

	"portcullis/mrz"
)

// textCells returns what a document number or optional data become in the
// zone: a space or any other character that is no letter and no digit becomes
// a filler (Doc 9303-4). Letters and digits of other alphabets are refused.
func textCells(text string) (string, error) {
	var cells strings.Builder
	for _, r := range strings.TrimSpace(text) {
		r = unicode.ToUpper(r)
		switch {
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
			cells.WriteRune(r)
		case r == unicode.ReplacementChar, unicode.IsControl(r):
			return "", fault("holds a character that is no text")
		case unicode.IsLetter(r), unicode.IsMark(r), unicode.IsNumber(r):
			return "", fault("holds a letter or digit outside A-Z and 0-9")
		case !unicode.Is(unicode.Cf, r):
			cells.WriteByte(mrz.Filler)
		}
	}
	return strings.TrimRight(cells.String(), "<"), nil
}

// stateCode returns a code as the zone has it: Germany is D.
func stateCode(text string) string {
	code := strings.TrimRight(strings.ToUpper(strings.TrimSpace(text)), "<")
	if code == "DEU" {
		return "D"
	}
	return code
}

// sexCell returns the cell for a sex: X, which is for the visual zone alone,
// becomes the filler.
func sexCell(text string) (string, bool) {
	switch s := strings.ToUpper(strings.TrimSpace(text)); s {
	case "F", "M":
		return s, true
	case "X", "", "<":
		return "<", true
	}
	return "", false
}
