package station

import (
	"time"

	"portcullis/firmware/inspect"
)

// An Event is something that a lane answers to.
type Event interface{ isEvent() }

// Inspected is a document that was read and decided on.
type Inspected struct {
	Decision inspect.Decision
	Document string        // label, as "P UTO"; no value of the document
	Key      string        // pseudonym, by which the same document is known; empty when it has none
	Elapsed  time.Duration // from the last byte of the reading to the decision
}

// ReadFailed is a reading that is no document at all.
type ReadFailed struct{ Fault string }

// ReaderChanged is the state of the reader.
type ReaderChanged struct{ State, Detail string }

// GateChanged is what the gate's contacts say.
type GateChanged struct {
	State    string
	Grant    uint64 // the passage whose release is under way; 0 when none is
	Passages uint64 // travellers that passed since the start
	Tampered bool
	Detail   string
}

// TamperCleared says that an operator has cleared that the gate was tampered
// with.
type TamperCleared struct{ By string }

// OutcomeGiven is what an officer says came of a passage. See [Station.Accepts].
type OutcomeGiven struct {
	Passage uint64
	Outcome Outcome
	Officer string
}

// FaultsChanged names everything that keeps the lane closed besides its reader,
// its gate and its log; nothing is named when all is well again.
type FaultsChanged struct{ Faults []inspect.Code }

// RecordFailed says that a record of the last step could not be made durable,
// and that the actions after it were dropped.
type RecordFailed struct{ Written int } // records of that step that were made durable before it

// RecordRestored says that records can be made durable again.
type RecordRestored struct{}

// Tick says that time has passed. One is due every few hundred milliseconds.
type Tick struct{}

func (Inspected) isEvent()      {}
func (ReadFailed) isEvent()     {}
func (ReaderChanged) isEvent()  {}
func (GateChanged) isEvent()    {}
func (TamperCleared) isEvent()  {}
func (OutcomeGiven) isEvent()   {}
func (FaultsChanged) isEvent()  {}
func (RecordFailed) isEvent()   {}
func (RecordRestored) isEvent() {}
func (Tick) isEvent()           {}
