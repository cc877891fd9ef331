package gpio

import (
	"errors"
	"time"

	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers/gpio/uapi"
)

// consumer is who holds our lines, as gpioinfo shows it.
const consumer = "portcullis"

// Kernel returns a line of the kernel's. Its chip is looked for each time that
// the line is asked for, so that a chip may be unplugged and come back under
// another number.
func Kernel(k uapi.Kernel, a uapi.Address) Line { return kernelLine{k, a} }

type kernelLine struct {
	kernel  uapi.Kernel
	address uapi.Address
}

func (l kernelLine) Name() string { return l.address.String() }

func (l kernelLine) Drive(c OutputConfig) (Driven, error) {
	return l.request(uapi.Config{Flags: uapi.Output | polarity(c.ActiveLow)})
}

func (l kernelLine) Sense(c InputConfig) (Sensed, error) {
	return l.request(uapi.Config{
		Flags:    uapi.Input | uapi.RisingEdge | uapi.FallingEdge | polarity(c.ActiveLow) | pull(c.Pull),
		Debounce: c.Glitch,
	})
}

func polarity(low bool) uapi.Flags {
	if low {
		return uapi.ActiveLow
	}
	return 0
}

func pull(p gpio.Pull) uapi.Flags {
	switch p {
	case gpio.PullUp:
		return uapi.PullUp
	case gpio.PullDown:
		return uapi.PullDown
	case gpio.Float:
		return uapi.NoPull
	}
	return 0
}

func (l kernelLine) request(c uapi.Config) (*held, error) {
	chip, offset, err := uapi.Find(l.kernel, l.address)
	if err != nil {
		return nil, err
	}
	c.Consumer = consumer
	line, err := chip.Request(offset, c)
	if closed := chip.Close(); err == nil && closed != nil {
		err = errors.Join(closed, line.Close())
	}
	if err != nil {
		return nil, err
	}
	return &held{line}, nil
}

// held is a line of the kernel's that we hold.
type held struct{ line *uapi.Line }

func (h *held) Set(active bool) error { return h.line.Set(active) }
func (h *held) Active() (bool, error) { return h.line.Get() }
func (h *held) Close() error          { return h.line.Close() }

// Wait takes all edges there are: they say no more than that it is time to read.
func (h *held) Wait(d time.Duration) error {
	_, err := h.line.Edges(d)
	return err
}
