package viz

// Answer is how a field of the visual zone agrees with the machine readable
// zone. The closer the agreement, the higher the value; the zero value is none.
type Answer uint8

// The answers.
const (
	Different Answer = iota // or one of the two cannot be read
	LookAlike               // only characters differ that are taken for each other; never without being asked for
	Truncated               // the zone holds less of it, and what it holds agrees
	Variant                 // by another transliteration that the tables list, or with the spaces of a number left out
	Same                    // as Compose would have written it
)

// String returns the answer in lower case.
func (a Answer) String() string {
	switch a {
	case LookAlike:
		return "look-alike"
	case Truncated:
		return "truncated"
	case Variant:
		return "variant"
	case Same:
		return "same"
	}
	return "different"
}
