package gate

import "portcullis/drivers"

// A role is what a contact tells.
type role uint8

const (
	doorClosed role = iota
	doorOpen
	passed
	busy
	alarm
	outOfService
	emergency
	tamper
	roles
)

func (r role) String() string {
	return [roles]string{
		"door_closed", "door_open", "passed", "busy", "alarm", "out_of_service", "emergency", "tamper",
	}[r]
}

// A level is what a contact was last heard to say.
type level uint8

const (
	silent level = iota // nothing yet
	inactive
	active
	lost // it cannot be trusted
)

// An event is what happens to a gate. The zero event is the passing of time.
type event struct {
	kind  kind
	grant drivers.Grant // of a release
	role  role          // of a contact that spoke
	level level         // what it said
	why   string        // it is lost, or the relay failed
}

type kind uint8

const (
	tick kind = iota
	release
	lock
	halt
	clearing   // an operator clears the tamper latch
	spoke      // a contact did
	relayDone  // the last command to the relay was obeyed
	relayFails // it was not
	noted      // the memory knows that the gate was tampered with
	notNoted   // it does not
	cleared    // the memory has forgotten it
	notCleared // it has not
)

// A command is what a gate does.
type command uint8

const (
	relayOff command = iota
	relayOn
	note   // that the gate was tampered with
	forget // that it was
)
