package reader

import (
	"slices"

	"portcullis/drivers"
)

// Assemble makes a reading of a frame: the lines of one zone, or a fault. What
// is not to be trusted is not carried, so a reading with a fault has no lines.
func Assemble(p Profile, f Frame) drivers.Reading {
	r := drivers.Reading{Fault: f.Fault, Bytes: f.Bytes}
	if r.Fault != drivers.NoFault {
		return r
	}
	lines := aligned(p.Frame.Align, f.Lines)
	if !isShaped(lines) {
		r.Fault = drivers.FaultMalformed
		return r
	}
	r.Lines = lines
	return r
}

// aligned drops the empty slots above a bottom-aligned zone, or below a
// top-aligned one.
func aligned(align string, lines []string) []string {
	lines = slices.Clone(lines)
	for align == "bottom" && len(lines) > 0 && lines[0] == "" {
		lines = lines[1:]
	}
	for align == "top" && len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// isShaped reports whether lines can be a zone: one to three of them, each of
// 7 to 44 characters (Access ATB420 p. 21).
func isShaped(lines []string) bool {
	if len(lines) < 1 || len(lines) > maxLines {
		return false
	}
	return !slices.ContainsFunc(lines, func(s string) bool { return len(s) < minLine || len(s) > maxLine })
}

// isDocument reports whether a frame speaks of a document. A card swiped or a
// boarding pass scanned on the same device is none; a broken block may be one
// whose start byte was hit.
func isDocument(f Frame) bool {
	if f.Kind == KindMagstripe || f.Kind == KindBarcode {
		return f.Fault != drivers.NoFault && f.Fault != drivers.FaultNoRead
	}
	return true
}
