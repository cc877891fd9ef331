// Package drivers says what kinds of device a lane has, and what each promises.
//
// It holds no driver: those live in the packages below it, one per kind of
// device, and import nothing of ours but this package. Which pin or port a
// device hangs on is the business of package board.
//
// Every output device is safe at rest: it starts in the state that its Halt
// method leaves it in, which is locked, dark and silent.
package drivers

import (
	"context"
	"fmt"
	"time"
)

// A Reader delivers what one document reader saw. It outlives the device: a
// reader that is unplugged and plugged in again, under whatever name, is the
// same Reader.
type Reader interface {
	// Run delivers events until ctx is done. It returns early only when no
	// amount of waiting could help, as with a profile that does not exist.
	Run(ctx context.Context, events chan<- ReaderEvent) error
}

// A ReaderEvent is either a change of the reader's state or a reading.
type ReaderEvent struct {
	At      time.Time
	Reader  string // which one of a lane's, "" where there is only one
	State   ReaderState
	Reading *Reading // nil when only the state changed
	Detail  string   // why the state changed: names ports and causes, never data
}

// ReaderState is whether a document reader can be used.
type ReaderState uint8

// The states of a reader. The zero value is the unusable one.
const (
	ReaderAbsent   ReaderState = iota // no such port
	ReaderOpening                     // the port is there, and is being opened
	ReaderProbing                     // open, and asked whether it is what it should be
	ReaderReady                       // waiting for a document
	ReaderDegraded                    // open, but it does not do as it is told
	ReaderGone                        // was ready, and went away
)

// String returns the state as logs, metrics and the officer's page name it.
func (s ReaderState) String() string {
	switch s {
	case ReaderOpening:
		return "opening"
	case ReaderProbing:
		return "probing"
	case ReaderReady:
		return "ready"
	case ReaderDegraded:
		return "degraded"
	case ReaderGone:
		return "gone"
	}
	return "absent"
}

// A Reading is one presentation of a document, complete or not. Its lines are
// personal data: whoever holds a Reading must neither log nor keep them.
type Reading struct {
	Lines []string  // top to bottom, as sent; a reject mark of the reader stays in its cell
	Fault ReadFault // why the lines are not to be trusted; NoFault when the frame was whole
	Bytes int       // how many bytes the frame took on the wire
	At    time.Time // when its last byte arrived
}

// String tells a reading's shape and none of its content.
func (r Reading) String() string {
	if r.Fault != NoFault {
		return "reading: " + r.Fault.String()
	}
	return "reading"
}

// Format prints String whatever the verb.
func (r Reading) Format(f fmt.State, _ rune) { fmt.Fprint(f, r.String()) }

// MarshalText returns String, for logs that hold a Reading inside of something.
func (r Reading) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// ReadFault is what was wrong with a reading on the wire.
type ReadFault uint8

// The faults of a reading.
const (
	NoFault        ReadFault = iota
	FaultNoRead              // the reader itself says that it could not read
	FaultNoise               // bytes that belong to no frame
	FaultTruncated           // a frame without its end: the line fell silent or broke
	FaultTooLong             // a frame longer than its protocol allows
	FaultMalformed           // a frame whose inner structure is broken
	FaultChecksum            // a frame whose check bytes do not fit
	FaultParity              // a byte that the line itself marks as wrong
	FaultLost                // bytes or keys that the kernel had no room for
	FaultPartial             // a line of a zone whose others did not come
	ReadFaults               // how many there are
)

// String returns the fault as logs and metrics name it.
func (f ReadFault) String() string {
	switch f {
	case NoFault:
		return "none"
	case FaultNoRead:
		return "no-read"
	case FaultNoise:
		return "noise"
	case FaultTruncated:
		return "truncated"
	case FaultTooLong:
		return "too-long"
	case FaultChecksum:
		return "checksum"
	case FaultParity:
		return "parity"
	case FaultLost:
		return "lost"
	case FaultPartial:
		return "partial"
	}
	return "malformed"
}

// A Gate lets one traveller through at a time. It is locked when power, the
// link or this process is lost. Where its door stands is known from contacts
// alone, never from what was commanded.
type Gate interface {
	// Release lets one traveller through, on a grant that has not been used
	// before. It returns when the command has been given, not when the traveller
	// has passed.
	Release(ctx context.Context, g Grant) error
	// Lock ends a release that has not been used. Locking a locked gate does
	// nothing.
	Lock(ctx context.Context) error
	// Watch delivers the gate's status now and at each change until ctx is
	// done.
	Watch(ctx context.Context, status chan<- GateStatus) error
	// Halt puts every output at rest: locked.
	Halt() error
}

// A Grant names one permission to pass. Grants only grow, so that none is used
// twice; zero is none.
type Grant uint64

// A TamperLatch is a gate that remembers that it was opened or cut off.
type TamperLatch interface {
	// ClearTamper ends what GateStatus.Tampered tells, unless its cause is
	// still there.
	ClearTamper(ctx context.Context) error
}

// GateStatus is what a gate's contacts say.
type GateStatus struct {
	State    GateState
	Grant    Grant     // under way; 0 when none is
	Until    time.Time // when that grant lapses; zero when none is under way
	Passages uint64    // travellers that passed since the start
	Unused   uint64    // grants since the start on which nobody passed
	Tampered bool      // nothing is released until an operator has cleared it
	Detail   string    // names the contact at fault, if one is
}

// GateState is the position of a gate.
type GateState uint8

// The positions of a gate. The zero value promises nothing.
const (
	GateUnknown      GateState = iota // the contacts have not spoken, or contradict each other
	GateLocked                        // shut, and no grant is under way
	GateGranted                       // shut, and a traveller may pass
	GatePassing                       // a traveller is in it
	GateHeldOpen                      // open for longer than a passage takes
	GateForced                        // open or passed without a grant, or the gate's controller raises an alarm
	GateTailgate                      // a second traveller passed on one grant
	GateEmergency                     // the hard-wired emergency release is pulled
	GateOutOfService                  // the gate's controller says that it does not work
	gateStates
)

var gateWords = [gateStates]string{
	"unknown", "locked", "granted", "passing", "held-open", "forced", "tailgate", "emergency", "out-of-service",
}

// String returns the position as logs, metrics and the officer's page name it.
func (s GateState) String() string {
	if s < gateStates {
		return gateWords[s]
	}
	return gateWords[GateUnknown]
}

// GateStates returns every position of a gate.
func GateStates() []GateState {
	all := make([]GateState, gateStates)
	for i := range all {
		all[i] = GateState(i)
	}
	return all
}

// Lights show the traveller and the officer what a lane is doing.
type Lights interface {
	Show(ctx context.Context, s Signal) error
	Halt() error // dark
}

// Signal is what a lane's lights say.
type Signal uint8

// The signals of a lane. The zero value is dark.
const (
	SignalOff     Signal = iota
	SignalReady          // present a document
	SignalBusy           // a document is being read or decided
	SignalProceed        // go through
	SignalStop           // do not go through
)

// String returns the signal as logs and the officer's page name it.
func (s Signal) String() string {
	switch s {
	case SignalReady:
		return "ready"
	case SignalBusy:
		return "busy"
	case SignalProceed:
		return "proceed"
	case SignalStop:
		return "stop"
	}
	return "off"
}

// A Buzzer calls the officer. A document hit and a person hit sound different,
// because they call for different drills.
type Buzzer interface {
	// Sound starts a tone and returns at once; a tone that is still sounding
	// is replaced. ToneNone ends it.
	Sound(ctx context.Context, t Tone) error
	Halt() error // silent
}

// Tone is a pattern of the buzzer.
type Tone uint8

// The tones of a lane. The zero value is silence.
const (
	ToneNone     Tone = iota
	ToneClear         // one short
	ToneRefer         // two short
	ToneDocument      // three long: an alert on the document
	TonePerson        // long and short in turn: an alert on the person
)

// String returns the tone as logs and the officer's page name it.
func (t Tone) String() string {
	switch t {
	case ToneClear:
		return "clear"
	case ToneRefer:
		return "refer"
	case ToneDocument:
		return "document alert"
	case TonePerson:
		return "person alert"
	}
	return "silent"
}

// A Display tells the traveller what to do, and never why.
type Display interface {
	Show(ctx context.Context, m Message) error
	Halt() error // blank
}

// Message is one of the few things that a traveller is told. The display
// chooses the words and the language.
type Message uint8

// The messages to a traveller. The zero value is a closed lane.
const (
	MessageClosed  Message = iota // this lane is closed
	MessagePresent                // present your document
	MessageWait                   // please wait
	MessageAgain                  // please present your document again
	MessageProceed                // please proceed
	MessageOfficer                // please see an officer
)

// String returns the message as logs and the traveller's page name it.
func (m Message) String() string {
	switch m {
	case MessagePresent:
		return "present"
	case MessageWait:
		return "wait"
	case MessageAgain:
		return "again"
	case MessageProceed:
		return "proceed"
	case MessageOfficer:
		return "officer"
	}
	return "closed"
}
