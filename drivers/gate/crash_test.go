package gate_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/gate"
)

// asProgram names what this test binary is to do in place of its tests: be a
// program with a gate, and release it or not.
const asProgram = "GATE_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if what := os.Getenv(asProgram); what != "" {
		program(what == "release")
		return
	}
	os.Exit(m.Run())
}

// program runs a gate whose relay is the file that it was given.
func program(releases bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g, err := gate.New(relayFile{os.NewFile(3, "relay")}, gate.Contacts{DoorClosed: gate.Wire{Contact: shut{}}}, nil, gate.Config{Pulse: gate.MaxPulse})
	if err != nil {
		panic(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- g.Run(ctx) }()
	status := make(chan drivers.GateStatus)
	go g.Watch(ctx, status)
	for s := range status {
		if s.State == drivers.GateLocked {
			break
		}
	}
	if releases {
		if err := g.Release(ctx, 1); err != nil {
			panic(err)
		}
		select {} // until it is killed
	}
	cancel()
	if err := <-ran; err != nil {
		panic(err)
	}
}

// relayFile is a relay at the other end of a pipe: a 1 closes it, a 0 drops it,
// and so does the end of whoever holds the pipe.
type relayFile struct{ pipe *os.File }

func (r relayFile) Set(active bool) error {
	_, err := fmt.Fprintf(r.pipe, "%d", map[bool]int{true: 1}[active])
	return err
}

func (r relayFile) Halt() error { return r.Set(false) }

// shut is the contact of a door that does not open.
type shut struct{}

func (shut) Watch(ctx context.Context, report func(bool, error)) {
	report(true, nil)
	<-ctx.Done()
}

// A kernel drives a line as a program says, for as long as the program lives.
type kernel struct {
	chip    *drivertest.Chip
	line    periph.PinIO
	process *drivertest.Process
	cmd     *exec.Cmd
	pipe    io.ReadCloser
}

func start(t *testing.T, chip *drivertest.Chip, what string) *kernel {
	t.Helper()
	pipe, child, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	k := &kernel{chip: chip, process: chip.Process(), pipe: pipe}
	k.line = k.process.ByName("RELAY")
	k.cmd = exec.CommandContext(t.Context(), os.Args[0])
	k.cmd.Env = append(os.Environ(), asProgram+"="+what)
	k.cmd.ExtraFiles, k.cmd.Stderr = []*os.File{child}, os.Stderr
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	child.Close()
	t.Cleanup(func() { pipe.Close() })
	return k
}

// next does what the program says next; it is false once there is no program any
// more, and then the line has been let go.
func (k *kernel) next(t *testing.T) bool {
	t.Helper()
	var said [1]byte
	if _, err := io.ReadFull(k.pipe, said[:]); err != nil {
		k.process.Kill()
		return false
	}
	if err := k.line.Out(said[0] == '1'); err != nil {
		t.Fatal(err)
	}
	return true
}

// TestAProgramThatIsKilledInAPulseLeavesTheGateLocked kills a program with signal
// 9 while its relay is closed, and starts another one, which sends nothing anew.
func TestAProgramThatIsKilledInAPulseLeavesTheGateLocked(t *testing.T) {
	chip := drivertest.NewChip("RELAY")
	chip.Wire("RELAY", periph.PullDown)
	k := start(t, chip, "release")
	for !chip.Level("RELAY") {
		if !k.next(t) {
			t.Fatal("the program ended without a release")
		}
	}
	if err := k.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	said := 0
	for k.next(t) {
		said++
	}
	if said > 0 {
		t.Log("the machine was so slow that the pulse had ended before")
	}
	if chip.Level("RELAY") {
		t.Error("the relay is closed after its program was killed")
	}
	if err := k.cmd.Wait(); err == nil {
		t.Error("the program was not killed")
	}

	k = start(t, chip, "watch")
	for k.next(t) {
	}
	if err := k.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if n := chip.Rises("RELAY"); n != 1 || bool(chip.Level("RELAY")) {
		t.Errorf("the relay was closed %d times, want once; it is closed now: %v", n, chip.Level("RELAY"))
	}
}
