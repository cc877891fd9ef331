package sim_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/sim"
)

func newLane(t *testing.T) *sim.Lane { return newLaneWith(t, sim.LaneTimes{}) }

func newLaneWith(t *testing.T, times sim.LaneTimes) *sim.Lane {
	t.Helper()
	lane, err := sim.NewLane(times, nil)
	if err != nil {
		t.Fatal(err)
	}
	return lane
}

func TestLaneGateContract(t *testing.T) {
	drivertest.TestGate(t, func(t *testing.T) drivertest.GateRig {
		lane := newLane(t)
		lane.SetFault(sim.NoTraveller, true)
		return drivertest.GateRig{
			Gate:   lane.Gate(),
			Run:    lane.Run,
			Closed: func() bool { return lane.Snapshot().Relay },
			Pulses: func() int { return lane.Snapshot().Pulses },
			Door:   lane.SetDoor,
			Pass:   lane.Pass,

			Emergency: func(pulled bool) { lane.SetFault(sim.EmergencyPull, pulled) },
			Tamper:    func(open bool) { lane.SetFault(sim.OpenCabinet, open) },
		}
	})
}

func TestLaneLightsContract(t *testing.T) {
	drivertest.TestLights(t, func(t *testing.T) drivertest.LightsRig {
		lane := newLane(t)
		return drivertest.LightsRig{Lights: lane.Lights(), Run: lane.Run, Lit: func() drivertest.Lamps {
			s := lane.Snapshot()
			return drivertest.Lamps{Ready: s.Ready, Proceed: s.Proceed, Stop: s.Stop}
		}}
	})
}

func TestLaneBuzzerContract(t *testing.T) {
	drivertest.TestBuzzer(t, func(t *testing.T) drivertest.BuzzerRig {
		lane := newLane(t)
		return drivertest.BuzzerRig{Buzzer: lane.Buzzer(), Run: lane.Run, Sounding: func() bool {
			return lane.Snapshot().Sounding
		}}
	})
}

func TestLaneDisplayContract(t *testing.T) {
	drivertest.TestDisplay(t, func(t *testing.T) drivertest.DisplayRig {
		lane := newLane(t)
		return drivertest.DisplayRig{Display: lane.Display(), Shown: func() drivers.Message {
			return lane.Snapshot().Message
		}}
	})
}

// onLane runs test with a lane that runs, in a bubble of its own time.
func onLane(t *testing.T, test func(t *testing.T, lane *sim.Lane)) {
	t.Helper()
	onLaneWith(t, sim.LaneTimes{}, test)
}

func onLaneWith(t *testing.T, times sim.LaneTimes, test func(t *testing.T, lane *sim.Lane)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		lane := newLaneWith(t, times)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- lane.Run(ctx) }()
		after(lane, time.Second)
		test(t, lane)
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// granted counts the grants of a lane.
var granted atomic.Uint64

// after lets time pass and returns what is to be seen then.
func after(lane *sim.Lane, d time.Duration) sim.LaneSnapshot {
	time.Sleep(d)
	synctest.Wait()
	return lane.Snapshot()
}

func release(t *testing.T, lane *sim.Lane) {
	t.Helper()
	if err := lane.Gate().Release(t.Context(), drivers.Grant(granted.Add(1))); err != nil {
		t.Fatalf("release: %v", err)
	}
}

func TestATravellerUsesARelease(t *testing.T) {
	onLane(t, func(t *testing.T, lane *sim.Lane) {
		release(t, lane)
		if s := after(lane, 500*time.Millisecond); s.Gate.State != drivers.GateGranted || s.DoorOpen {
			t.Errorf("after 0.5 s: %+v, want granted with the door shut", s)
		}
		if s := after(lane, time.Second); s.Gate.State != drivers.GatePassing || !s.DoorOpen {
			t.Errorf("after 1.5 s: %+v, want passing with the door open", s)
		}
		if s := after(lane, 2*time.Second); s.Gate.State != drivers.GateLocked || s.DoorOpen || s.Gate.Passages != 1 {
			t.Errorf("after 3.5 s: %+v, want locked with one passage", s)
		}
	})
}

func TestATravellerTakesTheTimesGiven(t *testing.T) {
	onLaneWith(t, sim.LaneTimes{Reach: 3 * time.Second, Walk: 2 * time.Second}, func(t *testing.T, lane *sim.Lane) {
		release(t, lane)
		for _, c := range []struct {
			after    time.Duration
			open     bool
			passages uint64
		}{{2900, false, 0}, {200, true, 0}, {1800, true, 0}, {200, true, 1}} {
			s := after(lane, c.after*time.Millisecond)
			if s.DoorOpen != c.open || s.Gate.Passages != c.passages {
				t.Errorf("got %+v, want open %v and %d passages", s, c.open, c.passages)
			}
		}
	})
}

func TestFaultsOfALane(t *testing.T) {
	for _, c := range []struct {
		fault    sim.LaneFault
		state    drivers.GateState
		passages uint64
		open     bool
	}{
		{sim.NoTraveller, drivers.GateLocked, 0, false},
		{sim.StuckDoor, drivers.GateLocked, 0, false},
		{sim.StickingDoor, drivers.GateUnknown, 0, true},
		{sim.HeldDoor, drivers.GateHeldOpen, 1, true},
		{sim.Tailgater, drivers.GateLocked, 2, false},
		{sim.ForcedDoor, drivers.GateForced, 0, true},
		{sim.SilentContacts, drivers.GateUnknown, 0, false},
		{sim.StuckContact, drivers.GateUnknown, 1, false},
		{sim.CutWire, drivers.GateUnknown, 0, false},
		{sim.ShortToGround, drivers.GateUnknown, 1, false},
		{sim.BouncingContact, drivers.GateUnknown, 0, false},
		{sim.EmergencyPull, drivers.GateEmergency, 0, true},
		{sim.OpenCabinet, drivers.GateLocked, 0, false},
		{sim.ControllerAlarm, drivers.GateForced, 0, false},
		{sim.ControllerOut, drivers.GateOutOfService, 0, false},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			onLane(t, func(t *testing.T, lane *sim.Lane) {
				lane.SetFault(c.fault, true)
				after(lane, 2*time.Second) // a contact may bounce for a second
				_ = lane.Gate().Release(t.Context(), drivers.Grant(granted.Add(1)))
				s := after(lane, 20*time.Second)
				if s.Gate.State != c.state || s.Gate.Passages != c.passages || s.DoorOpen != c.open || s.Gate.Tampered != (c.fault == sim.OpenCabinet) {
					t.Errorf("got %+v, want %v, %d passages, open %v", s, c.state, c.passages, c.open)
				}
				lane.SetFault(c.fault, false)
				after(lane, 3*time.Second)
				recover(t, lane, c.fault)
				if s := lane.Snapshot(); s.Gate.State != drivers.GateLocked {
					t.Errorf("without the fault: %+v, want locked", s.Gate)
				}
				release(t, lane)
			})
		})
	}
}

// recover does what somebody has to do after a fault, if anything.
func recover(t *testing.T, lane *sim.Lane, f sim.LaneFault) {
	t.Helper()
	switch f {
	case sim.StuckContact: // it has to be seen to move
		lane.SetDoor(true)
		after(lane, time.Second)
		lane.SetDoor(false)
		after(lane, time.Second)
	case sim.OpenCabinet:
		if err := lane.Gate().(drivers.TamperLatch).ClearTamper(t.Context()); err != nil {
			t.Error(err)
		}
		after(lane, 0)
	}
}

func TestATailgaterIsSeen(t *testing.T) {
	onLane(t, func(t *testing.T, lane *sim.Lane) {
		lane.SetFault(sim.Tailgater, true)
		release(t, lane)
		if s := after(lane, 3500*time.Millisecond); s.Gate.State != drivers.GateTailgate {
			t.Errorf("with the second traveller in the gate: %+v, want tailgate", s.Gate)
		}
	})
}

// A controller keeps what it was told for a while, whatever became of whoever
// told it.
func TestAControllerStoresAnAuthorisation(t *testing.T) {
	for reach, passes := range map[time.Duration]uint64{4900 * time.Millisecond: 1, 5100 * time.Millisecond: 0} {
		onLaneWith(t, sim.LaneTimes{Reach: reach}, func(t *testing.T, lane *sim.Lane) {
			release(t, lane)
			if err := lane.Gate().Lock(t.Context()); err != nil {
				t.Error(err)
			}
			if s := after(lane, 10*time.Second); s.Gate.Passages != passes || s.Pulses != 1 {
				t.Errorf("whoever comes after %v: %+v, want %d passages", reach, s, passes)
			}
		})
	}
}

func TestALaneShowsWhatItWasTold(t *testing.T) {
	onLane(t, func(t *testing.T, lane *sim.Lane) {
		for _, err := range []error{
			lane.Lights().Show(t.Context(), drivers.SignalProceed),
			lane.Buzzer().Sound(t.Context(), drivers.TonePerson),
			lane.Display().Show(t.Context(), drivers.MessageProceed),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		s := lane.Snapshot()
		if s.Signal != drivers.SignalProceed || s.Tone != drivers.TonePerson || s.Message != drivers.MessageProceed {
			t.Errorf("got %+v, want what it was told", s)
		}
		if err := lane.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
		s = after(lane, time.Second)
		if s.Signal != drivers.SignalOff || s.Tone != drivers.ToneNone || s.Message != drivers.MessageClosed || s.Proceed || s.Sounding {
			t.Errorf("a halted lane shows %+v", s)
		}
	})
}
