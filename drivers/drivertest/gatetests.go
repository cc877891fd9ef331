package drivertest

import (
	"context"
	"testing"
	"time"

	"portcullis/drivers"
)

func testStartsLocked(t *testing.T, b *gateBench) {
	pass(Settle)
	b.want(t, drivers.GateLocked, 0)
}

func testOneCommand(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	b.want(t, drivers.GateGranted, 1)
	if s := b.status(); s.Grant != b.last || s.Until.IsZero() {
		t.Errorf("the grant under way is %d until %v, want %d and a time", s.Grant, s.Until, b.last)
	}
	if !b.Closed() {
		t.Error("the relay is open after Release has returned")
	}
	pass(b.longest())
	if b.Closed() {
		t.Errorf("the relay is still closed after %v", b.longest())
	}
	pass(Lapse)
	b.want(t, drivers.GateLocked, 1)
	if n := b.status().Passages; n != 0 {
		t.Errorf("an unused release counted as %d passages", n)
	}
}

func testLevelEnds(t *testing.T, b *gateBench) {
	if !b.Level {
		t.Skip("its command is a pulse")
	}
	pass(Settle)
	b.release(t)
	b.Door(true)
	pass(MaxPulse)
	if !b.Closed() {
		t.Error("the level ended before anybody passed")
	}
	b.Pass()
	pass(Settle)
	if b.Closed() {
		t.Error("the relay is still closed for a traveller who passes")
	}
	b.want(t, drivers.GatePassing, 1)
}

func testPassage(t *testing.T, b *gateBench) {
	pass(Settle)
	for i := range 3 {
		b.release(t)
		b.Door(true)
		pass(Settle)
		b.Pass()
		pass(Settle)
		b.want(t, drivers.GatePassing, i+1)
		b.Door(false)
		pass(Settle)
		b.want(t, drivers.GateLocked, i+1)
		if s := b.status(); s.Passages != uint64(i+1) || s.Unused != 0 || s.Grant != 0 {
			t.Errorf("got %+v, want %d passages and no grant", s, i+1)
		}
	}
}

func testUnused(t *testing.T, b *gateBench) {
	pass(Settle)
	for i := range 2 {
		b.release(t)
		pass(Lapse)
		b.want(t, drivers.GateLocked, i+1)
		if s := b.status(); s.Unused != uint64(i+1) || s.Passages != 0 {
			t.Errorf("%d grants were unused and %d travellers passed, want %d and none", s.Unused, s.Passages, i+1)
		}
	}
}

func testSecondRelease(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	for range 2 {
		if b.ask(t.Context()) == nil {
			t.Error("a second release was accepted while the first could be used")
		}
		pass(MaxPulse)
	}
	b.want(t, drivers.GateGranted, 1)
}

func testGrantOnce(t *testing.T, b *gateBench) {
	pass(Settle)
	if b.Gate.Release(t.Context(), 0) == nil {
		t.Error("a release without a grant was accepted")
	}
	b.last = 7 // the next is 8
	b.release(t)
	pass(Lapse)
	for _, used := range []drivers.Grant{8, 7, 3, 0} {
		if b.Gate.Release(t.Context(), used) == nil {
			t.Errorf("grant %d was accepted after grant 8", used)
		}
	}
	b.want(t, drivers.GateLocked, 1)
}

func testForced(t *testing.T, b *gateBench) {
	pass(Settle)
	b.Door(true)
	pass(Settle)
	b.want(t, drivers.GateForced, 0)
	if b.ask(t.Context()) == nil {
		t.Error("a forced gate was released")
	}
	b.Door(false)
	pass(Settle)
	b.want(t, drivers.GateLocked, 0)
}

func testTailgate(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	b.Door(true)
	pass(Settle)
	for range 2 {
		b.Pass()
		pass(Settle)
	}
	b.want(t, drivers.GateTailgate, 1)
	if b.ask(t.Context()) == nil {
		t.Error("a gate with a tailgater in it was released")
	}
	b.Door(false)
	pass(Settle)
	b.want(t, drivers.GateLocked, 1)
}

func testHeldOpen(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	b.Door(true)
	pass(Settle)
	b.Pass()
	pass(Lapse)
	b.want(t, drivers.GateHeldOpen, 1)
	if b.ask(t.Context()) == nil {
		t.Error("a gate that is held open was released")
	}
	b.Door(false)
	pass(Settle)
	b.want(t, drivers.GateLocked, 1)
}

func testEmergency(t *testing.T, b *gateBench) {
	if b.Emergency == nil {
		t.Skip("no emergency release is wired")
	}
	pass(Settle)
	b.release(t)
	b.Emergency(true)
	pass(Settle)
	b.want(t, drivers.GateEmergency, 1)
	if b.Closed() {
		t.Error("the relay is closed while the emergency release is pulled")
	}
	if b.ask(t.Context()) == nil {
		t.Error("a gate in an emergency was released")
	}
	b.Emergency(false)
	pass(Settle)
	b.want(t, drivers.GateLocked, 1)
	b.release(t)
}

func testTamper(t *testing.T, b *gateBench) {
	latch, ok := b.Gate.(drivers.TamperLatch)
	if b.Tamper == nil || !ok {
		t.Skip("no tamper contact is wired")
	}
	pass(Settle)
	b.release(t)
	b.Tamper(true)
	pass(Settle)
	if b.Closed() || !b.status().Tampered {
		t.Errorf("with an open cabinet the relay is closed: %v, tampered: %v", b.Closed(), b.status().Tampered)
	}
	if latch.ClearTamper(t.Context()) == nil {
		t.Error("the latch was cleared with an open cabinet")
	}
	b.Tamper(false)
	pass(Lapse)
	if b.ask(t.Context()) == nil || !b.status().Tampered {
		t.Error("a shut cabinet cleared the latch by itself")
	}
	if err := latch.ClearTamper(t.Context()); err != nil {
		t.Fatalf("clear: %v", err)
	}
	b.release(t)
	b.want(t, drivers.GateGranted, 2)
}

func testLock(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	if err := b.Gate.Lock(t.Context()); err != nil {
		t.Fatalf("lock: %v", err)
	}
	if b.Closed() {
		t.Error("the relay is closed after Lock has returned")
	}
	b.want(t, drivers.GateLocked, 1)
	pass(Lapse)
	b.want(t, drivers.GateLocked, 1)
}

func testLockLocked(t *testing.T, b *gateBench) {
	pass(Settle)
	for range 2 {
		if err := b.Gate.Lock(t.Context()); err != nil {
			t.Errorf("lock: %v", err)
		}
	}
	b.want(t, drivers.GateLocked, 0)
}

func testDoneContext(t *testing.T, b *gateBench) {
	pass(Settle)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if b.ask(ctx) == nil {
		t.Error("a release with a context that is done was accepted")
	}
	b.want(t, drivers.GateLocked, 0)

	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := b.ask(ctx); err != nil {
		t.Fatalf("release: %v", err)
	}
	pass(b.longest())
	if b.Closed() {
		t.Error("the command did not end when the context of its release was done")
	}
}

func testPulseEndsWithRun(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	if !b.Closed() {
		t.Fatal("the relay is open after Release has returned")
	}
	b.end()
	if b.Closed() {
		t.Error("the relay is closed when the loops have ended")
	}
	if b.ask(t.Context()) == nil {
		t.Error("a gate whose loops have ended was released")
	}
	if err := b.Gate.Lock(t.Context()); err != nil {
		t.Errorf("lock: %v", err)
	}
	b.want(t, drivers.GateUnknown, 1)
}

func testHalt(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	for range 2 {
		if err := b.Gate.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
		if b.Closed() {
			t.Error("the relay is closed after Halt has returned")
		}
	}
	if b.ask(t.Context()) == nil {
		t.Error("a halted gate was released")
	}
	pass(Lapse)
	b.want(t, drivers.GateLocked, 1)
}

func testWatch(t *testing.T, b *gateBench) {
	pass(Settle)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	status := make(chan drivers.GateStatus)
	ended := make(chan error, 1)
	go func() { ended <- b.Gate.Watch(ctx, status) }()
	if s := <-status; s.State != drivers.GateLocked {
		t.Errorf("the first status is %v, want locked", s.State)
	}
	b.release(t) // nobody takes the status: the gate must not wait for that
	pass(Lapse)
	for _, want := range []drivers.GateState{drivers.GateGranted, drivers.GateLocked} {
		if s := <-status; s.State != want {
			t.Errorf("got status %v, want %v", s.State, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("watch ended with %v", err)
	}
}
