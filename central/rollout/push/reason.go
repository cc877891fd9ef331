package push

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"portcullis/protocol"
)

// The reasons of this package. A problem that the device names gives the last
// part of its type, such as no-space; an install that fails gives its code,
// such as wrong-key.
const (
	ReasonAway       = "away"                // it cannot be reached
	ReasonForeign    = "certificate-foreign" // of no authority that we believe
	ReasonEnded      = "certificate-ended"
	ReasonOther      = "certificate-other" // of another device, or of none
	ReasonDenied     = "not-allowed"       // it does not believe us
	ReasonAnswer     = "not-understood"    // it answers with something else
	ReasonErased     = "erased"
	ReasonForked     = "forked"      // it holds another list under this release's number
	ReasonNotTaken   = "not-taken"   // it says it is done, and does not hold the release
	ReasonNotReady   = "not-ready"   // it could clear documents before, and now cannot
	ReasonNoFile     = "repository"  // a file of the repository cannot be read
	ReasonSame       = "same"        // it holds the release
	ReasonNewer      = "newer"       // it holds a newer one
	ReasonNoAddress  = "no-address"  // nobody knows where it is
	ReasonOtherFile  = "other-file"  // it has something else under a file's name
	ReasonNoProgress = "no-progress" // it answers, and gets no further
)

// final are the reasons for which trying again does not help.
var final = []string{
	ReasonForeign, ReasonEnded, ReasonOther, ReasonDenied, ReasonErased, ReasonForked, ReasonNoFile, ReasonNoAddress,
	"too-large",
	"wrong-key", "rollback", "newer-format", "other-list", "other-list-key", "not-a-release",
}

// An Error says why a device did not get a release.
type Error struct {
	Reason  string
	Err     error
	Refused bool // the install itself ended without success: another is needed
}

// Error tells reason and cause.
func (e *Error) Error() string { return e.Reason + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Final reports whether trying again does not help.
func (e *Error) Final() bool { return slices.Contains(final, e.Reason) }

// Explain returns an error as one of this package.
func Explain(err error) *Error {
	var known *Error
	var certificate *CertificateError
	var operation *net.OpError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &certificate):
		return &Error{Reason: certificate.Reason, Err: certificate.Err}
	case errors.As(err, &operation) && operation.Op == "remote error":
		return &Error{Reason: ReasonDenied, Err: err} // it ended the handshake
	}
	return &Error{Reason: ReasonAway, Err: err}
}

const problemPrefix = "urn:portcullis:problem:"

// maxAnswer bounds what a device may say.
const maxAnswer = 1 << 20

// refusal returns the error that an answer other than a success is.
func refusal(response *http.Response) error {
	var p protocol.Problem
	media, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&p)
	reason, named := strings.CutPrefix(p.Type, problemPrefix)
	switch {
	case media == protocol.ProblemMedia && err == nil && named && reason != "":
		return &Error{Reason: reason, Err: errors.New(cmp.Or(p.Detail, p.Title, response.Status))}
	case response.StatusCode == http.StatusUnauthorized || response.StatusCode == http.StatusForbidden:
		return &Error{Reason: ReasonDenied, Err: errors.New(response.Status)}
	}
	return &Error{Reason: ReasonAnswer, Err: fmt.Errorf("it answers %s", response.Status)}
}

// is reports whether an error is a device's problem of a type.
func is(err error, problem string) bool {
	var e *Error
	return errors.As(err, &e) && problemPrefix+e.Reason == problem
}
