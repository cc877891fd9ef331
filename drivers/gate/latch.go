package gate

import (
	"fmt"
	"time"
)

// noteRetry is the pause between two attempts to have a memory note something.
const noteRetry = 5 * time.Second

// A latch keeps that the gate was tampered with, until an operator clears it.
type latch struct {
	tampered bool
	noted    bool      // the memory knows
	again    time.Time // when it is told again
}

// owes says whether the memory has to be told now.
func (l *latch) owes(now time.Time) bool { return l.tampered && !l.noted && !now.Before(l.again) }

func (l *latch) wake() time.Time {
	if l.tampered && !l.noted {
		return l.again
	}
	return time.Time{}
}

// answered takes what the memory did.
func (l *latch) answered(k kind) {
	switch k {
	case noted:
		l.noted = true
	case notCleared:
		l.noted = false // it may have forgotten half of it
	case cleared:
		*l = latch{}
	}
}

// clearTamper has the memory forget, unless the cause is still there. Only then
// the latch is open.
func (m *machine) clearTamper() ([]command, error) {
	switch {
	case !m.latch.tampered:
		return nil, nil
	case m.wired[tamper] && m.heard[tamper] != inactive:
		return nil, fmt.Errorf("%w, and its contact still says so", ErrTampered)
	}
	return []command{forget}, nil
}
