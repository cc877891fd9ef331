package board_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/board"
	"portcullis/drivers"
	"portcullis/drivers/display"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio/uapi"
)

// A machine is the GPIO chips that a profile asks for, by their paths.
type machine struct {
	chips   []*drivertest.Chip
	kernels []uapi.Kernel
}

func (m *machine) Chips() (paths []string, err error) {
	for i := range m.kernels {
		paths = append(paths, fmt.Sprintf("/dev/gpiochip%d", i))
	}
	return paths, nil
}

func (m *machine) Open(path string) (uapi.File, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(path, "/dev/gpiochip"))
	if err != nil || n >= len(m.kernels) {
		return nil, os.ErrNotExist
	}
	return m.kernels[n].Open(path)
}

// machineOf builds the chips that have the lines of a profile, and others besides.
func machineOf(p board.Profile) *machine {
	names := map[string][]string{} // by label
	for _, line := range outputs(p) {
		names[chipOf(p, line)] = append(names[chipOf(p, line)], line)
	}
	for _, line := range inputs(p) {
		names[chipOf(p, line)] = append(names[chipOf(p, line)], line)
	}
	m := &machine{}
	for label, lines := range names {
		if strings.Contains(lines[0], ":") {
			lines = nil
			for n := range 256 {
				lines = append(lines, fmt.Sprintf("%s:%d", label, n))
			}
		}
		chip := drivertest.NewChip(lines...).Label(label)
		chip.Renumber(len(m.chips))
		m.chips, m.kernels = append(m.chips, chip), append(m.kernels, chip.Process().Kernel())
	}
	return m
}

func chipOf(p board.Profile, line string) string {
	if label, _, ok := strings.Cut(line, ":"); ok {
		return label
	}
	return p.Chip
}

// chip returns the chip of a line.
func (m *machine) chip(p board.Profile, line string) *drivertest.Chip {
	for _, c := range m.chips {
		if c.HasLabel(chipOf(p, line)) {
			return c
		}
	}
	return nil
}

func outputs(p board.Profile) (lines []string) {
	for _, o := range []*board.Output{p.Gate.Relay, p.Lights.Ready, p.Lights.Busy, p.Lights.Proceed, p.Lights.Stop, p.Buzzer} {
		if o != nil {
			lines = append(lines, o.Line)
		}
	}
	return lines
}

func inputs(p board.Profile) (lines []string) {
	for _, in := range []*board.Input{p.Gate.DoorClosed, p.Gate.Passed, p.Gate.Emergency} {
		if in != nil {
			lines = append(lines, in.Line)
		}
	}
	return lines
}

// boards are all that are compiled in and have lines.
func boards() []string {
	return slices.DeleteFunc(board.Names(), func(n string) bool { return n == "sim" })
}

func TestEachBoardOpensOnItsOwnChipsAndMovesNothing(t *testing.T) {
	for _, name := range boards() {
		t.Run(name, func(t *testing.T) {
			p, err := board.Load(name)
			if err != nil {
				t.Fatal(err)
			}
			m := machineOf(p)
			lane, err := board.Open(name, board.Options{Kernel: m})
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(lane.Profile, p) {
				t.Errorf("the lane says that it is %+v", lane.Profile)
			}
			for _, line := range outputs(p) {
				if seen := m.chip(p, line).Seen(line); len(seen) != 1 || seen[0].Level != periph.Low {
					t.Errorf("%s showed %v, want one low level", line, seen)
				}
			}
			if err := lane.Halt(); err != nil {
				t.Error(err)
			}
		})
	}
}

// A board whose lines have the names of another's must not be taken for it.
func TestAPiIsNotAnother(t *testing.T) {
	rpi5, err := board.Load("rpi5")
	if err != nil {
		t.Fatal(err)
	}
	_, err = board.Open("rpi4", board.Options{Kernel: machineOf(rpi5)})
	if err == nil || !strings.Contains(err.Error(), "gate.relay: GPIO17 not found: is this a Raspberry Pi 4") {
		t.Errorf("got %v, want that the lines of a Pi 5 are not those of a Pi 4", err)
	}
}

func TestAllPisAreWiredAlike(t *testing.T) {
	want, err := board.Load("rpi4")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rpi3", "rpi5", "rpicm4", "rpizero2w"} {
		p, err := board.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p.Gate, want.Gate) || !reflect.DeepEqual(p.Lights, want.Lights) || !reflect.DeepEqual(p.Buzzer, want.Buzzer) {
			t.Errorf("%s is wired as no other Pi", name)
		}
		if p.Chip == "" || len(p.Match) == 0 {
			t.Errorf("%s does not say which machine it is for", name)
		}
	}
}

func TestAMachineThatIsAnotherBoardIsAWarning(t *testing.T) {
	for model, warned := range map[string]string{
		"Raspberry Pi 4 Model B Rev 1.4\x00": "",
		"Raspberry Pi 5 Model B Rev 1.0\x00": `this machine says that it is "Raspberry Pi 5 Model B Rev 1.0"`,
		"":                                   "does not say which board it is",
	} {
		root := t.TempDir()
		if model != "" {
			if err := os.MkdirAll(filepath.Join(root, "proc/device-tree"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, "proc/device-tree/model"), []byte(model), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		lane, err := board.Open("rpi4", board.Options{Find: wiredPi().Process().ByName, Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(lane.Warnings, "; "); !strings.Contains(got, warned) || (got == "") != (warned == "") {
			t.Errorf("%q: warned %q, want %q", model, got, warned)
		}
	}
}

func TestTwoAddressesOfOneLineAreRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, rpi4(t, "GPIO22", "pinctrl-bcm2711:2"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := wiredPi().Process() // its third line is that of the relay
	_, err := board.Open(file, board.Options{Find: program.ByName, Kernel: program.Kernel()})
	if err == nil || !strings.Contains(err.Error(), "pinctrl-bcm2711:2 is the same line as that of gate.relay") {
		t.Errorf("got %v, want the two uses", err)
	}
}

func TestADisplayIsPartOfTheBoard(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	text := rpi4(t, "# [display]\n# controller = \"ssd1306\"", "[display]\ncontroller = \"ssd1306\"")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		oled, program := drivertest.NewOLED(), wiredPi().Process()
		var asked string
		lane, err := board.Open(file, board.Options{
			Find: program.ByName, Kernel: program.Kernel(),
			Bus: func(name string) (display.Bus, error) {
				asked = name
				return oled, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- lane.Run(ctx) }()
		if err := lane.Display.Show(ctx, drivers.MessageProceed); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if dots, _ := oled.Dots(); dots != *display.Render(drivers.MessageProceed, "en") || asked != "/dev/i2c-1" {
			t.Errorf("the display on %q does not show that a traveller may proceed", asked)
		}
		if err := lane.Halt(); err != nil {
			t.Error(err)
		}
		if _, on := oled.Dots(); on {
			t.Error("the display of a halted lane is lit")
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}

// The gate of a lane must work whether its display does or not.
func TestADisplayThatIsNotThereDoesNotEndTheLane(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	text := rpi4(t, "# [display]\n# controller = \"ssd1306\"", "[display]\ncontroller = \"ssd1306\"")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		chip := wiredPi()
		program := chip.Process()
		lane, err := board.Open(file, board.Options{
			Find: program.ByName, Kernel: program.Kernel(),
			Bus: func(string) (display.Bus, error) { return nil, errors.New("no such bus") },
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- lane.Run(ctx) }()
		time.Sleep(10 * time.Second)
		if err := lane.Gate.Release(ctx, 1); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Second)
		if chip.Rises("GPIO17") != 1 {
			t.Error("the gate was not released")
		}
		cancel()
		if err := <-ran; err != nil {
			t.Error(err)
		}
	})
}
