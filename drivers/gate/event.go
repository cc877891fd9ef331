package gate

// A role is what a contact tells.
type role uint8

const (
	door role = iota
	passage
	emergency
	roles
)

func (r role) String() string { return [roles]string{"door_closed", "passed", "emergency"}[r] }

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
	role  role   // of a contact that spoke
	level level  // what it said
	why   string // it is lost, or the relay failed
}

type kind uint8

const (
	tick kind = iota
	release
	lock
	halt
	spoke      // a contact did
	relayDone  // the last command to the relay was obeyed
	relayFails // it was not
)

// A command is what a gate does.
type command uint8

const (
	relayOff command = iota
	relayOn
)
