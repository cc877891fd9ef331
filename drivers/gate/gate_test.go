package gate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/gate"
	"portcullis/drivers/gpio"
)

// rig wires a gate as docs/wiring.md has it: the relay drops when its line is
// let go, and contacts close to ground.
func rig(t *testing.T, c gate.Config) (drivertest.GateRig, *drivertest.Chip) {
	t.Helper()
	chip := drivertest.NewChip("RELAY", "DOOR", "PASSED", "EMERGENCY", "TAMPER")
	chip.Wire("RELAY", periph.PullDown)
	chip.Drive("DOOR", periph.Low)
	chip.Drive("PASSED", periph.High)
	chip.Drive("EMERGENCY", periph.Low)
	chip.Drive("TAMPER", periph.Low)
	program := chip.Process()
	relay, err := gpio.NewOutput(program.ByName("RELAY"), gpio.OutputConfig{NoBlip: true})
	if err != nil {
		t.Fatal(err)
	}
	contact := func(name string, low bool) gate.Wire {
		in, err := gpio.NewInput(program.ByName(name), gpio.InputConfig{ActiveLow: low, Pull: periph.PullUp})
		if err != nil {
			t.Fatal(err)
		}
		return gate.Wire{Contact: in, Supervised: true}
	}
	g, err := gate.New(relay, gate.Contacts{
		DoorClosed: contact("DOOR", true), Passed: contact("PASSED", true),
		Emergency: contact("EMERGENCY", false), Tamper: contact("TAMPER", false),
	}, nil, c)
	if err != nil {
		t.Fatal(err)
	}
	return drivertest.GateRig{
		Gate:   g,
		Level:  c.Mode == gate.LevelMode,
		Run:    g.Run,
		Closed: func() bool { return bool(chip.Level("RELAY")) },
		Pulses: func() int { return chip.Rises("RELAY") },
		Door:   func(open bool) { chip.Drive("DOOR", periph.Level(open)) },
		Pass: func() {
			chip.Drive("PASSED", periph.Low)
			time.AfterFunc(400*time.Millisecond, func() { chip.Drive("PASSED", periph.High) })
		},
		Emergency: func(pulled bool) { chip.Drive("EMERGENCY", periph.Level(pulled)) },
		Tamper:    func(open bool) { chip.Drive("TAMPER", periph.Level(open)) },
	}, chip
}

func TestContract(t *testing.T) {
	for name, mode := range map[string]gate.Mode{"pulse": gate.PulseMode, "level": gate.LevelMode} {
		t.Run(name, func(t *testing.T) {
			drivertest.TestGate(t, func(t *testing.T) drivertest.GateRig {
				r, _ := rig(t, gate.Config{Mode: mode})
				return r
			})
		})
	}
}

// running runs test with a gate that runs and is locked.
func running(t *testing.T, test func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r, chip := rig(t, gate.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- r.Run(ctx) }()
		time.Sleep(time.Second)
		test(t, r, chip)
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// status returns what a watcher is told first.
func status(t *testing.T, g drivers.Gate) drivers.GateStatus {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	told := make(chan drivers.GateStatus)
	go g.Watch(ctx, told)
	return <-told
}

func TestAPulseLastsAsLongAsConfigured(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip) {
		if err := r.Gate.Release(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		seen := chip.Seen("RELAY")
		if len(seen) != 3 {
			t.Fatalf("the relay showed %v, want off, on, off", seen)
		}
		if d := seen[2].At.Sub(seen[1].At); d != 200*time.Millisecond {
			t.Errorf("the pulse lasted %v, want 200ms", d)
		}
	})
}

func TestALostContactIsNamedAndStopsReleases(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip) {
		chip.Lose("DOOR")
		chip.Process().ByName("DOOR").In(periph.PullUp, periph.NoEdge)
		time.Sleep(time.Second)
		got := status(t, r.Gate)
		if got.State != drivers.GateUnknown || got.Detail == "" {
			t.Errorf("got %+v, want unknown and the reason", got)
		}
		if err := r.Gate.Release(t.Context(), 1); !errors.Is(err, gate.ErrBlind) {
			t.Errorf("release: got %v, want %v", err, gate.ErrBlind)
		}
		if r.Pulses() != 0 {
			t.Error("the refused release closed the relay")
		}
	})
}

func TestTheEmergencyReleaseStopsReleases(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip) {
		chip.Drive("EMERGENCY", periph.High)
		time.Sleep(time.Second)
		if err := r.Gate.Release(t.Context(), 1); !errors.Is(err, gate.ErrEmergency) {
			t.Errorf("release: got %v, want %v", err, gate.ErrEmergency)
		}
	})
}

func TestALostRelayIsAnErrorOfTheRelease(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, chip *drivertest.Chip) {
		chip.Lose("RELAY")
		if err := r.Gate.Release(t.Context(), 1); !errors.Is(err, gpio.ErrLost) {
			t.Errorf("release: got %v, want %v", err, gpio.ErrLost)
		}
		time.Sleep(time.Second)
		if r.Pulses() != 0 {
			t.Error("the relay was closed by a release that failed")
		}
		if got := status(t, r.Gate); got.State != drivers.GateLocked {
			t.Errorf("got %+v after the line came back, want locked", got)
		}
	})
}

// keeper is a memory on a disk that may be full.
type keeper struct{ tampered, full bool }

func (k *keeper) Tampered() (bool, error) { return k.tampered, nil }

func (k *keeper) SetTampered(is bool) error {
	if k.full {
		return errors.New("no room left")
	}
	k.tampered = is
	return nil
}

func TestTamperingOutlivesTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory, contact := &keeper{}, make(said, 1)
		life := func(does func(g *gate.Gate)) {
			g, err := gate.New(&stubborn{}, gate.Contacts{Tamper: gate.Wire{Contact: contact}}, memory, gate.Config{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ran := make(chan error, 1)
			go func() { ran <- g.Run(ctx) }()
			does(g)
			cancel()
			if err := <-ran; err != nil {
				t.Errorf("run: %v", err)
			}
			if s := status(t, g); s.Tampered != memory.tampered {
				t.Errorf("a gate that ended is %+v", s)
			}
		}
		life(func(g *gate.Gate) {
			contact <- true
			synctest.Wait()
			if !memory.tampered {
				t.Error("nothing was noted")
			}
		})
		life(func(g *gate.Gate) {
			contact <- false
			synctest.Wait()
			if err := g.Release(t.Context(), 1); !errors.Is(err, gate.ErrTampered) {
				t.Errorf("release: got %v, want %v", err, gate.ErrTampered)
			}
			memory.full = true
			if err := g.ClearTamper(t.Context()); err == nil || !status(t, g).Tampered {
				t.Error("cleared, though the memory would not forget it")
			}
			memory.full = false
			if err := g.ClearTamper(t.Context()); err != nil || status(t, g).Tampered {
				t.Errorf("clear: %v", err)
			}
		})
		life(func(g *gate.Gate) {
			contact <- false
			synctest.Wait()
			if err := g.Release(t.Context(), 2); err != nil {
				t.Errorf("release: %v", err)
			}
		})
	})
}

// said is a contact that says what it is told to.
type said chan bool

func (s said) Watch(ctx context.Context, report func(bool, error)) {
	for {
		select {
		case is := <-s:
			report(is, nil)
		case <-ctx.Done():
			return
		}
	}
}

func TestALevelNeedsTheContactThatEndsIt(t *testing.T) {
	for _, wired := range []bool{false, true} {
		var c gate.Contacts
		if wired {
			c.Passed.Contact = make(said)
		}
		if _, err := gate.New(&stubborn{}, c, nil, gate.Config{Mode: gate.LevelMode}); (err == nil) != wired {
			t.Errorf("with the contact wired: %v, got %v", wired, err)
		}
	}
}

func TestAGateRunsOnce(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, _ *drivertest.Chip) {
		if r.Run(t.Context()) == nil {
			t.Error("a gate that runs was run again")
		}
	})
}

func TestBadTimesAreRefused(t *testing.T) {
	chip := drivertest.NewChip("RELAY")
	relay, err := gpio.NewOutput(chip.Process().ByName("RELAY"), gpio.OutputConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []gate.Config{
		{Pulse: 1501 * time.Millisecond},
		{Pulse: 99 * time.Millisecond},
		{Pulse: -1},
		{Pulse: time.Second, Window: 1500 * time.Millisecond},
		{HoldOpen: 999 * time.Millisecond},
		{Travel: 16 * time.Second},
		{Mode: gate.LevelMode}, // nothing would end it
		{Mode: 7},
	} {
		if _, err := gate.New(relay, gate.Contacts{}, nil, c); err == nil {
			t.Errorf("the times %+v were accepted", c)
		}
	}
	for _, c := range []gate.Config{{}, {Pulse: 1500 * time.Millisecond}, {Pulse: 100 * time.Millisecond}} {
		if _, err := gate.New(relay, gate.Contacts{}, nil, c); err != nil {
			t.Errorf("the times %+v were refused: %v", c, err)
		}
	}
}

// stubborn is a relay that closes and then refuses three times to drop.
type stubborn struct {
	closed   bool
	refusals int
}

func (s *stubborn) Set(active bool) error {
	if !active && s.closed && s.refusals > 0 {
		s.refusals--
		return errors.New("stuck")
	}
	s.closed = active
	if active {
		s.refusals = 3
	}
	return nil
}

func (s *stubborn) Halt() error { return s.Set(false) }

func TestARelayThatRefusesToDropIsToldUntilItDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		relay := &stubborn{}
		g, err := gate.New(relay, gate.Contacts{}, nil, gate.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ran := make(chan error, 1)
		go func() { ran <- g.Run(ctx) }()
		synctest.Wait()
		for i, atEnd := range []bool{false, true} {
			if err := g.Release(t.Context(), drivers.Grant(i+1)); err != nil {
				t.Fatal(err)
			}
			if atEnd {
				cancel()
				if err := <-ran; err != nil {
					t.Errorf("run: %v", err)
				}
			}
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if relay.closed {
				t.Errorf("the relay is still closed (at the end of Run: %v)", atEnd)
			}
		}
	})
}

func TestASlowWatcherMissesTheOldestChangesOnly(t *testing.T) {
	running(t, func(t *testing.T, r drivertest.GateRig, _ *drivertest.Chip) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		told := make(chan drivers.GateStatus)
		go r.Gate.Watch(ctx, told)
		for range 100 {
			r.Pass()
			time.Sleep(time.Second)
		}
		var got []drivers.GateStatus
		for drained := false; !drained; {
			select {
			case s := <-told:
				got = append(got, s)
			case <-time.After(time.Second):
				drained = true
			}
		}
		if len(got) < 60 || len(got) > 70 {
			t.Fatalf("got %d changes, want those that a watcher may be behind", len(got))
		}
		last := got[len(got)-1]
		if last.Passages != 100 || last.State != drivers.GateLocked {
			t.Errorf("the last status is %+v, want locked with 100 passages", last)
		}
		for i := 2; i < len(got); i++ { // the first was on its way
			if got[i].Passages > got[i-1].Passages+1 {
				t.Errorf("from %+v to %+v: a change is missing between", got[i-1], got[i])
			}
		}
	})
}

func TestTheLoopBeats(t *testing.T) {
	drivertest.TestBeater(t, func(t *testing.T) drivertest.BeaterRig {
		r, _ := rig(t, gate.Config{})
		return drivertest.BeaterRig{Beater: r.Gate.(*gate.Gate), Run: r.Run}
	})
}
