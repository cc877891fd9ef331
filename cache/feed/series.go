package feed

import "portcullis/cache/list"

// A series is changes that were done one after the other. It puts two of them
// together only when they are of a size: to put each new one to all before it
// would take time by the square of their number. The zero series changes
// nothing.
type series struct {
	parts []list.Change // each more than twice as long as the next
}

// then returns the series with another change behind it; s stays as it is.
func (s series) then(c list.Change) series {
	parts := append(make([]list.Change, 0, len(s.parts)+1), s.parts...)
	for len(parts) > 0 && parts[len(parts)-1].Len() <= 2*c.Len() {
		c = parts[len(parts)-1].Then(c)
		parts = parts[:len(parts)-1]
	}
	if c.Len() > 0 {
		parts = append(parts, c)
	}
	return series{parts}
}

// change returns what the series does.
func (s series) change() (c list.Change) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		c = s.parts[i].Then(c)
	}
	return c
}

// of returns what the series does to one shard.
func (s series) of(p list.Params, id uint32) (c list.Change) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		c = s.parts[i].Of(p, id).Then(c)
	}
	return c
}

// len is how many records the series removes and adds, at most: what one part
// adds another may remove.
func (s series) len() (n int) {
	for _, c := range s.parts {
		n += c.Len()
	}
	return n
}
