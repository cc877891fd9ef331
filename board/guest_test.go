package board_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"portcullis/board"
	"portcullis/drivers"
)

// guestBoard is a board on the lines of the guest machine's kernel, which simulates
// a contact by the pull of a line: so the board asks for none.
const guestBoard = `
board = "Simulated lines"

[gate]
pulse = "1.5s"
passage_window = "6s"
hold_open = "15s"

[gate.relay]
line = "GPIO17"
active = "high"

[gate.door_closed]
line = "GPIO5"
active = "low"
pull = "none"
debounce = "30ms"

[lights.ready]
line = "GPIO22"
active = "high"

[lights.proceed]
line = "GPIO23"
active = "high"

[lights.stop]
line = "GPIO24"
active = "high"

[buzzer]
line = "GPIO25"
active = "high"
`

// The lines that the tests look at, by their numbers.
const (
	relay = 17
	door  = 5
)

// kernelLines returns the lines of the guest machine (scripts/guest), where these
// tests run. The door is shut.
func kernelLines(t *testing.T) simulated {
	t.Helper()
	folder := os.Getenv("PORTCULLIS_GPIOSIM")
	if folder == "" {
		t.Skip("runs in the guest machine: make guest")
	}
	s := simulated(folder)
	s.pull(t, door, false)
	return s
}

// A program that is killed in the middle of a pulse lets go of the relay. It is
// stopped first: what drops the relay is its death, and not the end of the pulse.
// It comes before the tests that open the lines in this process, which keeps them.
func TestOnLinesOfTheKernelADeadProgramHoldsNoRelay(t *testing.T) {
	s := kernelLines(t)
	child := exec.Command(os.Args[0], "-test.run=^TestReleaseAndWait$")
	child.Env = append(os.Environ(), "PORTCULLIS_CHILD=1")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = child.Process.Kill() }()
	says := bufio.NewReader(out)
	if line, _ := says.ReadString('\n'); line != "released\n" {
		rest, _ := io.ReadAll(says)
		t.Fatalf("the program says %s%s", line, rest)
	}
	if err := child.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	s.becomes(t, relay, true)
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	s.becomes(t, relay, false)
}

// The lane keeps its lines until the process ends: one test has both stories.
func TestOnLinesOfTheKernelAReleaseIsAPulseAndADoorIsSeen(t *testing.T) {
	s := kernelLines(t)
	lane, status := runLane(t)
	wants(t, status, drivers.GateLocked)
	if err := lane.Gate.Release(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	s.becomes(t, relay, true)
	s.becomes(t, relay, false)
	wants(t, status, drivers.GateGranted)
	wants(t, status, drivers.GateLocked) // nobody has passed
	s.pull(t, door, true)                // the door opens, and nobody has released it
	wants(t, status, drivers.GateForced)
}

// TestReleaseAndWait is the program that is killed.
func TestReleaseAndWait(t *testing.T) {
	if os.Getenv("PORTCULLIS_CHILD") == "" {
		t.Skip("is a program of another test")
	}
	lane, status := runLane(t)
	wants(t, status, drivers.GateLocked)
	if err := lane.Gate.Release(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	fmt.Println("released")
	<-t.Context().Done()
}

// runLane runs the lane of guestBoard.
func runLane(t *testing.T) (*board.Lane, <-chan drivers.GateStatus) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "board.toml")
	if err := os.WriteFile(file, []byte(guestBoard), 0o644); err != nil {
		t.Fatal(err)
	}
	lane, err := board.Open(file, board.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended, status := make(chan error, 1), make(chan drivers.GateStatus)
	go func() { ended <- lane.Run(ctx) }()
	go func() { _ = lane.Gate.Watch(ctx, status) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return lane, status
}

// wants waits for a state of the gate.
func wants(t *testing.T, status <-chan drivers.GateStatus, want drivers.GateState) {
	t.Helper()
	var last drivers.GateStatus
	for late := time.After(time.Minute); ; {
		select {
		case last = <-status:
			if last.State == want {
				return
			}
		case <-late:
			t.Fatalf("the gate is %v (%s), want %v", last.State, last.Detail, want)
		}
	}
}

// simulated is the folder of a chip of the kernel's gpio-sim.
type simulated string

func (s simulated) file(line int, name string) string {
	return filepath.Join(string(s), fmt.Sprintf("sim_gpio%d", line), name)
}

// pull does to a line what a contact does.
func (s simulated) pull(t *testing.T, line int, high bool) {
	t.Helper()
	text := "pull-down"
	if high {
		text = "pull-up"
	}
	if err := os.WriteFile(s.file(line, "pull"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// becomes waits until a line is high or low.
func (s simulated) becomes(t *testing.T, line int, high bool) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for {
		text, err := os.ReadFile(s.file(line, "value"))
		if err != nil {
			t.Fatal(err)
		}
		if (strings.TrimSpace(string(text)) == "1") == high {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("line %d is never %v", line, high)
		}
	}
}
