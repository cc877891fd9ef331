package drivertest

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
)

// A BeaterRig is a device whose loop beats, and that loop.
type BeaterRig struct {
	Beater drivers.Beater
	Run    func(ctx context.Context) error
}

// TestBeater checks what a Beater promises, of an idle device for an hour: its
// loop comes round in time, and not when it has ended. Open is called in a bubble
// of time.
func TestBeater(t *testing.T, open func(t *testing.T) BeaterRig) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		rig := open(t)
		var beats atomic.Int64
		rig.Beater.OnBeat(func() { beats.Add(1) })
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- rig.Run(ctx) }()
		for at := time.Duration(0); at < time.Hour; at += drivers.BeatWithin {
			before := beats.Load()
			time.Sleep(drivers.BeatWithin)
			if beats.Load() == before {
				t.Fatalf("no beat for %v after %v", drivers.BeatWithin, at)
			}
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
		synctest.Wait()
		before := beats.Load()
		time.Sleep(time.Hour)
		if beats.Load() != before {
			t.Error("it beats although its loop has ended")
		}
	})
}
