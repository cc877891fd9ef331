package sync

import (
	"errors"
	"syscall"

	"portcullis/cache/feed"
)

// Code is what state the updating of a list is in, for people and for programs.
// The values never change their meaning.
type Code string

// The codes. With each but Current, the list stays as it was and is served.
const (
	Unknown      Code = ""               // nothing was tried yet
	Current      Code = "current"        // the newest release is held
	FetchFailed  Code = "fetch-failed"   // the publisher was not reached, or a file not to its end
	NotARelease  Code = "not-a-release"  // something else is published there
	NewerFormat  Code = "newer-format"   // the release is for a newer program
	WrongKey     Code = "wrong-key"      // not signed by a key that the device trusts
	OtherList    Code = "other-list"     // a release of another list
	OtherListKey Code = "other-list-key" // the device has another list key than the publisher
	Rollback     Code = "rollback"       // an older release than the one that is held, for long
	Forked       Code = "forked"         // two releases under one number
	FileMismatch Code = "file-mismatch"  // a file is not the one that the release names
	ApplyFailed  Code = "apply-failed"   // the store did not take the release
	NoSpace      Code = "no-space"       // on the device
	SpoolFailed  Code = "spool-failed"   // the folder for fetched files cannot be used
)

var texts = map[Code]string{
	Unknown:      "The device has not yet asked for a newer list.",
	Current:      "The list is the newest that is published.",
	FetchFailed:  "The list service cannot be reached. Check the network and the address of the service.",
	NotARelease:  "The address of the list service answers with something else. Check the address, and whether the network asks for a log-in.",
	NewerFormat:  "The list is published for a newer version of this device's program. Update the device.",
	WrongKey:     "The published list is not signed by a key that this device trusts. Do not use it; ask the publisher.",
	OtherList:    "Another list is published under this list's address. Check the address.",
	OtherListKey: "The device has another key for this list than the publisher. Give it the right key.",
	Rollback:     "An older list than the one held is published, and has been for some time. Ask the publisher.",
	Forked:       "The publisher signed two different lists under one number. Ask the publisher.",
	FileMismatch: "A file of the list is not the one that the publisher signed. It was thrown away, and will be fetched again.",
	ApplyFailed:  "The new list could not be stored. The device tries again.",
	NoSpace:      "There is not enough space on the device for the new list. Make space.",
	SpoolFailed:  "The folder for fetched files cannot be used. Check that it can be written to.",
}

// Text explains the code to an officer or a technician.
func (c Code) Text() string { return texts[c] }

// An Error says why a list was not brought up to date. It holds no secret.
type Error struct {
	Code Code
	Err  error
}

// Error tells code and cause.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

func fail(code Code, err error) error { return &Error{Code: code, Err: err} }

// codeOf returns the code of an error; ok is false when the error says nothing
// about the list, because somebody ended the work.
func codeOf(err error) (code Code, ok bool) {
	var e *Error
	switch {
	case err == nil:
		return Current, true
	case errors.As(err, &e):
		return e.Code, true
	}
	return Unknown, false
}

// refusal gives an error of feed.Verify its code.
func refusal(err error) error {
	var rollback *feed.RollbackError
	switch {
	case errors.As(err, &rollback):
		return fail(Rollback, err)
	case errors.Is(err, feed.ErrSignature):
		return fail(WrongKey, err)
	case errors.Is(err, feed.ErrOtherList):
		return fail(OtherList, err)
	case errors.Is(err, feed.ErrForked):
		return fail(Forked, err)
	case errors.Is(err, feed.ErrFormat):
		return fail(NewerFormat, err)
	}
	return fail(NotARelease, err)
}

// local gives an error of the device's own disk or store its code.
func local(code Code, err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		code = NoSpace
	}
	return fail(code, err)
}
