package firmware_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/sim"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

var errBroken = errors.New("the relay is broken")

// brokenDevice is a gate, lights, a buzzer and a display that fail for as long
// as the test says so. What they are at rest is not in question.
type brokenDevice struct {
	drivers.Gate
	lights  drivers.Lights
	buzzer  drivers.Buzzer
	display drivers.Display
	fails   atomic.Bool
}

func (d *brokenDevice) err() error {
	if d.fails.Load() {
		return errBroken
	}
	return nil
}

func (d *brokenDevice) Release(ctx context.Context, g drivers.Grant) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.Gate.Release(ctx, g)
}

func (d *brokenDevice) Lock(ctx context.Context) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.Gate.Lock(ctx)
}

type brokenLights struct{ *brokenDevice }

func (d brokenLights) Show(ctx context.Context, s drivers.Signal) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.lights.Show(ctx, s)
}

type brokenBuzzer struct{ *brokenDevice }

func (d brokenBuzzer) Sound(ctx context.Context, t drivers.Tone) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.buzzer.Sound(ctx, t)
}

type brokenDisplay struct{ *brokenDevice }

func (d brokenDisplay) Show(ctx context.Context, m drivers.Message) error {
	if err := d.err(); err != nil {
		return err
	}
	return d.display.Show(ctx, m)
}

func TestADeviceThatFailsClosesTheLaneUntilItWorks(t *testing.T) {
	store := openStore(t)
	for name, wire := range map[string]func(*bench, *brokenDevice){
		"gate":   func(b *bench, d *brokenDevice) { b.parts.Gate = d },
		"lights": func(b *bench, d *brokenDevice) { b.parts.Lights = brokenLights{d} },
		"buzzer": func(b *bench, d *brokenDevice) { b.parts.Buzzer = brokenBuzzer{d} },
	} {
		t.Run(name, func(t *testing.T) {
			d := &brokenDevice{}
			atWork(t, store, func(b *bench) {
				d.Gate, d.lights, d.buzzer = b.parts.Gate, b.parts.Lights, b.parts.Buzzer
				wire(b, d)
			}, func(b *bench) {
				b.mustBe(station.Ready)
				d.fails.Store(true)
				b.present(b.passport("U00000001"))
				if _, l := b.last(); !slices.Contains(l.Causes, inspect.DeviceFault) {
					t.Errorf("the lane is %s for %v", l.State, l.Causes)
				}
				b.pass(30 * time.Second) // whatever became of the traveller
				b.mustBe(station.Closed, inspect.DeviceFault)
				released := b.board.Snapshot().Pulses
				b.present(b.passport("U00000002"))
				if p, _ := b.last(); p.Decision.Verdict() == inspect.Clear || b.board.Snapshot().Pulses > released {
					t.Errorf("with a fault: %v", p.Decision.Codes())
				}

				d.fails.Store(false)
				b.pass(30 * time.Second)
				b.mustBe(station.Ready)
				b.present(b.passport("U00000003"))
				if p, _ := b.last(); p.Decision.Verdict() != inspect.Clear || b.board.Snapshot().Pulses != released+1 {
					t.Errorf("when it works again: %v", p.Decision.Codes())
				}
				got := kinds(b.recorded())
				if !slices.Contains(got, "fault-began") || !slices.Contains(got, "fault-ended") {
					t.Errorf("the log has %v", got)
				}
			})
		})
	}
}

// TestADisplayThatFailsDoesNotStopTheLane clears a traveller without a display,
// tells the officer, and shows what there is to show once the display works.
func TestADisplayThatFailsDoesNotStopTheLane(t *testing.T) {
	d := &brokenDevice{}
	atWork(t, openStore(t), func(b *bench) {
		d.Gate, d.display = b.parts.Gate, b.parts.Display
		b.parts.Display = brokenDisplay{d}
	}, func(b *bench) {
		d.fails.Store(true)
		b.present(b.passport("U00000001"))
		if p, _ := b.last(); p.Decision.Verdict() != inspect.Clear || b.board.Snapshot().Pulses != 1 {
			t.Errorf("without a display: %v", p.Decision.Codes())
		}
		b.pass(30 * time.Second)
		b.mustBe(station.Ready)
		if page := b.page(); !strings.Contains(page, "display-fault") {
			t.Errorf("the officer is not told: %s", page)
		}
		d.fails.Store(false)
		b.pass(30 * time.Second)
		if m := b.board.Snapshot().Message; m != drivers.MessagePresent || strings.Contains(b.page(), "display-fault") {
			t.Errorf("when it works again it shows %v, and the officer is told %s", m, b.page())
		}
	})
}

// page returns the view that the officer's page is sent.
func (b *bench) page() string {
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Second)
	defer cancel()
	sent := httptest.NewRecorder()
	b.parts.Console.Handler().ServeHTTP(sent, httptest.NewRequestWithContext(ctx, "GET", "http://localhost/events", nil))
	return sent.Body.String()
}

// TestADeviceThatHangsIsOneThatFails has a buzzer that never answers: the lane
// goes on without it after a while.
func TestADeviceThatHangsIsOneThatFails(t *testing.T) {
	atWork(t, openStore(t), func(b *bench) { b.parts.Buzzer = hanging{b.parts.Buzzer} }, func(b *bench) {
		b.present(b.passport("U00000001"))
		b.pass(time.Minute)
		b.mustBe(station.Closed, inspect.DeviceFault)
	})
}

type hanging struct{ drivers.Buzzer }

func (hanging) Sound(ctx context.Context, _ drivers.Tone) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestAReaderThatIsGoneClosesTheLane(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderGone, Detail: "device is gone"}
		b.pass(0)
		b.mustBe(station.Closed, inspect.ReaderGone)
		b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderReady}
		b.pass(0)
		b.mustBe(station.Ready)
		if got := kinds(b.recorded()); !slices.Equal(got, []string{"log-opened", "reader-gone", "reader-back"}) {
			t.Errorf("the log has %v", got)
		}
	})
}

// TestAReadingWithAFaultIsNoDocument has readings that tell of nothing but a
// fault on the wire.
func TestAReadingWithAFaultIsNoDocument(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		for range 3 { // the first two are asked for again
			b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderReady, Reading: &drivers.Reading{Fault: drivers.FaultTruncated, At: time.Now()}}
			b.pass(0)
		}
		p, l := b.last()
		if l.State != station.Referred || !p.Decision.Has(inspect.Unreadable) || b.released() > 0 {
			t.Errorf("the lane is %s for %v", l.State, p.Decision.Codes())
		}
	})
}

func TestWhatHappensAtTheGateIsRecorded(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault sim.LaneFault
		alone bool     // nobody presents a document
		want  []string // the kinds of the first entries
		state station.State
	}{
		{"nobody passes", sim.NoTraveller, false, []string{"decision", "no-passage"}, station.Ready},
		{"the door does not open", sim.StuckDoor, false, []string{"decision", "no-passage"}, station.Ready},
		{"a second traveller follows", sim.Tailgater, false, []string{"decision", "passage", "gate-tailgate"}, station.Referred},
		{"somebody forces the door", sim.ForcedDoor, true, []string{"gate-forced"}, station.Referred},
		{"nobody lets it shut", sim.HeldDoor, false, []string{"decision", "passage", "gate-not-shut", "gate-held-open"}, station.Referred},
		{"the door sticks", sim.StickingDoor, false, []string{"decision", "gate-unknown"}, station.Closed},
		{"the contacts fall silent", sim.SilentContacts, true, []string{"gate-unknown"}, station.Closed},
		{"a contact bounces", sim.BouncingContact, true, []string{"gate-unknown"}, station.Closed},
		{"a wire is short", sim.ShortToGround, true, []string{"gate-forced", "gate-unknown"}, station.Referred},
		{"the controller raises an alarm", sim.ControllerAlarm, true, []string{"gate-forced"}, station.Referred},
		{"the controller is out of service", sim.ControllerOut, true, []string{"gate-out-of-service"}, station.Closed},
		{"the emergency release is pulled", sim.EmergencyPull, true, []string{"gate-emergency"}, station.Closed},
		{"the cabinet is opened", sim.OpenCabinet, true, []string{"tampered"}, station.Closed},
	} {
		t.Run(c.name, func(t *testing.T) {
			atWork(t, openStore(t), nil, func(b *bench) {
				b.board.SetFault(c.fault, true)
				if !c.alone {
					b.present(b.passport("U00000001"))
				}
				b.pass(30 * time.Second)
				if _, l := b.last(); l.State != c.state {
					t.Errorf("the lane is %s for %v", l.State, l.Causes)
				}
				if got := kinds(b.recorded())[1:]; !slices.Equal(got[:min(len(got), len(c.want))], c.want) {
					t.Errorf("the log has %v, want %v", got, c.want)
				}
			})
		})
	}
}
