package gpio_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
	"portcullis/drivers/gpio/uapi"
)

// simChip names a chip of the kernel's gpio-sim, such as /dev/gpiochip0: its first
// two lines are used. The test is built with go test -c, and run as root where
// the chip is. With configfs, the chip is taken away and comes back.
const simChip = "PORTCULLIS_GPIOCHIP"

// simLabel is the label of that chip, whose number may change.
var simLabel = sync.OnceValues(func() (string, error) {
	chip, err := uapi.Open(uapi.Linux(), os.Getenv(simChip))
	if err != nil {
		return "", err
	}
	return chip.Label, chip.Close()
})

func simulated(t *testing.T) (label string) {
	t.Helper()
	if os.Getenv(simChip) == "" {
		t.Skipf("%s names no chip of gpio-sim", simChip)
	}
	label, err := simLabel()
	if err != nil {
		t.Fatal(err)
	}
	return label
}

// numbered returns the chip of a label, as it is now.
func numbered(t *testing.T, label string) *uapi.Chip {
	t.Helper()
	chip, _, err := uapi.Find(uapi.Linux(), uapi.Address{Chip: label})
	if err != nil {
		t.Fatal(err)
	}
	return chip
}

// A simLine is one line of gpio-sim, as sysfs shows its other end.
type simLine struct {
	t     *testing.T
	label string
	n     int
}

// openSim returns the other end of a line, which is pulled down.
func openSim(t *testing.T, label string, n int) simLine {
	t.Helper()
	l := simLine{t, label, n}
	l.drive(false)
	return l
}

func (l simLine) file(name string) string {
	chip := numbered(l.t, l.label)
	defer chip.Close()
	pattern := filepath.Join("/sys/devices/platform/*", chip.Name, "sim_gpio"+strconv.Itoa(l.n), name)
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		l.t.Fatalf("%s is no chip of gpio-sim: %s is %v", l.label, pattern, files)
	}
	return files[0]
}

func (l simLine) drive(high bool) {
	pull := map[bool]string{true: "pull-up", false: "pull-down"}[high]
	if err := os.WriteFile(l.file("pull"), []byte(pull), 0); err != nil {
		l.t.Error(err)
	}
}

func (l simLine) high() bool {
	text, err := os.ReadFile(l.file("value"))
	if err != nil {
		l.t.Error(err)
	}
	return strings.TrimSpace(string(text)) == "1"
}

// unplug returns what takes the chip away and brings it back, or nil if configfs
// is not mounted.
func unplug(t *testing.T, label string) func() {
	labels, err := filepath.Glob("/sys/kernel/config/gpio-sim/*/*/label")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range labels {
		text, err := os.ReadFile(file)
		if err != nil || strings.TrimSpace(string(text)) != label {
			continue
		}
		return func() {
			for _, live := range []string{"0", "1"} {
				if err := os.WriteFile(filepath.Join(filepath.Dir(file), "../live"), []byte(live), 0); err != nil {
					t.Error(err)
				}
			}
		}
	}
	return nil
}

func kernelAt(label string, n int) gpio.Line {
	return gpio.Kernel(uapi.Linux(), uapi.Address{Chip: label, Offset: uint32(n)})
}

func TestGPIOSimContract(t *testing.T) {
	label := simulated(t)
	drivertest.TestLine(t, drivertest.Here, func(t *testing.T) drivertest.LineRig {
		l := openSim(t, label, 0)
		return drivertest.LineRig{
			Line: kernelAt(label, 0), Other: kernelAt(label, 0), Drive: l.drive, High: l.high, Lose: unplug(t, label),
		}
	})
}

// What the kernel says of a line that we hold, and of its edges.
func TestGPIOSimTellsWhoHoldsALineAndItsEdges(t *testing.T) {
	label := simulated(t)
	other := openSim(t, label, 1)
	chip := numbered(t, label)
	defer chip.Close()
	line, err := chip.Request(1, uapi.Config{
		Consumer: "portcullis", Flags: uapi.Input | uapi.ActiveLow | uapi.RisingEdge | uapi.FallingEdge,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer line.Close()
	info, err := chip.Info(1)
	if err != nil || info.Consumer != "portcullis" || info.Flags&(uapi.Used|uapi.Input|uapi.ActiveLow) != uapi.Used|uapi.Input|uapi.ActiveLow {
		t.Errorf("got %+v, %v; want that portcullis holds an active-low input", info, err)
	}
	if _, err := chip.Request(1, uapi.Config{Flags: uapi.Input}); err == nil || !strings.Contains(err.Error(), `"portcullis" holds it`) {
		t.Errorf("got %v, want that portcullis holds it", err)
	}
	for range 3 {
		other.drive(true)
		other.drive(false)
	}
	var events []uapi.Event
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
	label := simulated(t)
	other := openSim(t, label, 1)
	s, err := kernelAt(label, 1).Sense(gpio.InputConfig{Glitch: gpio.MaxGlitch})
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
