package watchdog

// What tests need of the inside.
type Wire = wire

var (
	OpenOn = openOn
	LookIn = look
)
