package registry

import "portcullis/cache/list"

// ParseType returns the class under which documents of a type are listed: the
// type is a class letter, or one of INTERPOL's codes.
func ParseType(code string) (list.Class, bool) { return classOf(code) }

// ParseState returns the code of a State as records have it, which is as it
// stands in a machine readable zone.
func ParseState(code string) (string, bool) {
	var c check
	state := c.state(code, "", IssuerInvalid)
	return state, len(c.broken) == 0
}
