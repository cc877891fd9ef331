package subject

import (
	"sync"
	"time"
)

// Seen remembers for a while which documents were used, over all lanes of the
// appliance. It is kept in memory only. The zero value remembers for
// [DefaultWindow]; a Seen is safe for use by several goroutines.
type Seen struct {
	Window time.Duration // how long a use is remembered; 0 means DefaultWindow

	mu   sync.Mutex // guards uses
	uses map[string]time.Time
}

// DefaultWindow is how long a use is remembered by default.
const DefaultWindow = 10 * time.Minute

// Mark notes that a document was used, which is when its traveller was let
// through.
func (s *Seen) Mark(now time.Time, p Pseudonym) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.uses == nil {
		s.uses = map[string]time.Time{}
	}
	for name, at := range s.uses {
		if now.Sub(at) > s.window() {
			delete(s.uses, name)
		}
	}
	if p != (Pseudonym{}) {
		s.uses[p.Today] = now
	}
}

// Forget takes back a use, as of a traveller who in the end did not pass.
func (s *Seen) Forget(p Pseudonym) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uses, p.Today)
	delete(s.uses, p.Yesterday)
}

// Last returns when the document was used last; the zero time means that it
// was not, as far as is remembered. A use before midnight is found by
// yesterday's name.
func (s *Seen) Last(now time.Time, p Pseudonym) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.uses[p.Today]
	if before := s.uses[p.Yesterday]; before.After(at) {
		at = before
	}
	if now.Sub(at) > s.window() {
		return time.Time{}
	}
	return at
}

func (s *Seen) window() time.Duration {
	if s.Window <= 0 {
		return DefaultWindow
	}
	return s.Window
}
