package tty

import (
	"maps"
	"slices"
)

// Rates returns the rates that tarm/serial accepts.
func Rates() []int { return slices.Sorted(maps.Keys(rates)) }

// IsNative reports whether a port is one on the kernel's own interface.
func IsNative(p Port) bool {
	_, ok := p.(*nativePort)
	return ok
}

// What a native port does to a line.
var (
	CheckRate = checkRate
	SetModem  = setModem
)

// Stripped returns what the kernel's chunks were before it marked them, and how
// many bytes of that are bad.
func Stripped(chunks ...[]byte) (all []byte, bad int) {
	var m marks
	for _, c := range chunks {
		kept, spoilt := m.strip(c)
		all, bad = append(all, c[:kept]...), bad+spoilt
	}
	return all, bad
}
