package drivertest

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
)

// A GateRig is a gate on the bench, with somebody who works its contacts and
// sees its relay from outside. It stands locked, its door shut, and nobody there.
type GateRig struct {
	Gate   drivers.Gate
	Run    func(ctx context.Context) error // the loops of the gate
	Closed func() bool                     // the relay is closed at this moment
	Pulses func() int                      // how often it was closed
	Door   func(open bool)
	Pass   func() // begins a passage of a second at most
	Level  bool   // the relay is closed until the passage begins, or Lapse is over; otherwise for a pulse

	// Of a gate that has none of these they are nil.
	Emergency func(pulled bool) // the emergency release; a door that it opens is shut soon after it
	Tamper    func(open bool)   // the tamper contact
}

// MaxPulse is longer than any pulse of any gate.
const MaxPulse = 1500 * time.Millisecond

// Settle is longer than any contact needs to be heard, and Lapse longer than a
// release can be used.
const (
	Settle = time.Second
	Lapse  = 30 * time.Second
)

// TestGate holds a gate to the contract of drivers.Gate. It is given a rig for
// each test, inside a bubble of testing/synctest.
func TestGate(t *testing.T, open func(t *testing.T) GateRig) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b *gateBench)
	}{
		{"starts locked", testStartsLocked},
		{"a release is one command that ends", testOneCommand},
		{"a level ends when the traveller begins to pass", testLevelEnds},
		{"a passage is counted and locks the gate", testPassage},
		{"a grant that nobody uses is no passage", testUnused},
		{"a second release waits for the first", testSecondRelease},
		{"a grant is good for one release", testGrantOnce},
		{"a door without a release is forced", testForced},
		{"a second traveller on one grant is a tailgater", testTailgate},
		{"a door that is not shut in time is held open", testHeldOpen},
		{"the emergency release ends a release and stops others", testEmergency},
		{"tampering stops releases until it is cleared", testTamper},
		{"lock ends a release and its pulse", testLock},
		{"locking a locked gate does nothing", testLockLocked},
		{"a release whose context is done is none", testDoneContext},
		{"a pulse ends with the loops", testPulseEndsWithRun},
		{"halt ends a pulse and is final", testHalt},
		{"watch tells now and each change", testWatch},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { onGateBench(t, open(t), c.test) })
		})
	}
}

// A gateBench is a rig whose loops run and whose status is watched.
type gateBench struct {
	GateRig
	end    func() // ends the loops and waits for them
	status func() drivers.GateStatus
	last   drivers.Grant
}

func onGateBench(t *testing.T, rig GateRig, test func(*testing.T, *gateBench)) {
	if rig.Closed() || rig.Pulses() != 0 {
		t.Error("the relay was closed before the gate was run")
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran, watched := make(chan error, 1), make(chan error, 1)
	go func() { ran <- rig.Run(ctx) }()
	status := make(chan drivers.GateStatus)
	watching, ceaseWatching := context.WithCancel(t.Context())
	go func() { watched <- rig.Gate.Watch(watching, status) }()
	latest := collect(watching, status)
	ended := false
	b := &gateBench{GateRig: rig, status: latest, end: func() {
		cancel()
		if !ended {
			ended = true
			if err := <-ran; err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("the loops ended with %v", err)
			}
		}
	}}
	synctest.Wait()
	test(t, b)
	b.end()
	ceaseWatching()
	<-watched
	if rig.Closed() {
		t.Error("the relay is closed when the loops have ended")
	}
}

// collect takes in statuses and returns what to call for the latest.
func collect(ctx context.Context, status <-chan drivers.GateStatus) func() drivers.GateStatus {
	ask := make(chan drivers.GateStatus)
	go func() {
		var s drivers.GateStatus
		for {
			select {
			case s = <-status:
			case ask <- s:
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() drivers.GateStatus { return <-ask }
}

// longest is longer than the relay is closed for one release.
func (r GateRig) longest() time.Duration {
	if r.Level {
		return Lapse
	}
	return MaxPulse
}

// pass lets time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// want checks the state and the count of pulses.
func (b *gateBench) want(t *testing.T, state drivers.GateState, pulses int) {
	t.Helper()
	synctest.Wait()
	if s := b.status(); s.State != state {
		t.Errorf("the gate is %v (%s), want %v", s.State, s.Detail, state)
	}
	if n := b.Pulses(); n != pulses {
		t.Errorf("the relay was closed %d times, want %d", n, pulses)
	}
}

func (b *gateBench) release(t *testing.T) {
	t.Helper()
	if err := b.ask(t.Context()); err != nil {
		t.Fatalf("release: %v", err)
	}
}

// ask asks for a release on a grant of its own.
func (b *gateBench) ask(ctx context.Context) error {
	b.last++
	return b.Gate.Release(ctx, b.last)
}
