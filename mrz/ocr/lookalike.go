package ocr

import (
	"strings"

	"portcullis/mrz"
)

// families are the characters of OCR-B that readers take for each other. A
// character that looks like two others stands with each.
var families = [...]string{"0O", "0D", "0Q", "OD", "OQ", "DQ", "1I", "1L", "IL", "2Z", "5S", "6G", "8B", "UV"}

// takenForFiller are what readers make of a filler, as measured; the way back
// is rare.
const takenForFiller = "CEK"

// LookAlikes returns the characters that may be printed where a reader saw one,
// the likeliest first. A filler is not among them: it depends on the place.
func LookAlikes(read byte) string { return lookAlikes[read] }

var lookAlikes = func() (table [256]string) {
	for _, f := range families {
		table[f[0]] += f[1:]
		table[f[1]] += f[:1]
	}
	return table
}()

// forced are the characters that a misread one stands for where it cannot be
// itself, the likeliest first: digits for letters, and letters for digits.
var forcedDigits = map[byte]string{
	'O': "0", 'Q': "0", 'D': "0", 'U': "0", 'C': "0", 'I': "1", 'L': "1", 'J': "1", 'T': "7", 'Z': "2", 'A': "4", 'S': "5", 'G': "6", 'B': "8",
}

var forcedLetters = map[byte]string{
	'0': "ODQ", '1': "IL", '2': "Z", '4': "A", '5': "S", '6': "G", '7': "T", '8': "B",
}

// sexes is what a letter stands for where only F, M and < can be.
var sexes = map[byte]string{'P': "F", 'K': "<", 'C': "<", 'N': "M", 'H': "M"}

// belongs reports whether a character may stand in a cell of a class. A filler
// may, but for a check digit.
func belongs(c byte, class mrz.Class) bool {
	isDigit, isLetter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
	switch {
	case class == mrz.CheckDigitClass:
		return isDigit
	case c == mrz.Filler:
		return true
	case class == mrz.Letters:
		return isLetter
	case class == mrz.Digits:
		return isDigit
	}
	return isDigit || isLetter
}

// forced returns what a character stands for that does not belong into a
// class. Of one that is outside the set nothing is known: it may be any.
func forced(c byte, class mrz.Class) string {
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	if _, ok := mrz.CheckDigit(string([]byte{c})); ok {
		switch class {
		case mrz.Digits, mrz.CheckDigitClass:
			return forcedDigits[c]
		case mrz.Letters:
			return forcedLetters[c]
		}
		return ""
	}
	switch class {
	case mrz.Digits, mrz.CheckDigitClass:
		return digits // fillers of dates are rare, and count as 0 does
	case mrz.Letters:
		return "" // no digit will tell
	}
	return digits + letters + "<"
}

// isFillerLike reports whether a reader may have made a character of a filler.
func isFillerLike(c byte) bool { return c == mrz.Filler || strings.IndexByte(takenForFiller, c) >= 0 }
