package feed

import "portcullis/cache/list"

// Composed returns what changes do that are done one after the other.
func Composed(changes []list.Change) list.Change {
	var s series
	for _, c := range changes {
		s = s.then(c)
	}
	return s.change()
}
