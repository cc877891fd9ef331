package gpio_test

import (
	"errors"
	"testing"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
)

// opener takes the relay of a lane that is wired to drop when it is let go.
type opener func(t *testing.T, c gpio.OutputConfig) (*drivertest.Chip, *gpio.Output)

// onOutput runs a test on each backend.
func onOutput(t *testing.T, test func(t *testing.T, open opener)) {
	onEach(t, func(t *testing.T, line backend) {
		test(t, func(t *testing.T, c gpio.OutputConfig) (*drivertest.Chip, *gpio.Output) { return open(t, line, c) })
	})
}

func open(t *testing.T, line backend, c gpio.OutputConfig) (*drivertest.Chip, *gpio.Output) {
	t.Helper()
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", periph.PullDown)
	o, err := gpio.OpenOutput(line(chip.Process(), "GPIO17"), c)
	if err != nil {
		t.Fatal(err)
	}
	return chip, o
}

func TestAnOutputStartsAtRestWithoutABlip(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, o := open(t, gpio.OutputConfig{NoBlip: true})
		if seen := chip.Seen("GPIO17"); len(seen) != 1 || seen[0].Level != periph.Low {
			t.Errorf("the outside saw %v, want one low level", seen)
		}
		if o.Active() {
			t.Error("a fresh output says that it is active")
		}
	})
}

func TestAnOutputFollowsItsPolarity(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		for _, low := range []bool{false, true} {
			chip, o := open(t, gpio.OutputConfig{ActiveLow: low})
			for _, active := range []bool{false, true, true, false} {
				if err := o.Set(active); err != nil {
					t.Fatal(err)
				}
				if got, want := bool(chip.Level("GPIO17")), active != low; got != want {
					t.Errorf("active low %v, set %v: level %v, want %v", low, active, got, want)
				}
			}
		}
	})
}

func TestLookingAtAnOutputDoesNotTouchTheLine(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, o := open(t, gpio.OutputConfig{})
		if err := o.Set(true); err != nil {
			t.Fatal(err)
		}
		if !o.Active() {
			t.Error("an active output says that it is at rest")
		}
		if chip.Level("GPIO17") != periph.High {
			t.Error("looking at the output changed it")
		}
	})
}

func TestAPinThatWouldBlipIsRefused(t *testing.T) {
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", periph.PullUp)
	c := gpio.OutputConfig{ActiveLow: true, NoBlip: true}
	if _, err := gpio.NewOutput(chip.Process().ByName("GPIO17"), c); !errors.Is(err, gpio.ErrBlip) {
		t.Errorf("got %v, want %v", err, gpio.ErrBlip)
	}
	if n := len(chip.Seen("GPIO17")); n != 1 {
		t.Errorf("the refused line showed %d levels, want 1", n)
	}
}

func TestAnActiveLowLampBlipsAtStart(t *testing.T) {
	chip := drivertest.NewChip("GPIO22")
	chip.Wire("GPIO22", periph.PullUp)
	if _, err := gpio.NewOutput(chip.Process().ByName("GPIO22"), gpio.OutputConfig{ActiveLow: true}); err != nil {
		t.Fatal(err)
	}
	if n := len(chip.Seen("GPIO22")); n != 3 {
		t.Errorf("the line showed %d levels, want high, low, high: the reason for ErrBlip", n)
	}
}

func TestAHaltedOutputStaysAtRest(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, o := open(t, gpio.OutputConfig{})
		if err := o.Set(true); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.Halt(); err != nil {
				t.Fatal(err)
			}
		}
		if err := o.Set(true); !errors.Is(err, gpio.ErrHalted) {
			t.Errorf("got %v, want %v", err, gpio.ErrHalted)
		}
		if chip.Level("GPIO17") != periph.Low {
			t.Error("a halted line is active")
		}
	})
}

func TestALostOutputIsAnErrorAndComesBack(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, o := open(t, gpio.OutputConfig{})
		if err := o.Set(true); err != nil {
			t.Fatal(err)
		}
		chip.Lose("GPIO17")
		if err := o.Set(true); !errors.Is(err, gpio.ErrLost) {
			t.Errorf("got %v, want %v", err, gpio.ErrLost)
		}
		if o.Active() {
			t.Error("a lost line says that it is active")
		}
		if err := o.Set(true); err != nil {
			t.Fatalf("a lost line was not asked for anew: %v", err)
		}
		if chip.Level("GPIO17") != periph.High {
			t.Error("the line that came back is not active")
		}
	})
}

func TestALineThatIsTakenIsAnError(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, _ := open(t, gpio.OutputConfig{})
		if _, err := gpio.NewOutput(chip.Process().ByName("GPIO17"), gpio.OutputConfig{}); !errors.Is(err, gpio.ErrLost) {
			t.Errorf("got %v, want %v", err, gpio.ErrLost)
		}
	})
}

func TestAnOutputThatIsClosedIsGivenBackAtRest(t *testing.T) {
	onOutput(t, func(t *testing.T, open opener) {
		chip, o := open(t, gpio.OutputConfig{})
		if err := o.Set(true); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := o.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := o.Set(true); !errors.Is(err, gpio.ErrHalted) || chip.Level("GPIO17") != periph.Low {
			t.Errorf("a closed output was set: %v", err)
		}
		if err := chip.Process().ByName("GPIO17").Out(periph.High); err != nil {
			t.Errorf("another program cannot have the line: %v", err)
		}
	})
}
