package trust

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrSignature says that too few of the role's keys have signed.
	ErrSignature = errors.New("not signed by enough of the role's keys")
	// ErrMalformed says that a file is no metadata, or lacks what it must have.
	ErrMalformed = errors.New("malformed metadata")
	// ErrMixed says that a file is not the one that another file names: its
	// version, length or hash differs.
	ErrMixed = errors.New("not the file that is named")
	// ErrForked says that two contents were signed under one version.
	ErrForked = errors.New("other content under the version that is held")
	// ErrTooLong says that a file is longer than it may be.
	ErrTooLong = errors.New("longer than allowed")
	// ErrShelf says that the device's own shelf cannot be used: nothing is wrong
	// with what is published.
	ErrShelf = errors.New("the shelf cannot be used")
)

// An OlderError says that an older version is offered than the one held. A
// cache between publisher and device does that for minutes, an attacker for
// longer: ask elsewhere, or later. What is held stays.
type OlderError struct {
	Role          string
	Held, Offered int64 // Offered is 0 when the role is no longer named
}

// Error tells role and versions.
func (e *OlderError) Error() string {
	return fmt.Sprintf("refuse %s: version %d is older than %d, which is held", e.Role, e.Offered, e.Held)
}

// An ExpiredError says that what is offered had expired before a time that has
// certainly passed.
type ExpiredError struct {
	Role  string
	Since time.Time
}

// Error tells role and time.
func (e *ExpiredError) Error() string {
	return fmt.Sprintf("refuse %s: expired since %s", e.Role, e.Since.UTC().Format(time.RFC3339))
}
