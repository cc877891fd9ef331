package drivertest

import (
	"errors"
	"syscall"
	"time"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/physic"
)

// A Process is a program that uses a chip.
type Process struct {
	chip  *Chip
	pins  map[string]*Pin
	files []*lineFile // of the lines that were asked for by the kernel's interface
}

// Process starts a program.
func (c *Chip) Process() *Process {
	return &Process{chip: c, pins: make(map[string]*Pin)}
}

// ByName returns the pin of a line, or nil as gpioreg.ByName does where there
// is no such line.
func (p *Process) ByName(name string) gpio.PinIO {
	if p.chip.lines[name] == nil {
		return nil
	}
	if p.pins[name] == nil {
		p.pins[name] = &Pin{process: p, name: name}
	}
	return p.pins[name]
}

// Kill ends the program without warning: the kernel takes its lines back.
func (p *Process) Kill() {
	for _, name := range p.chip.names {
		p.chip.with(name, func(l *wire) {
			if l.owner == p {
				l.release()
			}
		})
	}
}

// A Pin behaves as a GPIOLine of periph.io/x/host/v3 v3.8.5 does
// (gpioioctl/gpio.go), call for call, the traps included.
type Pin struct {
	process *Process
	name    string

	fd        int
	direction direction
	edge      gpio.Edge
	pull      gpio.Pull
	halted    chan struct{}
}

type direction uint8

const (
	dirUnset direction = iota
	dirInput
	dirOutput
)

// Name returns the name of the line.
func (p *Pin) Name() string { return p.name }

// String returns the name of the line.
func (p *Pin) String() string { return p.name }

// Number returns 0: a name is all that a line has here.
func (p *Pin) Number() int { return 0 }

// In makes the line an input. Like the original it counts as one from then on,
// even if that failed.
func (p *Pin) In(pull gpio.Pull, edge gpio.Edge) (err error) {
	p.process.chip.with(p.name, func(l *wire) {
		p.edge, p.direction, p.pull = edge, dirInput, pull
		err = p.configure(l)
	})
	return err
}

// Out sets the level. A line that was no output first becomes one that drives
// low, and takes its level after that.
func (p *Pin) Out(level gpio.Level) (err error) {
	if p.direction != dirOutput {
		p.process.chip.with(p.name, func(l *wire) {
			p.direction, p.edge, p.pull = dirOutput, gpio.NoEdge, gpio.PullNoChange
			err = p.configure(l)
		})
	}
	if err != nil {
		return err
	}
	p.process.chip.with(p.name, func(l *wire) {
		if err = l.holds(p.process, p.fd); err != nil {
			return
		}
		if !l.output {
			err = syscall.EPERM
			return
		}
		l.drives = level
	})
	return err
}

// configure asks for the line if need be and gives it a direction. Values of
// outputs are not part of it, so an output starts low.
func (p *Pin) configure(l *wire) (err error) {
	if p.fd == 0 {
		if p.fd, err = l.request(p.process); err != nil {
			return err
		}
	}
	if err := l.holds(p.process, p.fd); err != nil {
		return err
	}
	if p.direction == dirOutput && !l.output {
		l.drives = gpio.Low
	}
	l.output = p.direction == dirOutput
	l.edges, l.pull = p.edge, p.pull
	return nil
}

// Read returns the level of an input. A line that is none becomes one, with a
// pull-up: reading an output back ends it. An error reads as low.
func (p *Pin) Read() (level gpio.Level) {
	if p.direction != dirInput {
		if err := p.In(gpio.PullUp, gpio.NoEdge); err != nil {
			return gpio.Low
		}
	}
	p.process.chip.with(p.name, func(l *wire) {
		if l.holds(p.process, p.fd) == nil {
			level = l.level()
		}
	})
	return level
}

// Function names the function and the level. It reads the line to do so.
func (p *Pin) Function() string {
	switch p.direction {
	case dirInput:
		return "In/" + p.Read().String()
	case dirOutput:
		return "Out/" + p.Read().String()
	}
	return ""
}

// WaitForEdge waits for an edge. Zero waits until Halt is called, and a
// negative time does not wait; an error reads as no edge, at once.
func (p *Pin) WaitForEdge(timeout time.Duration) bool {
	if p.edge == gpio.NoEdge || p.direction == dirUnset || timeout < 0 {
		return false
	}
	var expired <-chan time.Time
	if timeout != 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		expired = timer.C
	}
	halted := p.arm()
	for {
		edge, wake, err := p.take()
		if edge || err != nil {
			return edge
		}
		select {
		case <-wake:
		case <-expired:
			return false
		case <-halted:
			return false
		}
	}
}

// take removes one queued edge, or returns what to wait for.
func (p *Pin) take() (edge bool, wake chan struct{}, err error) {
	p.process.chip.with(p.name, func(l *wire) {
		wake, err = l.wake, l.holds(p.process, p.fd)
		if err == nil && len(l.events) > 0 {
			edge, l.events = true, l.events[1:]
		}
	})
	return edge, wake, err
}

// arm makes the channel that Halt closes.
func (p *Pin) arm() (halted chan struct{}) {
	p.process.chip.with(p.name, func(*wire) {
		p.halted = make(chan struct{})
		halted = p.halted
	})
	return halted
}

// Halt ends a WaitForEdge. It does nothing to the level of an output.
func (p *Pin) Halt() error {
	p.process.chip.with(p.name, func(*wire) {
		if p.halted != nil {
			close(p.halted)
			p.halted = nil
		}
	})
	return nil
}

// Close gives the line back to the kernel, which makes it an input.
func (p *Pin) Close() {
	p.process.chip.with(p.name, func(l *wire) {
		if l.holds(p.process, p.fd) == nil {
			l.release()
		}
		p.fd, p.direction, p.edge, p.pull = 0, dirUnset, gpio.NoEdge, gpio.PullNoChange
	})
}

// Pull returns the pull that was asked for.
func (p *Pin) Pull() gpio.Pull { return p.pull }

// DefaultPull returns PullNoChange: the kernel does not say.
func (p *Pin) DefaultPull() gpio.Pull { return gpio.PullNoChange }

// PWM is not there.
func (p *Pin) PWM(gpio.Duty, physic.Frequency) error { return errors.New("PWM() not implemented") }

var _ gpio.PinIO = (*Pin)(nil)
