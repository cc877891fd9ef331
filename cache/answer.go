package cache

import (
	"fmt"
	"time"

	"portcullis/cache/list"
)

// A Query asks for one document.
type Query struct {
	Number string     // as read or typed; it is cleaned here
	Class  list.Class // of the document
	Issuer string     // code of the issuing State, without fillers
	// LookAlikes also tries the numbers that the eye or a reader confuses with
	// this one. It is for numbers that were typed, or read with a failed check
	// digit, and what it finds is marked as such.
	LookAlikes bool
}

// String tells what kind of document is asked for, and not which.
func (q Query) String() string { return q.Class.String() + " " + q.Issuer }

// Format prints String whatever the verb.
func (q Query) Format(f fmt.State, _ rune) { fmt.Fprint(f, q.String()) }

// MarshalText returns String, for logs that hold a Query inside of something.
func (q Query) MarshalText() ([]byte, error) { return []byte(q.String()), nil }

// An Answer is what the lists say of one document. No match is an answer only
// for the lists that have no error in Lists.
type Answer struct {
	Matches []Match
	Lists   []ListStatus
}

// A Match is a record that fits a query, and on what evidence.
type Match struct {
	List    string
	Release uint64 // in which the record stands
	Record  list.Record
	How     How
	Swapped []int // of a look-alike: places in the cleaned number that were taken otherwise, from 1
}

// How says on what grounds a record matches. A record of another issuing State
// is no match: document numbers of different States collide all the time.
type How uint8

// The grounds of a match.
const (
	Exact      How = iota // number, class and issuing State
	OtherClass            // number and issuing State
	LookAlike             // as one of the two above, for a look-alike of the number
)

// String returns the grounds as interfaces name them.
func (h How) String() string {
	switch h {
	case Exact:
		return "exact"
	case OtherClass:
		return "other-class"
	}
	return "look-alike"
}

// ListStatus is what the device knows of one of its lists.
type ListStatus struct {
	Name    string
	Release uint64       // sequence number of the release that is served; 0 when none ever was
	Records uint64       // on the list
	Root    string       // state root of the release, in hexadecimal
	Issued  time.Time    // when its publisher signed the release
	Checked time.Time    // when the device last learnt that no newer one was published
	Damaged int64        // look-ups since the start that met a damaged part of the list
	Bad     int          // shards that are marked for repair
	Scrub   *ScrubStatus // how far the list was read back of late; nil when never
	Err     error        // why the list gives no answer, or gave none to this query
}
