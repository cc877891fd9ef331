package lights_test

import (
	"errors"
	"testing"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
	"portcullis/drivers/lights"
)

func TestContract(t *testing.T) {
	drivertest.TestLights(t, func(t *testing.T) drivertest.LightsRig {
		chip := drivertest.NewChip("READY", "PROCEED", "STOP")
		program := chip.Process()
		lamp := func(name string) lights.Lamp {
			o, err := gpio.NewOutput(program.ByName(name), gpio.OutputConfig{})
			if err != nil {
				t.Fatal(err)
			}
			return o
		}
		l, err := lights.New(lights.Lamps{Ready: lamp("READY"), Proceed: lamp("PROCEED"), Stop: lamp("STOP")})
		if err != nil {
			t.Fatal(err)
		}
		lit := func(name string) bool { return chip.Level(name) == periph.High }
		return drivertest.LightsRig{Lights: l, Run: l.Run, Lit: func() drivertest.Lamps {
			return drivertest.Lamps{Ready: lit("READY"), Proceed: lit("PROCEED"), Stop: lit("STOP")}
		}}
	})
}

// A panel is a set of lamps that notes when two of them were lit at once.
type panel struct {
	lit  map[string]bool
	both bool
}

// A lamp is one of a panel. It may be broken.
type lamp struct {
	panel  *panel
	name   string
	broken bool
}

func (l *lamp) Set(lit bool) error {
	if l.broken {
		return errors.New("line lost")
	}
	l.panel.lit[l.name] = lit
	n := 0
	for _, on := range l.panel.lit {
		if on {
			n++
		}
	}
	l.panel.both = l.panel.both || n > 1
	return nil
}

func (l *lamp) Halt() error { return l.Set(false) }

func newPanel(t *testing.T) (p *panel, busy, proceed, stop *lamp, l *lights.Lights) {
	t.Helper()
	p = &panel{lit: map[string]bool{}}
	at := func(name string) *lamp { return &lamp{panel: p, name: name} }
	busy, proceed, stop = at("busy"), at("proceed"), at("stop")
	l, err := lights.New(lights.Lamps{Ready: at("ready"), Busy: busy, Proceed: proceed, Stop: stop})
	if err != nil {
		t.Fatal(err)
	}
	return p, busy, proceed, stop, l
}

func TestTwoLampsAreNeverLitAtOnce(t *testing.T) {
	p, _, _, _, l := newPanel(t)
	signals := []drivers.Signal{drivers.SignalOff, drivers.SignalReady, drivers.SignalBusy, drivers.SignalProceed, drivers.SignalStop}
	for _, from := range signals {
		for _, to := range signals {
			for _, s := range []drivers.Signal{from, to} {
				if err := l.Show(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			if p.both {
				t.Fatalf("two lamps were lit from %v to %v", from, to)
			}
		}
	}
}

func TestBusyMayHaveALampOfItsOwn(t *testing.T) {
	p, _, _, _, l := newPanel(t)
	if err := l.Show(t.Context(), drivers.SignalBusy); err != nil {
		t.Fatal(err)
	}
	if !p.lit["busy"] || p.lit["ready"] {
		t.Errorf("lit %v, want busy alone", p.lit)
	}
}

func TestProceedStaysDarkWhileAnotherLampCannotBePutOut(t *testing.T) {
	p, _, _, stop, l := newPanel(t)
	if err := l.Show(t.Context(), drivers.SignalStop); err != nil {
		t.Fatal(err)
	}
	stop.broken = true
	if l.Show(t.Context(), drivers.SignalProceed) == nil {
		t.Error("a lamp that cannot be put out is no error")
	}
	if p.lit["proceed"] {
		t.Error("proceed is lit beside stop")
	}
}

func TestStopIsLitEvenIfAnotherLampCannotBePutOut(t *testing.T) {
	p, busy, _, _, l := newPanel(t)
	busy.broken = true
	if l.Show(t.Context(), drivers.SignalStop) == nil {
		t.Error("a lamp that cannot be put out is no error")
	}
	if !p.lit["stop"] {
		t.Error("stop is dark")
	}
}

func TestASignalWithoutALampIsDark(t *testing.T) {
	l, err := lights.New(lights.Lamps{})
	if err != nil {
		t.Fatal(err)
	}
	for s := drivers.SignalOff; s <= drivers.SignalStop; s++ {
		if err := l.Show(t.Context(), s); err != nil {
			t.Errorf("show %v: %v", s, err)
		}
	}
}
