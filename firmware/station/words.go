package station

// Signal is what the lights say.
type Signal string

// The signals.
const (
	SignalReady   Signal = "ready"
	SignalProceed Signal = "proceed"
	SignalStop    Signal = "stop"
)

// Tone is what the buzzer sounds.
type Tone string

// The tones.
const (
	ToneSilent   Tone = "silent"
	ToneClear    Tone = "clear"
	ToneRefer    Tone = "refer"
	ToneDocument Tone = "document alert"
	TonePerson   Tone = "person alert"
)

// Message is what the traveller is told.
type Message string

// The messages.
const (
	MessageClosed  Message = "closed"
	MessagePresent Message = "present"
	MessageWait    Message = "wait"
	MessageAgain   Message = "again"
	MessageProceed Message = "proceed"
	MessageOfficer Message = "officer"
)

// Command is what the gate is told.
type Command string

// The commands.
const (
	Release Command = "release" // let one traveller through
	Lock    Command = "lock"    // end a release that was not used
)

// State is what a lane is doing.
type State string

// The states of a lane.
const (
	Closed   State = "closed"
	Ready    State = "ready"
	Again    State = "again"
	Proceed  State = "proceed"
	Referred State = "referred"
	Alerted  State = "alert"
)

// The words of package drivers that a station tells apart. Any other word, the
// empty one too, is a device that cannot be relied on.
const (
	readerReady      = "ready"
	gateLocked       = "locked"
	gateGranted      = "granted"
	gatePassing      = "passing"
	gateHeldOpen     = "held-open"
	gateForced       = "forced"
	gateTailgate     = "tailgate"
	gateEmergency    = "emergency"
	gateOutOfService = "out-of-service"
)
