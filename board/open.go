package board

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/i2c/i2creg"
	"periph.io/x/host/v3"

	"portcullis/drivers/buzzer"
	"portcullis/drivers/display"
	"portcullis/drivers/gate"
	"portcullis/drivers/gpio"
	"portcullis/drivers/lights"
)

var pulls = map[string]periph.Pull{"up": periph.PullUp, "down": periph.PullDown, "none": periph.Float}

// openLines takes every line of a profile and makes the devices of a lane. It
// takes all or none.
func openLines(p Profile, o Options) (_ *Lane, err error) {
	f, err := newFinder(p, o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.release())
		}
	}()
	g, err := f.openGate(p, o.Tamper)
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
	lane := &Lane{
		Gate: g, Lights: l, Buzzer: b, Display: new(Page),
		loops: []func(context.Context) error{g.Run, l.Run, b.Run},
	}
	if p.Display == nil {
		return lane, nil
	}
	d, err := openDisplay(*p.Display, p.Devices.I2C, o)
	if err != nil {
		return nil, err
	}
	lane.Display, lane.loops = d, append(lane.loops, d.Run)
	return lane, nil
}

// openDisplay makes the display, which need not be there.
func openDisplay(s Screen, bus string, o Options) (*display.Display, error) {
	open := o.Bus
	if open == nil {
		open = machineBus
	}
	if s.Bus != "" {
		bus = s.Bus
	}
	return display.New(display.Config{
		Open:    func() (display.Bus, error) { return open(bus) },
		Address: s.Address, UpsideDown: s.UpsideDown, Languages: s.Languages,
	})
}

// machineBus opens an I2C bus of this machine.
func machineBus(name string) (display.Bus, error) {
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("look for buses: %w", err)
	}
	return i2creg.Open(name)
}

func (f *finder) openGate(p Profile, memory gate.Memory) (*gate.Gate, error) {
	relay, err := f.output("gate.relay", p.Gate.Relay, true)
	if err != nil {
		return nil, err
	}
	var contacts gate.Contacts
	for _, c := range []struct {
		key  string
		line *Input
		wire *gate.Wire
	}{
		{"gate.door_closed", p.Gate.DoorClosed, &contacts.DoorClosed},
		{"gate.door_open", p.Gate.DoorOpen, &contacts.DoorOpen},
		{"gate.passed", p.Gate.Passed, &contacts.Passed},
		{"gate.busy", p.Gate.Busy, &contacts.Busy},
		{"gate.alarm", p.Gate.Alarm, &contacts.Alarm},
		{"gate.out_of_service", p.Gate.OutOfService, &contacts.OutOfService},
		{"gate.emergency", p.Gate.Emergency, &contacts.Emergency},
		{"gate.tamper", p.Gate.Tamper, &contacts.Tamper},
	} {
		if c.line == nil {
			continue
		}
		contact, err := f.input(c.key, c.line)
		if err != nil {
			return nil, err
		}
		*c.wire = gate.Wire{Contact: contact, Supervised: c.line.Supervised}
	}
	return gate.New(relay, contacts, memory, p.gateConfig())
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
	line, err := f.line(key, o.Line, noBlip)
	if err != nil {
		return nil, err
	}
	out, err := gpio.OpenOutput(line, gpio.OutputConfig{ActiveLow: o.Active == "low", NoBlip: noBlip})
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", key, err, hint(err))
	}
	f.opened = append(f.opened, out)
	return out, nil
}

func (f *finder) input(key string, in *Input) (*gpio.Input, error) {
	line, err := f.line(key, in.Line, true)
	if err != nil {
		return nil, err
	}
	input, err := gpio.OpenInput(line, gpio.InputConfig{
		ActiveLow: in.Active == "low", Pull: pulls[in.Pull],
		Debounce: time.Duration(in.Debounce), Glitch: time.Duration(in.Glitch),
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w%s", key, err, hint(err))
	}
	f.opened = append(f.opened, input)
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
