package board

import (
	"context"
	"fmt"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/buzzer"
	"portcullis/drivers/gate"
	"portcullis/drivers/gpio"
	"portcullis/drivers/lights"
)

var pulls = map[string]periph.Pull{"up": periph.PullUp, "down": periph.PullDown, "none": periph.Float}

// openLines takes every line of a profile and makes the devices of a lane.
func openLines(p Profile, o Options) (*Lane, error) {
	f, err := newFinder(p.Board, o)
	if err != nil {
		return nil, err
	}
	g, err := f.openGate(p)
	if err != nil {
		return nil, err
	}
	l, err := f.openLights(p.Lights)
	if err != nil {
		return nil, err
	}
	b, err := f.openBuzzer(p.Buzzer)
	if err != nil {
		return nil, err
	}
	return &Lane{
		Gate: g, Lights: l, Buzzer: b, Display: new(Page),
		loops: []func(context.Context) error{g.Run, l.Run, b.Run},
	}, nil
}

func (f *finder) openGate(p Profile) (*gate.Gate, error) {
	relay, err := f.output("gate.relay", p.Gate.Relay, true)
	if err != nil {
		return nil, err
	}
	var contacts gate.Contacts
	for _, c := range []struct {
		key     string
		line    *Input
		contact *gate.Contact
	}{
		{"gate.door_closed", p.Gate.DoorClosed, &contacts.DoorClosed},
		{"gate.passed", p.Gate.Passed, &contacts.Passed},
		{"gate.emergency", p.Gate.Emergency, &contacts.Emergency},
	} {
		if c.line == nil {
			continue
		}
		if *c.contact, err = f.input(c.key, c.line); err != nil {
			return nil, err
		}
	}
	return gate.New(relay, contacts, p.gateConfig())
}

func (f *finder) openLights(p LightsLines) (*lights.Lights, error) {
	var lamps lights.Lamps
	for _, l := range []struct {
		key  string
		line *Output
		lamp *lights.Lamp
	}{
		{"lights.ready", p.Ready, &lamps.Ready},
		{"lights.busy", p.Busy, &lamps.Busy},
		{"lights.proceed", p.Proceed, &lamps.Proceed},
		{"lights.stop", p.Stop, &lamps.Stop},
	} {
		if l.line == nil {
			continue
		}
		lamp, err := f.output(l.key, l.line, false)
		if err != nil {
			return nil, err
		}
		*l.lamp = lamp
	}
	return lights.New(lamps)
}

func (f *finder) openBuzzer(p *Output) (*buzzer.Buzzer, error) {
	line, err := f.output("buzzer", p, false)
	if err != nil {
		return nil, err
	}
	return buzzer.New(line)
}

func (f *finder) output(key string, o *Output, noBlip bool) (*gpio.Output, error) {
	pin, err := f.line(key, o.Line)
	if err != nil {
		return nil, err
	}
	out, err := gpio.NewOutput(pin, gpio.OutputConfig{ActiveLow: o.Active == "low", NoBlip: noBlip})
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", key, err, hint(err))
	}
	return out, nil
}

func (f *finder) input(key string, in *Input) (*gpio.Input, error) {
	pin, err := f.line(key, in.Line)
	if err != nil {
		return nil, err
	}
	input, err := gpio.NewInput(pin, gpio.InputConfig{
		ActiveLow: in.Active == "low", Pull: pulls[in.Pull], Debounce: time.Duration(in.Debounce),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", key, err, hint(err))
	}
	return input, nil
}

// hint says what to do about a line that cannot be had. The pins of periph.io
// keep no more than the text of the kernel's error.
func hint(err error) string {
	if strings.Contains(err.Error(), "busy") {
		return "; another program holds it, and gpioinfo tells which"
	}
	return ""
}
