package wire

// Held returns how many bytes of the stream a framer holds.
func Held(f Framer) int {
	switch f := f.(*framer).machine.(type) {
	case *sita:
		return cap(f.data)
	case *lines:
		return cap(f.open) + cap(f.done)*maxLine
	case *scan:
		return cap(f.raw)
	}
	if h, ok := f.(*framer).machine.(interface{ held() int }); ok {
		return h.held()
	}
	panic("unknown framer")
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
