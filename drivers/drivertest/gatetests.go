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

func testOnePulse(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	b.want(t, drivers.GateReleased, 1)
	if !b.Closed() {
		t.Error("the relay is open after Release has returned")
	}
	pass(MaxPulse)
	if b.Closed() {
		t.Errorf("the relay is still closed after %v", MaxPulse)
	}
	pass(Lapse)
	b.want(t, drivers.GateLocked, 1)
	if n := b.status().Passages; n != 0 {
		t.Errorf("an unused release counted as %d passages", n)
	}
}

func testPassage(t *testing.T, b *gateBench) {
	pass(Settle)
	for i := range 3 {
		b.release(t)
		b.Door(true)
		pass(Settle)
		b.Pass()
		pass(Settle)
		b.want(t, drivers.GateReleased, i+1)
		b.Door(false)
		pass(Settle)
		b.want(t, drivers.GateLocked, i+1)
		if n := b.status().Passages; n != uint64(i+1) {
			t.Errorf("%d passages, want %d", n, i+1)
		}
	}
}

func testSecondRelease(t *testing.T, b *gateBench) {
	pass(Settle)
	b.release(t)
	for range 2 {
		if b.Gate.Release(t.Context()) == nil {
			t.Error("a second release was accepted while the first could be used")
		}
		pass(MaxPulse)
	}
	b.want(t, drivers.GateReleased, 1)
}

func testForced(t *testing.T, b *gateBench) {
	pass(Settle)
	b.Door(true)
	pass(Settle)
	b.want(t, drivers.GateForced, 0)
	if b.Gate.Release(t.Context()) == nil {
		t.Error("a forced gate was released")
	}
	b.Door(false)
	pass(Settle)
	b.want(t, drivers.GateLocked, 0)
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
	if b.Gate.Release(ctx) == nil {
		t.Error("a release with a context that is done was accepted")
	}
	b.want(t, drivers.GateLocked, 0)

	ctx, cancel = context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := b.Gate.Release(ctx); err != nil {
		t.Fatalf("release: %v", err)
	}
	pass(MaxPulse)
	if b.Closed() {
		t.Error("the pulse did not end when the context of its release was done")
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
	if b.Gate.Release(t.Context()) == nil {
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
	if b.Gate.Release(t.Context()) == nil {
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
	for _, want := range []drivers.GateState{drivers.GateReleased, drivers.GateLocked} {
		if s := <-status; s.State != want {
			t.Errorf("got status %v, want %v", s.State, want)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("watch ended with %v", err)
	}
}
