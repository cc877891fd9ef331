package uplink

// What the tests look at.
var (
	Beat       = (*Uplink).beat
	Resume     = (*Uplink).resume
	PauseAfter = pauseAfter
	RetryAfter = retryAfter
)
