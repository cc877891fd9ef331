package wire

import (
	"slices"
	"strings"
)

// Held returns how many bytes of the stream a framer holds.
func Held(f Framer) int {
	switch f := f.(*framer).machine.(type) {
	case *sita:
		return cap(f.data)
	case *lines:
		return heldLines(f)
	case *imager:
		return cap(f.said) + heldLines(&f.lines)
	case *scan:
		return cap(f.raw)
	}
	if h, ok := f.(*framer).machine.(interface{ held() int }); ok {
		return h.held()
	}
	panic("unknown framer")
}

// Remains returns what is in the memory of a framer, used or not.
func Remains(f Framer) []byte {
	switch f := f.(*framer).machine.(type) {
	case *sita:
		return f.data[:cap(f.data)]
	case *lines:
		return []byte(string(f.open[:cap(f.open)]) + strings.Join(f.done[:cap(f.done)], ""))
	case *imager:
		return []byte(string(f.said[:cap(f.said)]) + string(f.open[:cap(f.open)]) + strings.Join(f.done[:cap(f.done)], ""))
	case *scan:
		return f.raw[:cap(f.raw)]
	case *keys:
		return slices.Concat(f.part[:cap(f.part)], typed(f.strokes[:cap(f.strokes)]))
	case *hid:
		return slices.Concat(f.part[:cap(f.part)], f.data[:cap(f.data)])
	case *jsonLines:
		return f.line[:cap(f.line)]
	}
	panic("unknown framer")
}

// typed returns the keys of strokes.
func typed(strokes []stroke) (keys []byte) {
	for _, s := range strokes {
		keys = append(keys, s.key, s.char)
	}
	return keys
}

func heldLines(l *lines) int {
	n := cap(l.open)
	for _, line := range l.done[:cap(l.done)] {
		n += len(line)
	}
	return n
}

// Checksum returns the check bytes of a text.
func Checksum(c CRC, text string) [2]byte {
	sum := newCRC(c)
	register := sum.Init
	for _, b := range []byte(text) {
		register = sum.add(register, b)
	}
	return sum.bytes(register)
}
