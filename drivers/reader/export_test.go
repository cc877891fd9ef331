package reader

import "time"

// Held returns how many bytes of the stream a framer holds.
func Held(f Framer) int {
	switch f := f.(type) {
	case *sita:
		return cap(f.data)
	case *lines:
		return cap(f.open) + cap(f.done)*maxLine
	}
	panic("unknown framer")
}

// Pauses returns the first pauses of a backoff.
func Pauses(limit time.Duration, n int) []time.Duration {
	var b backoff
	var got []time.Duration
	for range n {
		got = append(got, b.pause(limit))
	}
	return got
}

// The longest pauses, and how many events wait for a slow consumer.
const (
	MinPause    = minPause
	LookPause   = lookPause
	OpenPause   = openPause
	QueueLength = queueLength
)

// Settings names every setting of a profile.
func Settings() []string { return settings }
