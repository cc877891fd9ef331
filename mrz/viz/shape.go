package viz

// shape is how many cells of each word of an identifier are kept. Words left
// out are at its end, and not in it.
type shape []int

// cells is how many cells a shape takes up, with the fillers in between.
func (s shape) cells() int {
	n := len(s) - 1
	for _, kept := range s {
		n += kept
	}
	return max(n, 0)
}

// shapeOf returns the full shape of some words.
func shapeOf(words []string) shape {
	s := make(shape, len(words))
	for i, w := range words {
		s[i] = len(w)
	}
	return s
}

// nameCells is how many cells two identifiers take up.
func nameCells(primary, secondary shape) int {
	if len(secondary) == 0 {
		return primary.cells()
	}
	return primary.cells() + 2 + secondary.cells()
}

// inOrder gives each word a letter and then all it needs, from the first on.
func inOrder(full shape, room int) shape {
	kept, spare := ones(full, room)
	for i := range kept {
		more := min(spare, full[i]-1)
		kept[i] += more
		spare -= more
	}
	return kept
}

// evenly gives the first word all it needs, and the others a letter in turn.
func evenly(full shape, room int) shape {
	kept, spare := ones(full, room)
	kept[0] += min(spare, full[0]-1)
	for spare -= kept[0] - 1; spare > 0; {
		for i := 1; i < len(kept) && spare > 0; i++ {
			if kept[i] < full[i] {
				kept[i]++
				spare--
			}
		}
	}
	return kept
}

// ones returns a letter for each word, and the cells that are then to spare.
func ones(full shape, room int) (kept shape, spare int) {
	kept = make(shape, len(full))
	for i := range kept {
		kept[i] = 1
	}
	return kept, room - kept.cells()
}

// level cuts all words of a name to the least length that still fills the
// width, and what is then too much off the last ones. Words that have no room
// for a letter are left out, of the secondary identifier first.
func level(primary, secondary shape, width int) (p, s shape, ok bool) {
	for size(primary, secondary, 1) > width && len(secondary) > 1 {
		secondary = secondary[:len(secondary)-1]
	}
	for size(primary, secondary, 1) > width && len(primary) > 1 {
		primary = primary[:len(primary)-1]
	}
	length, longest := 1, 0
	for _, n := range append(append(shape(nil), primary...), secondary...) {
		longest = max(longest, n)
	}
	for size(primary, secondary, length) < width && length < longest {
		length++
	}
	p, s = capped(primary, length), capped(secondary, length)
	s.trim(nameCells(p, s) - width)
	p.trim(nameCells(p, s) - width)
	return p, s, nameCells(p, s) == width
}

// size is how many cells a name takes up with its words cut to a length.
func size(primary, secondary shape, length int) int {
	return nameCells(capped(primary, length), capped(secondary, length))
}

func capped(full shape, length int) shape {
	kept := make(shape, len(full))
	for i, n := range full {
		kept[i] = min(n, length)
	}
	return kept
}

// trim takes cells off the last words, all but the first letter of each.
func (s shape) trim(excess int) {
	for i := len(s) - 1; i >= 0 && excess > 0; i-- {
		off := min(excess, s[i]-1)
		s[i] -= off
		excess -= off
	}
}
