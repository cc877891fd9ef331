package reader

import (
	"bytes"
	"fmt"
	"strings"

	"portcullis/drivers/reader/wire"
)

// Mask shows bytes of the line for a technician, and nothing of a document: a
// letter is shown as A, a digit as 9, a byte above 7F, which on a line that is set
// wrong is a letter too, as [..], and what belongs to a protocol as it is, in
// hexadecimal where it is no text. Of keys, each of which is a character, and of
// HID reports that may be keys, only the number is shown.
func Mask(f wire.Framing, b []byte) string {
	switch {
	case f.Kind == "keys":
		return fmt.Sprintf("%d bytes of key events", len(b))
	case f.Kind == "hid":
		return maskReport(b)
	}
	return mask(b)
}

// The parts of a HID report that are shown: see package wire.
const (
	reportSize = 64
	reportText = 5
	reportMore = 63
)

// maskReport shows a report of an Access-IS reader, and the size alone of any
// other.
func maskReport(b []byte) string {
	switch {
	case len(b) == reportSize && b[0] == 0x02 && b[2] == ']':
		n := min(int(b[1]), reportSize-reportText)
		return fmt.Sprintf("report [02] of %d bytes, more %d: %s %s", n, b[reportMore]&1, mask(b[2:reportText]), mask(b[reportText:reportText+n]))
	case len(b) == reportSize && (b[1] == 0x90 || b[1] == 0x69) && len(bytes.Trim(b[2:], "\x00")) == 0:
		return fmt.Sprintf("answer [%02X][%02X]", b[0], b[1])
	}
	return fmt.Sprintf("report of %d bytes", len(b))
}

func mask(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			s.WriteByte('A')
		case c >= '0' && c <= '9':
			s.WriteByte('9')
		case c > ' ' && c < 0x7F:
			s.WriteByte(c)
		case c > 0x7F:
			s.WriteString("[..]")
		default:
			fmt.Fprintf(&s, "[%02X]", c)
		}
	}
	return s.String()
}
