package wire

// Held returns how many bytes of the stream a framer holds.
func Held(f Framer) int {
	switch f := f.(*framer).machine.(type) {
	case *sita:
		return cap(f.data)
	case *lines:
		return cap(f.open) + cap(f.done)*maxLine
	}
	panic("unknown framer")
}
