package board_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/board"
	"portcullis/drivers"
	"portcullis/drivers/drivertest"
)

// wiredPi returns the lines of a Raspberry Pi that is wired as docs/wiring.md
// has it: outputs fall when they are let go, contacts close to ground. It may have
// more lines than those.
func wiredPi(more ...string) *drivertest.Chip {
	chip := drivertest.NewChip(append(more, "GPIO5", "GPIO6", "GPIO17", "GPIO22", "GPIO23", "GPIO24", "GPIO25", "GPIO26")...).
		Label("pinctrl-bcm2711")
	for _, out := range []string{"GPIO17", "GPIO22", "GPIO23", "GPIO24", "GPIO25"} {
		chip.Wire(out, periph.PullDown)
	}
	chip.Drive("GPIO5", periph.Low)
	chip.Drive("GPIO6", periph.High)
	chip.Drive("GPIO26", periph.Low)
	return chip
}

func openPi(t *testing.T) (*board.Lane, *drivertest.Chip) {
	t.Helper()
	chip := wiredPi()
	program := chip.Process()
	lane, err := board.Open("rpi4", board.Options{Find: program.ByName, Kernel: program.Kernel()})
	if err != nil {
		t.Fatal(err)
	}
	return lane, chip
}

func TestRpi4Gate(t *testing.T) {
	drivertest.TestGate(t, func(t *testing.T) drivertest.GateRig {
		lane, chip := openPi(t)
		return drivertest.GateRig{
			Gate:   lane.Gate,
			Run:    lane.Run,
			Closed: func() bool { return bool(chip.Level("GPIO17")) },
			Pulses: func() int { return chip.Rises("GPIO17") },
			Door:   func(open bool) { chip.Drive("GPIO5", periph.Level(open)) },
			Pass: func() {
				chip.Drive("GPIO6", periph.Low)
				time.AfterFunc(400*time.Millisecond, func() { chip.Drive("GPIO6", periph.High) })
			},
			Emergency: func(pulled bool) { chip.Drive("GPIO26", periph.Level(pulled)) },
		}
	})
}

func TestRpi4Lights(t *testing.T) {
	drivertest.TestLights(t, func(t *testing.T) drivertest.LightsRig {
		lane, chip := openPi(t)
		return drivertest.LightsRig{Lights: lane.Lights, Run: lane.Run, Lit: func() drivertest.Lamps {
			return drivertest.Lamps{
				Ready: bool(chip.Level("GPIO22")), Proceed: bool(chip.Level("GPIO23")), Stop: bool(chip.Level("GPIO24")),
			}
		}}
	})
}

func TestRpi4Buzzer(t *testing.T) {
	drivertest.TestBuzzer(t, func(t *testing.T) drivertest.BuzzerRig {
		lane, chip := openPi(t)
		return drivertest.BuzzerRig{Buzzer: lane.Buzzer, Run: lane.Run, Sounding: func() bool {
			return bool(chip.Level("GPIO25"))
		}}
	})
}

func TestRpi4Display(t *testing.T) {
	drivertest.TestDisplay(t, func(t *testing.T) drivertest.DisplayRig {
		lane, _ := openPi(t)
		return drivertest.DisplayRig{Display: lane.Display, Shown: lane.Display.(*board.Page).Message}
	})
}

func TestOpeningTheBoardMovesNothing(t *testing.T) {
	_, chip := openPi(t)
	for _, out := range []string{"GPIO17", "GPIO22", "GPIO23", "GPIO24", "GPIO25"} {
		if seen := chip.Seen(out); len(seen) != 1 || seen[0].Level != periph.Low {
			t.Errorf("%s showed %v, want one low level", out, seen)
		}
	}
}

func TestASimulatedLaneLetsATravellerThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane, err := board.Open("sim", board.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- lane.Run(ctx) }()
		time.Sleep(time.Second)
		if err := lane.Gate.Release(ctx, 1); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if s := lane.Sim.Snapshot(); s.Gate.State != drivers.GateLocked || s.Gate.Passages != 1 {
			t.Errorf("got %+v, want locked with one passage", s)
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := lane.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
	})
}

func TestABoardThatIsNotHereIsAClearError(t *testing.T) {
	if files, _ := filepath.Glob("/dev/gpiochip*"); len(files) > 0 {
		t.Skip("this machine has GPIO lines")
	}
	_, err := board.Open("rpi4", board.Options{})
	const want = "board rpi4: gate.relay: GPIO17 not found: is this a Raspberry Pi 4, and is the user in group gpio?"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %v", err, want)
	}
}

func TestAnUnknownBoardIsAClearError(t *testing.T) {
	for _, name := range []string{"rpi9", "", "../board", "missing.toml"} {
		_, err := board.Open(name, board.Options{Find: wiredPi().Process().ByName})
		if err == nil || !strings.HasPrefix(err.Error(), "board "+name+": ") {
			t.Errorf("board %q: got %v", name, err)
		}
	}
}

func TestABoardMayBeAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, rpi4(t, "GPIO17", "GPIO27"), 0o600); err != nil {
		t.Fatal(err)
	}
	chip := wiredPi()
	if _, err := board.Open(file, board.Options{Find: chip.Process().ByName}); err == nil || !strings.Contains(err.Error(), "GPIO27 not found") {
		t.Errorf("got %v, want GPIO27 not found", err)
	}
	if err := os.WriteFile(file, rpi4(t), 0o600); err != nil {
		t.Fatal(err)
	}
	lane, err := board.Open(file, board.Options{Find: chip.Process().ByName})
	if err != nil || lane.Name != file {
		t.Errorf("got %v, %v", lane, err)
	}
}

func TestALineThatIsTakenIsAClearError(t *testing.T) {
	chip := wiredPi()
	if err := chip.Process().ByName("GPIO6").In(periph.PullUp, periph.NoEdge); err != nil {
		t.Fatal(err)
	}
	for _, o := range []board.Options{{Find: chip.Process().ByName}, {Kernel: chip.Process().Kernel()}} {
		_, err := board.Open("rpi4", o)
		for _, w := range []string{"gate.passed", "GPIO6", "another program"} {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("the error does not say %q: %v", w, err)
			}
		}
		if err := chip.Process().ByName("GPIO17").Out(periph.Low); err != nil {
			t.Errorf("the relay is still held by a board that was not opened: %v", err)
		}
		chip.Lose("GPIO17")
	}
}

func TestTwoNamesOfOneLineAreRefused(t *testing.T) {
	chip := wiredPi()
	find := chip.Process().ByName
	alias := func(name string) periph.PinIO { return find(strings.Replace(name, "P1_15", "GPIO23", 1)) }
	file := filepath.Join(t.TempDir(), "mine.toml")
	if err := os.WriteFile(file, rpi4(t, "GPIO22", "P1_15"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := board.Open(file, board.Options{Find: alias})
	if err == nil || !strings.Contains(err.Error(), "GPIO23 is the same line as that of lights.ready") {
		t.Errorf("got %v, want the two uses", err)
	}
}

func TestAKernelThatKeepsOutputsIsRefused(t *testing.T) {
	for setting, refused := range map[string]bool{"Y\n": true, "N\n": false} {
		root := t.TempDir()
		dir := filepath.Join(root, "sys/module/pinctrl_bcm2835/parameters")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "persist_gpio_outputs"), []byte(setting), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := board.Open("rpi4", board.Options{Root: root})
		if got := err != nil && strings.Contains(err.Error(), "dtparam=strict_gpiod"); got != refused {
			t.Errorf("setting %q: got %v", setting, err)
		}
	}
}

func TestHaltPutsALaneAtRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane, chip := openPi(t)
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error, 1)
		go func() { ran <- lane.Run(ctx) }()
		time.Sleep(time.Second)
		for _, err := range []error{
			lane.Gate.Release(ctx, 1), lane.Lights.Show(ctx, drivers.SignalProceed), lane.Buzzer.Sound(ctx, drivers.TonePerson),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if err := lane.Halt(); err != nil {
			t.Errorf("halt: %v", err)
		}
		for _, out := range []string{"GPIO17", "GPIO23", "GPIO25"} {
			if chip.Level(out) {
				t.Errorf("%s is still on", out)
			}
		}
		cancel()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}
