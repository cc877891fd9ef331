package station

import (
	"time"

	"portcullis/firmware/inspect"
)

// An Action is something that is to be done.
type Action interface{ isAction() }

// Record is an entry for the log, to be made durable before the next action.
type Record struct {
	At       time.Time // when it happened, which may be before the step that returns it
	Kind     Kind
	Passage  uint64           // 0 when it belongs to none
	Decision inspect.Decision // in a record of Kind Decided
	Document string
	Key      string
	Elapsed  time.Duration
	Outcome  Outcome
	Officer  string
	Detail   string
}

// Kind is what a record tells.
type Kind string

// The kinds of records.
const (
	Decided      Kind = "decision"
	Passed       Kind = "passage"
	NoPassage    Kind = "no-passage" // a traveller was cleared, and did not pass
	OutcomeKept  Kind = "outcome"
	ReaderGone   Kind = "reader-gone"
	ReaderBack   Kind = "reader-back"
	GateForced   Kind = "gate-forced"
	GateTailgate Kind = "gate-tailgate"
	GateHeldOpen Kind = "gate-held-open"
	GatePulled   Kind = "gate-emergency"
	GateOut      Kind = "gate-out-of-service"
	GateUnknown  Kind = "gate-unknown"
	GateNotShut  Kind = "gate-not-shut"
	GateShut     Kind = "gate-shut"     // after one of those above
	ExtraPassage Kind = "extra-passage" // of somebody without a release
	Tampering    Kind = "tampered"
	TamperOver   Kind = "tamper-cleared"
	FaultBegan   Kind = "fault-began"
	FaultEnded   Kind = "fault-ended"
	LogRestored  Kind = "log-restored" // what could not be written comes after it
)

// Lights is a signal to show.
type Lights struct{ Signal Signal }

// Display is a message to the traveller.
type Display struct{ Message Message }

// Buzzer is a tone to sound.
type Buzzer struct{ Tone Tone }

// Gate is a command to the gate. A release is for a passage, and for no other.
type Gate struct {
	Command Command
	Passage uint64
}

// Lane is what the officer's page shows of the lane itself.
type Lane struct {
	State  State
	Since  time.Time
	Causes []inspect.Code // why the lane is closed, or will be
}

// Passage is what the officer's page shows of one document, or of an incident
// at the gate. It replaces what was shown of the same number.
type Passage struct {
	Number   uint64
	At       time.Time
	Document string
	Decision inspect.Decision
	Elapsed  time.Duration
	State    PassageState
	Waiting  bool // an officer may record an outcome
	Outcome  Outcome
	Closed   time.Time // when the outcome was recorded
}

// PassageState is what became of a passage.
type PassageState string

// The states of a passage.
const (
	AskedAgain  PassageState = "again"
	MayPass     PassageState = "proceed"
	HasPassed   PassageState = "passed"
	NotUsed     PassageState = "no-passage"
	WithOfficer PassageState = "referred"
	Called      PassageState = "alert"
	NotTaken    PassageState = "not-taken" // the lane was busy; another passage is still the current one
)

func (Record) isAction()  {}
func (Lights) isAction()  {}
func (Display) isAction() {}
func (Buzzer) isAction()  {}
func (Gate) isAction()    {}
func (Lane) isAction()    {}
func (Passage) isAction() {}
