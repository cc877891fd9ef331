package board_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/board"
	"portcullis/drivers"
)

// simBoard says that there is a chip of the kernel's gpio-sim whose lines have the
// names of profiles/gpiochip.toml. The test is built with go test -c, and run as
// root where the chip is.
const simBoard = "PORTCULLIS_GPIOCHIP"

// simLines finds the other ends of lines in sysfs, by their names.
func simLines(t *testing.T, p board.Profile) map[string]string {
	t.Helper()
	names, err := filepath.Glob("/sys/kernel/config/gpio-sim/*/*/line*/name")
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{}
	for _, file := range names {
		name, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		chip, err := os.ReadFile(filepath.Join(filepath.Dir(file), "../chip_name"))
		if err != nil {
			t.Fatal(err)
		}
		n := strings.TrimPrefix(filepath.Base(filepath.Dir(file)), "line")
		found, err := filepath.Glob(filepath.Join("/sys/devices/platform/*", strings.TrimSpace(string(chip)), "sim_gpio"+n))
		if err != nil || len(found) != 1 {
			t.Fatalf("line %s of %s: %v, %v", n, chip, found, err)
		}
		dirs[strings.TrimSpace(string(name))] = found[0]
	}
	for _, line := range append(outputs(p), inputs(p)...) {
		if dirs[line] == "" {
			t.Fatalf("no line of gpio-sim is called %s", line)
		}
	}
	return dirs
}

// TestGPIOSimBoard opens a whole board on the real kernel: relay and contacts by
// its own interface, lamps by periph.io.
func TestGPIOSimBoard(t *testing.T) {
	if os.Getenv(simBoard) == "" {
		t.Skipf("%s names no chip of gpio-sim", simBoard)
	}
	p, err := board.Load("gpiochip")
	if err != nil {
		t.Fatal(err)
	}
	dirs := simLines(t, p)
	high := func(line string) bool {
		text, err := os.ReadFile(filepath.Join(dirs[line], "value"))
		if err != nil {
			t.Error(err)
		}
		return strings.TrimSpace(string(text)) == "1"
	}
	lane, err := board.Open("gpiochip", board.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range inputs(p) { // shut, nobody passes, no emergency
		pull := map[bool]string{true: "pull-up", false: "pull-down"}[line == p.Gate.Passed.Line]
		if err := os.WriteFile(filepath.Join(dirs[line], "pull"), []byte(pull), 0); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ran, status := make(chan error, 1), make(chan drivers.GateStatus, 16)
	go func() { ran <- lane.Run(ctx) }()
	go func() { _ = lane.Gate.Watch(ctx, status) }()
	until(t, status, drivers.GateLocked)
	if err := lane.Lights.Show(ctx, drivers.SignalProceed); err != nil {
		t.Error(err)
	}
	if !high(p.Lights.Proceed.Line) || high(p.Lights.Stop.Line) || high(p.Gate.Relay.Line) {
		t.Error("want the lamp for proceed alone")
	}
	if err := lane.Gate.Release(ctx, 1); err != nil {
		t.Error(err)
	}
	until(t, status, drivers.GateGranted)
	if err := lane.Halt(); err != nil {
		t.Error(err)
	}
	for _, line := range outputs(p) {
		if high(line) {
			t.Errorf("%s is high on a halted board", line)
		}
	}
	cancel()
	if err := <-ran; err != nil {
		t.Error(err)
	}
}

// until waits for a state of the gate.
func until(t *testing.T, status <-chan drivers.GateStatus, want drivers.GateState) {
	t.Helper()
	for s := range status {
		if s.State == want {
			return
		}
	}
	t.Fatalf("the gate never was %v", want)
}
