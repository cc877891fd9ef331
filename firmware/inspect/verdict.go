package inspect

// Verdict is what becomes of a traveller. The zero value sends them to an
// officer.
type Verdict uint8

// The verdicts.
const (
	Refer Verdict = iota // an officer decides
	Clear                // nothing speaks against the document
	Alert                // an officer is called at once
)

// String returns the verdict as logs and interfaces name it.
func (v Verdict) String() string {
	switch v {
	case Clear:
		return "clear"
	case Alert:
		return "alert"
	}
	return "refer"
}

// gravity orders verdicts from the one that yields to the one that prevails.
func (v Verdict) gravity() int {
	switch v {
	case Clear:
		return 0
	case Alert:
		return 2
	}
	return 1
}

// Kind is what a reason speaks of.
type Kind uint8

// The kinds of reasons.
const (
	System   Kind = iota // the device, its lists, or the lane
	Read                 // the reading of the zone: another try may help
	Document             // the document
	Person               // the holder of the document, which itself is valid
)

// String returns the kind as logs and interfaces name it.
func (k Kind) String() string {
	switch k {
	case Read:
		return "read"
	case Document:
		return "document"
	case Person:
		return "person"
	}
	return "system"
}
