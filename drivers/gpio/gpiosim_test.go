package gpio_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
	"portcullis/drivers/gpio/chardev"
)

// simChip names a chip of the kernel's gpio-sim, such as /dev/gpiochip0: its first
// two lines are used. The test is built with go test -c, and run as root where
// the chip is.
const simChip = "PORTCULLIS_GPIOCHIP"

// A simLine is one line of gpio-sim, as sysfs shows its other end.
type simLine struct {
	t   *testing.T
	dir string
}

func (l simLine) drive(high bool) {
	pull := map[bool]string{true: "pull-up", false: "pull-down"}[high]
	if err := os.WriteFile(filepath.Join(l.dir, "pull"), []byte(pull), 0); err != nil {
		l.t.Error(err)
	}
}

func (l simLine) high() bool {
	text, err := os.ReadFile(filepath.Join(l.dir, "value"))
	if err != nil {
		l.t.Error(err)
	}
	return strings.TrimSpace(string(text)) == "1"
}

// openSim returns the other end of a line, which is pulled down.
func openSim(t *testing.T, chip string, n int) simLine {
	t.Helper()
	pattern := filepath.Join("/sys/devices/platform/*", filepath.Base(chip), "sim_gpio"+strconv.Itoa(n))
	dirs, err := filepath.Glob(pattern)
	if err != nil || len(dirs) != 1 {
		t.Fatalf("%s is no chip of gpio-sim: %s is %v", chip, pattern, dirs)
	}
	l := simLine{t, dirs[0]}
	l.drive(false)
	return l
}

func simulated(t *testing.T) string {
	t.Helper()
	chip := os.Getenv(simChip)
	if chip == "" {
		t.Skipf("%s names no chip of gpio-sim", simChip)
	}
	return chip
}

func kernelAt(chip string, n int) gpio.Line {
	return gpio.Kernel(chardev.Linux(), chardev.Address{Chip: chip, Offset: uint32(n)})
}

func TestGPIOSimContract(t *testing.T) {
	chip := simulated(t)
	drivertest.TestLine(t, drivertest.Here, func(t *testing.T) drivertest.LineRig {
		l := openSim(t, chip, 0)
		return drivertest.LineRig{Line: kernelAt(chip, 0), Other: kernelAt(chip, 0), Drive: l.drive, High: l.high}
	})
}

// What the kernel says of a line that we hold, and of its edges.
func TestGPIOSimTellsWhoHoldsALineAndItsEdges(t *testing.T) {
	path := simulated(t)
	other := openSim(t, path, 1)
	chip, err := chardev.Open(chardev.Linux(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer chip.Close()
	line, err := chip.Request(1, chardev.Config{
		Consumer: "portcullis", Flags: chardev.Input | chardev.ActiveLow | chardev.RisingEdge | chardev.FallingEdge,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	info, err := chip.Info(1)
	if err != nil || info.Consumer != "portcullis" || info.Flags&(chardev.Used|chardev.Input|chardev.ActiveLow) != chardev.Used|chardev.Input|chardev.ActiveLow {
		t.Errorf("got %+v, %v; want that portcullis holds an active-low input", info, err)
	}
	if _, err := chip.Request(1, chardev.Config{Flags: chardev.Input}); err == nil || !strings.Contains(err.Error(), `"portcullis" holds it`) {
		t.Errorf("got %v, want that portcullis holds it", err)
	}
	for range 3 {
		other.drive(true)
		other.drive(false)
	}
	var events []chardev.Event
	for len(events) < 6 {
		more, err := line.Edges(10e9)
		if err != nil || len(more) == 0 {
			t.Fatalf("got %v, then %v, %v", events, more, err)
		}
		events = append(events, more...)
	}
	for i, e := range events {
		if e.Rising != (i%2 == 1) || e.LineSeq != uint32(i+1) || i > 0 && e.At < events[i-1].At {
			t.Errorf("edge %d is %+v: of an active-low line, falling comes first", i, e)
		}
	}
}

func TestGPIOSimLeavesOutGlitches(t *testing.T) {
	path := simulated(t)
	other := openSim(t, path, 1)
	s, err := kernelAt(path, 1).Sense(gpio.InputConfig{Glitch: gpio.MaxGlitch})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other.drive(true)
	if err := s.Wait(10e9); err != nil {
		t.Fatal(err)
	}
	if active, err := s.Active(); !active || err != nil {
		t.Errorf("a level that stays was left out: %v, %v", active, err)
	}
}
