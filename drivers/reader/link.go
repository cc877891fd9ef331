package reader

import (
	"context"
	"errors"
	"time"
)

// ReadTick is how long a link waits for bytes before it says that none came.
const ReadTick = 100 * time.Millisecond

// A Link is an open port. One goroutine reads it and closes it.
type Link interface {
	// Read waits for bytes, for one ReadTick at most. (0, nil) says that none
	// came. Any error says that the link is of no more use.
	Read(ctx context.Context, b []byte) (int, error)
	// Close gives the port up. It does not wait for what is still unsent.
	Close() error
}

// An Opener opens the device node at a path, set as the profile says. The
// program that knows both the profile and the kind of link makes it:
//
//	open := func(ctx context.Context, path string) (reader.Link, error) {
//		return tty.Open(ctx, path, tty.Line(profile.Line))
//	}
//
// An error with a method Permanent that returns true says that no later
// attempt can do better.
type Opener func(ctx context.Context, path string) (Link, error)

// isPermanent reports whether waiting mends nothing.
func isPermanent(err error) bool {
	var p interface{ Permanent() bool }
	return errors.As(err, &p) && p.Permanent()
}
