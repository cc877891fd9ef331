package reader

import "time"

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
