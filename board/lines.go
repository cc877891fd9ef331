package board

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/conn/v3/gpio/gpioreg"
	"periph.io/x/host/v3"
	"periph.io/x/host/v3/gpioioctl"
)

// A finder hands out the lines of this machine, each of them once.
type finder struct {
	board string
	find  func(name string) gpio.PinIO
	taken map[string]string // the key that a line was given to, by its real name
}

// newFinder looks what lines there are.
func newFinder(board string, o Options) (*finder, error) {
	f := &finder{board: board, find: o.Find, taken: make(map[string]string)}
	if f.find != nil {
		return f, nil
	}
	if err := keepsOutputs(o.Root); err != nil {
		return nil, err
	}
	if _, err := host.Init(); err != nil {
		return nil, fmt.Errorf("look for lines: %w", err)
	}
	f.find = kernelLine
	return f, nil
}

// kernelLine returns the line of a name that belongs to a GPIO chip of the
// kernel, or nil.
func kernelLine(name string) gpio.PinIO {
	pin := gpioreg.ByName(name)
	if pin == nil {
		return nil
	}
	if alias, ok := pin.(gpio.RealPin); ok {
		pin = alias.Real()
	}
	if line, ok := pin.(*gpioioctl.GPIOLine); ok {
		return line
	}
	for _, chip := range gpioioctl.Chips {
		if line := chip.ByName(pin.Name()); line != nil {
			return line
		}
	}
	return nil
}

// line returns the pin of a line. Two names of one pin count as one line.
func (f *finder) line(key, name string) (gpio.PinIO, error) {
	pin := f.find(name)
	if pin == nil {
		return nil, fmt.Errorf("%s: %s not found: is this a %s, and is the user in group gpio?", key, name, f.board)
	}
	if other, ok := f.taken[pin.Name()]; ok {
		return nil, fmt.Errorf("%s: %s is the same line as that of %s", key, name, other)
	}
	f.taken[pin.Name()] = key
	return pin, nil
}

// keepsOutputs returns an error if this kernel leaves an output as it is when
// the program that drove it dies. Raspberry Pi's kernels do unless they are told
// otherwise, and a program that dies within a pulse would leave the gate open.
func keepsOutputs(root string) error {
	if root == "" {
		root = "/"
	}
	files, err := filepath.Glob(filepath.Join(root, "sys/module/*/parameters/persist_gpio_outputs"))
	if err != nil {
		return fmt.Errorf("look at the kernel's settings: %w", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("look at the kernel's settings: %w", err)
		}
		if strings.TrimSpace(string(text)) != "N" {
			return fmt.Errorf("this kernel leaves a relay closed when its program dies: " +
				"add the line dtparam=strict_gpiod to config.txt and restart (docs/wiring.md)")
		}
	}
	return nil
}
