package board

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	periph "periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"

	"portcullis/drivers/gpio"
	"portcullis/drivers/gpio/uapi"
)

// A finder hands out the lines of this machine, each of them once.
type finder struct {
	profile Profile
	find    func(name string) periph.PinIO // nil if no line is a pin
	kernel  uapi.Kernel                    // nil if all lines are pins
	taken   map[string]string              // the key that a line was given to, by what the line really is
	opened  []io.Closer
}

// newFinder looks what lines there are.
func newFinder(p Profile, o Options) (*finder, error) {
	f := &finder{profile: p, find: o.Find, kernel: o.Kernel, taken: make(map[string]string)}
	if f.find != nil || f.kernel != nil {
		return f, nil
	}
	if err := keepsOutputs(o.Root); err != nil {
		return nil, err
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("look for lines: %w", err)
	}
	f.find = func(name string) periph.PinIO { return kernelPin(p.Chip, name) }
	f.kernel = uapi.Linux()
	return f, nil
}

// kernelPin returns the pin of a name that belongs to a GPIO chip of the kernel,
// or nil.
func kernelPin(label, name string) periph.PinIO {
	if pin := gpioreg.ByName(name); pin != nil {
		if alias, ok := pin.(periph.RealPin); ok {
			pin = alias.Real()
		}
		name = pin.Name()
	}
	for _, chip := range gpioioctl.Chips {
		if label != "" && chip.Label() != label {
			continue
		}
		if line := chip.ByName(name); line != nil {
			return line
		}
	}
	return nil
}

// release gives back every line that was taken.
func (f *finder) release() (err error) {
	for _, line := range f.opened {
		err = errors.Join(err, line.Close())
	}
	return err
}

// line returns a line that nobody else was given. What safety hangs on is asked
// of the kernel itself, and so is what has no name; periph.io does the rest.
func (f *finder) line(key, name string, safety bool) (gpio.Line, error) {
	at := uapi.ParseAddress(name)
	if at.Line != "" {
		at.Chip = f.profile.Chip
	}
	line, place, err := f.look(at, safety)
	if err != nil {
		return nil, fmt.Errorf("%s: %s not found: is this a %s, and is the user in group gpio?%s",
			key, name, f.profile.Board, cause(err))
	}
	if other, ok := f.taken[place]; ok {
		return nil, fmt.Errorf("%s: %s is the same line as that of %s", key, name, other)
	}
	f.taken[place] = key
	return line, nil
}

// look finds a line, and what it really is: chip and number, or the name of a pin
// where there are pins only.
func (f *finder) look(at uapi.Address, safety bool) (line gpio.Line, place string, err error) {
	if f.kernel != nil {
		if place, err = f.place(at); err != nil {
			return nil, "", err
		}
	}
	if f.kernel != nil && (safety || at.Line == "" || f.find == nil) {
		return gpio.Kernel(f.kernel, at), place, nil
	}
	pin := f.find(at.String())
	if pin == nil {
		return nil, "", uapi.ErrNotFound
	}
	if place == "" {
		place = pin.Name()
	}
	return gpio.Periph(pin), place, nil
}

func (f *finder) place(at uapi.Address) (string, error) {
	chip, offset, err := uapi.Find(f.kernel, at)
	if err != nil {
		return "", err
	}
	return uapi.Address{Chip: chip.Name, Offset: offset}.String(), chip.Close()
}

// cause says why a line was not found, if there is more to say than that.
func cause(err error) string {
	if errors.Is(err, uapi.ErrNotFound) && !errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return fmt.Sprintf(" (%v)", err)
}
