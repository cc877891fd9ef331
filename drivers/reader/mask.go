package reader

import (
	"fmt"
	"strings"

	"portcullis/drivers/reader/wire"
)

// Mask shows bytes of the line for a technician, and nothing of a document: a
// letter is shown as A, a digit as 9, and what belongs to a protocol as it is, in
// hexadecimal where it is no text. Of the keys of a keyboard only the number is
// shown, as each of them is a character.
func Mask(f wire.Framing, b []byte) string {
	if f.Kind == "keys" {
		return fmt.Sprintf("%d bytes of key events", len(b))
	}
	var s strings.Builder
	for _, c := range b {
		switch {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z':
			s.WriteByte('A')
		case c >= '0' && c <= '9':
			s.WriteByte('9')
		case c > ' ' && c < 0x7F:
			s.WriteByte(c)
		default:
			fmt.Fprintf(&s, "[%02X]", c)
		}
	}
	return s.String()
}
