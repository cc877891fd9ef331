package list

import (
	"fmt"
	"time"
)

// Class is the kind of document that a record speaks of, after the class
// wildcards of INTERPOL's SLTD: P all passport types, I all identity
// documents, V all visa types.
type Class uint8

// The classes. The zero value matches no class of a document.
const (
	Other    Class = iota // seaman's books, driving licences, ...
	Passport              // P
	Identity              // I
	Visa                  // V
)

// String returns the class as its letter, O for any other.
func (c Class) String() string {
	if int(c) < len(classLetters) {
		return classLetters[c : c+1]
	}
	return "?"
}

const classLetters = "OPIV"

// ParseClass returns the class that a letter stands for.
func ParseClass(s string) (Class, error) {
	for c := range Class(len(classLetters)) {
		if s == c.String() {
			return c, nil
		}
	}
	return 0, fmt.Errorf("list: %q is no document class: use P, I, V or O", s)
}

// Status is why a document stands on a list. Statuses from NoticeRed on speak
// of the person who holds the document, which is itself valid; all others of
// the document. The two call for different drills and are never merged.
type Status uint8

// The statuses. The zero value is an unexplained entry, and never harmless.
const (
	Unexplained Status = iota
	Stolen
	StolenBlank
	Lost
	Revoked
	Invalid
)

// The colours of notices and diffusions, for lists of the travel documents
// that are associated with notices (TDAWN).
const (
	NoticeRed Status = 16 + iota
	NoticeUN
	NoticeBlue
	NoticeGreen
	NoticeYellow
	NoticeOrange
	NoticePurple
	NoticeBlack
	NoticeSilver
)

var statusNames = map[Status]string{
	Unexplained: "unexplained", Stolen: "stolen", StolenBlank: "stolen-blank",
	Lost: "lost", Revoked: "revoked", Invalid: "invalid",
	NoticeRed: "notice-red", NoticeUN: "notice-un", NoticeBlue: "notice-blue",
	NoticeGreen: "notice-green", NoticeYellow: "notice-yellow", NoticeOrange: "notice-orange",
	NoticePurple: "notice-purple", NoticeBlack: "notice-black", NoticeSilver: "notice-silver",
}

// String returns the status as files and interfaces name it.
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	return fmt.Sprintf("status-%d", uint8(s))
}

// ParseStatus returns the status of that name.
func ParseStatus(name string) (Status, error) {
	for s, n := range statusNames {
		if n == name {
			return s, nil
		}
	}
	return 0, fmt.Errorf("list: %q is no status", name)
}

// Person reports whether the status speaks of the holder rather than of the
// document.
func (s Status) Person() bool { return s >= NoticeRed }

// A Record is what a list says of one document, without the document's number:
// that is known only to whoever holds the document, as its Digest.
//
// Digest, Class and Issuer identify a record within its list.
type Record struct {
	Digest    Digest
	Class     Class
	Issuer    string // code of the issuing State, as Doc 9303-3 section 5 has it
	Status    Status
	Date      Date   // of the theft or loss; 0 when not known
	Country   string // that reported it, often the issuer; "" when not known
	Reference string // of the reporting authority, at most 25 characters; often ""
}

// Date is a day, counted from 1990-01-01 as day 1; 0 is an unknown day.
type Date uint16

var dayZero = time.Date(1989, 12, 31, 0, 0, 0, 0, time.UTC)

// DateOf returns the day that a time falls on in UTC, or 0 for one that a Date
// cannot tell.
func DateOf(t time.Time) Date {
	days := t.Unix()/86400 - dayZero.Unix()/86400
	if days < 1 || days > 1<<16-1 {
		return 0
	}
	return Date(days)
}

// String returns the day as 2006-01-02, or nothing for an unknown one.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return dayZero.AddDate(0, 0, int(d)).Format(time.DateOnly)
}
