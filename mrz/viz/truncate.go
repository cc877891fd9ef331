package viz

// Truncation is how a name is cut that is too long for its field. Doc 9303
// parts 4 to 7 leave that to the issuer, and ask that nothing is cut that fits,
// that the last cell is then a letter, and that at least the first letter of
// the secondary identifier stays.
type Truncation uint8

// The ways to cut a name; Initials is the default. The first word of an identifier stays longest in all
// but FixedLength.
const (
	Initials      Truncation = iota // the last words become initials, as many as need be
	CutComponents                   // the words after the first of an identifier are cut evenly
	FixedLength                     // all words are cut to one length
)

// fit cuts a name to a width. It is false in the rare case that no cut ends in
// a letter, as with too many words of one letter.
func (t Truncation) fit(primary, secondary shape, width int) (p, s shape, ok bool) {
	if nameCells(primary, secondary) <= width {
		return primary, secondary, true
	}
	if len(secondary) == 0 {
		p, ok = t.shorten(primary, width)
		return p, nil, ok
	}
	if t == FixedLength {
		p, s, ok = level(primary, secondary, width)
	} else {
		p, s, ok = t.divide(primary, secondary, width)
	}
	if ok {
		return p, s, true
	}
	return anyCut(primary, secondary, width)
}

// divide cuts the primary identifier if it leaves too little for the secondary,
// and the secondary to what is left; if the secondary does not take all of
// that, the primary gets it back.
func (t Truncation) divide(primary, secondary shape, width int) (p, s shape, ok bool) {
	room := width - 3 // two fillers and a letter
	if t == CutComponents {
		room = min(room, max(width-2-secondary[0], width/2))
	}
	p, ok = primary, true
	switch {
	case primary.cells() <= room:
	case t == Initials:
		p = initials(primary, room)
	default:
		p, ok = t.shorten(primary, room)
	}
	left := width - 2 - p.cells()
	switch {
	case !ok:
		return nil, nil, false
	case secondary.cells() >= left:
		s, ok = t.exactly(secondary, left)
		return p, s, ok
	}
	p, ok = t.exactly(primary, width-2-secondary.cells())
	return p, secondary, ok
}

// initials cuts the words after the first to initials, from the last on until
// it fits into a room, and the first itself if that is not enough.
func initials(full shape, room int) shape {
	kept := append(shape(nil), full[:min(len(full), (room+1)/2)]...)
	for i := len(kept) - 1; i > 0 && kept.cells() > room; i-- {
		kept[i] = 1
	}
	kept[0] -= max(kept.cells()-room, 0)
	return kept
}

// exactly gives a shape exactly so many cells.
func (t Truncation) exactly(full shape, room int) (shape, bool) {
	if full.cells() == room {
		return full, true
	}
	return t.shorten(full, room)
}

// shorten cuts a shape to exactly as many cells as there is room for. Words
// that have no room for a letter are left out.
func (t Truncation) shorten(full shape, room int) (shape, bool) {
	n := min(len(full), (room+1)/2)
	if t == CutComponents && room >= full[0] {
		n = min(n, 1+(room-full[0])/2)
		for n < len(full) && full[:n].cells() < room {
			n++
		}
	}
	if n < 1 || full[:n].cells() < room || 2*n-1 > room {
		return nil, false
	}
	switch kept := full[:n]; t {
	case CutComponents:
		return evenly(kept, room), true
	case FixedLength:
		kept, _, ok := level(kept, nil, room)
		return kept, ok
	default:
		return inOrder(kept, room), true
	}
}

// anyCut looks for any way to divide the width between two identifiers, the
// primary given as much as can be.
func anyCut(primary, secondary shape, width int) (p, s shape, ok bool) {
	for room := min(width-3, primary.cells()); room > 0; room-- {
		p, pok := Initials.exactly(primary, room)
		s, sok := Initials.exactly(secondary, width-2-room)
		if pok && sok {
			return p, s, true
		}
	}
	return nil, nil, false
}
