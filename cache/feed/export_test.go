package feed

import (
	"time"

	"portcullis/cache/list"
)

// Unsigned returns a manifest as if it had been signed: a signature takes a
// fuzzer a thousand times as long as all else.
func Unsigned(data []byte, published time.Time) (Verified, error) {
	m, err := parseManifest(data)
	return verified(m, published), err
}

// Composed returns what changes do that are done one after the other.
func Composed(changes []list.Change) list.Change {
	var s series
	for _, c := range changes {
		s = s.then(c)
	}
	return s.change()
}
