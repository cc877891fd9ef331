package sync

import (
	"errors"
	"syscall"

	"portcullis/cache/feed"
	"portcullis/cache/trust"
)

// Code is what state the updating of a list is in, for people and for programs.
// The values never change their meaning.
type Code string

// The codes. With each but Current and Expired, the list stays as it was and is
// served.
const (
	Unknown      Code = ""               // nothing was tried yet
	Current      Code = "current"        // the newest release is held
	Expired      Code = "expired"        // it is, but its publisher has not said so for long
	FetchFailed  Code = "fetch-failed"   // the publisher was not reached, or a file not to its end
	NotARelease  Code = "not-a-release"  // something else is published there
	NewerFormat  Code = "newer-format"   // the release is for a newer program
	WrongKey     Code = "wrong-key"      // not signed by keys that the device trusts
	OtherList    Code = "other-list"     // this list is not published there
	OtherListKey Code = "other-list-key" // the device has another list key than the publisher
	Rollback     Code = "rollback"       // something older than what is held, for long
	Older        Code = "older"          // the same, on a medium that someone brought
	Forked       Code = "forked"         // two releases, or two statements, under one number
	Mixed        Code = "mixed"          // files of different statements
	Lapsed       Code = "lapsed"         // signed by roles whose time was over
	Shrunk       Code = "shrunk"         // the list has shrunk by more than one key may make it
	Jumped       Code = "jumped"         // its number is far beyond that of what is held
	FileMismatch Code = "file-mismatch"  // a file is not the one that the release names
	NoWay        Code = "no-way"         // no files lead from what is held to the release
	ApplyFailed  Code = "apply-failed"   // the store did not take the release
	NoSpace      Code = "no-space"       // on the device
	SpoolFailed  Code = "spool-failed"   // the folders for what is fetched cannot be used
)

var texts = map[Code]string{
	Unknown:      "The device has not yet asked for a newer list.",
	Current:      "The list is the newest that is published.",
	Expired:      "What the publisher last said has expired: it has stopped publishing, someone withholds what is newer, or the clock is ahead.",
	FetchFailed:  "The list service cannot be reached. Check the network and the address of the service.",
	NotARelease:  "The address of the list service answers with something else. Check the address, and whether the network asks for a log-in.",
	NewerFormat:  "The list is published for a newer version of this device's program. Update the device.",
	WrongKey:     "The published list is not signed by keys that this device trusts. Do not use it; ask the publisher.",
	OtherList:    "This list is not published under its address. Check the address.",
	OtherListKey: "The device has another key for this list than the publisher. Give it the right key.",
	Rollback:     "An older list than the one held is published, and has been for some time. Ask the publisher.",
	Older:        "What was brought is older than what the device holds. Nothing was changed.",
	Forked:       "The publisher signed two different lists under one number. Ask the publisher.",
	Lapsed:       "What is published was signed by roles whose time was over. Ask the publisher to renew them.",
	Mixed:        "The published files do not belong together. The device tries again; if it lasts, ask the publisher.",
	Shrunk:       "The published list has lost more records than one key of the publisher may take away, and no second one has approved. Ask the publisher.",
	Jumped:       "The published list has a number that its publisher cannot have come to. Do not use it; ask the publisher.",
	FileMismatch: "A file of the list is not the one that the publisher signed. It was thrown away, and will be fetched again.",
	NoWay:        "The published files do not lead from the list that is held to the newest. Ask the publisher for a whole list.",
	ApplyFailed:  "The new list could not be stored. The device tries again.",
	NoSpace:      "There is not enough space on the device for the new list. Make space.",
	SpoolFailed:  "The folders for fetched files cannot be used. Check that they can be written to.",
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

// CodeOf returns the code of an error of this package; Unknown when the error
// says nothing about the list, because somebody ended the work.
func CodeOf(err error) Code {
	code, _ := codeOf(err)
	return code
}

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

// refusals are what package trust and package feed refuse, by their codes.
var refusals = []struct {
	err  error
	code Code
}{
	{trust.ErrSignature, WrongKey},
	{trust.ErrForked, Forked},
	{feed.ErrForked, Forked},
	{trust.ErrMixed, Mixed},
	{feed.ErrShrunk, Shrunk},
	{feed.ErrJump, Jumped},
	{feed.ErrOtherList, OtherList},
	{feed.ErrFormat, NewerFormat},
	{feed.ErrMalformed, NotARelease},
	{trust.ErrMalformed, NotARelease},
	{trust.ErrTooLong, NotARelease},
}

// refusal gives an error of package trust or package feed its code; what is
// none of theirs is of the source.
func refusal(err error) error {
	var older *trust.OlderError
	var rollback *feed.RollbackError
	var expired *trust.ExpiredError
	switch {
	case errors.As(err, &older), errors.As(err, &rollback):
		return fail(Rollback, err)
	case errors.As(err, &expired):
		return fail(Lapsed, err)
	case errors.Is(err, trust.ErrShelf), isFull(err):
		return local(SpoolFailed, err)
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return fail(r.code, err)
		}
	}
	return fail(FetchFailed, err)
}

// local gives an error of the device's own disk or store its code.
func local(code Code, err error) error {
	if isFull(err) {
		code = NoSpace
	}
	return fail(code, err)
}

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }
