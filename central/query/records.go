package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portcullis/cache/list"
)

// Records are what one list has. Both methods answer for what is live now, end
// when the context does, and are called by several goroutines.
type Records interface {
	// Find returns the records of a document, at most so many. That there is
	// none is no error.
	Find(ctx context.Context, q Question, most int) ([]Record, error)
	// Record returns the record that has this key, or ErrGone.
	Record(ctx context.Context, key string) (Record, error)
}

// ErrGone means that a record is not there any more.
var ErrGone = errors.New("the record is withdrawn")

// A Question names a document. It prints without its number.
type Question struct {
	Number string // cleaned: see [list.Clean]
	Class  list.Class
	Issuer string
}

// Format prints the class and the issuing State, and no more, under every verb.
func (q Question) Format(f fmt.State, _ rune) { fmt.Fprint(f, q.Class, " ", q.Issuer) }

// A Record is what a list says of a document.
type Record struct {
	Key       string // by which its list finds it again, up to 128 bytes; no caller sees it
	Class     list.Class
	Type      string // code, such as DIP; empty when the list has the class alone
	Issuer    string
	Status    list.Status
	Owner     string    // authority that reported it
	Date      time.Time // of the theft or loss; zero when not known
	Country   string    // of the theft or loss
	Reference string    // of the owner
	Lot       string
	Expires   time.Time // the last day on which it may be kept; zero when not limited
}

// Format prints the class and the issuing State, and no more, under every verb.
func (r Record) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.Class, " ", r.Issuer) }

// listed is a record with the name of its list.
type listed struct {
	list string
	Record
}
