package reader

import (
	"context"
	"errors"
	"time"
)

// ReadTick is how long a link waits for bytes before it says that none came.
const ReadTick = 100 * time.Millisecond

// A Link is an open way to a reader: a serial port, the records of an input
// device, the reports of a HID device, a helper program. One goroutine uses it.
type Link interface {
	// Read waits for bytes, for one ReadTick at most. (0, nil) says that none
	// came. Any error says that the link is of no more use.
	Read(ctx context.Context, b []byte) (int, error)
	// Write sends bytes, all of them or with an error. It does not wait longer
	// than ctx allows. A link that goes one way only says ErrOneWay.
	Write(ctx context.Context, b []byte) error
	// Close gives the link up. It does not wait for what is still unsent.
	Close() error
}

// badBytes returns how many bytes came spoilt over a link that can tell, by a method
// of that name.
func badBytes(l Link) int {
	if l, ok := l.(interface{ BadBytes() int }); ok {
		return l.BadBytes()
	}
	return 0
}

// ErrOneWay says that nothing can be sent to a reader on such a link.
var ErrOneWay = errors.New("the link goes one way only")

// An Opener opens the device node at a path, set as the line says; links that
// have no line ignore it. An error with a method Permanent that returns true says
// that no later attempt can do better.
type Opener func(ctx context.Context, path string, line Line) (Link, error)

// isPermanent reports whether waiting mends nothing.
func isPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}
