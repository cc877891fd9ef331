package display

import (
	"errors"
	"fmt"

	tinygo "tinygo.org/x/drivers"
	"tinygo.org/x/drivers/ssd1306"
)

// A Bus is an I2C bus. Those of periph.io are.
type Bus interface {
	Tx(addr uint16, w, r []byte) error
	Close() error
}

// A panel is a display that was set up.
type panel struct {
	bus    *keeper
	device *ssd1306.Device
}

// keeper keeps the first error of a bus, and asks no more of it: the library
// drops the errors of commands, and each of a display that is not there may take
// a second.
type keeper struct {
	Bus
	err error
}

func (k *keeper) Tx(addr uint16, w, r []byte) error {
	if k.err == nil {
		k.err = k.Bus.Tx(addr, w, r)
	}
	return k.err
}

// openPanel opens a bus and sets up the display on it, which then shows what is in
// its memory: noise for a moment, after it got power.
func openPanel(c Config) (*panel, error) {
	bus, err := c.Open()
	if err != nil {
		return nil, fmt.Errorf("open bus: %w", err)
	}
	p := &panel{bus: &keeper{Bus: bus}}
	p.device = ssd1306.NewI2C(p.bus)
	conf := ssd1306.Config{Width: Width, Height: Height, Address: c.Address}
	if c.UpsideDown {
		conf.Rotation = tinygo.Rotation180
	}
	p.device.Configure(conf)
	if p.bus.err != nil {
		return nil, errors.Join(fmt.Errorf("set up display: %w", p.bus.err), bus.Close())
	}
	return p, nil
}

func (p *panel) draw(f *Frame) error {
	if err := p.device.SetBuffer(f[:]); err != nil {
		return err
	}
	return errors.Join(p.device.Display(), p.bus.err)
}

// off turns the display off. It takes up no more than a bus's time.
func (p *panel) off() error {
	_ = p.device.Sleep(true)
	return errors.Join(p.bus.err, p.bus.Close())
}
