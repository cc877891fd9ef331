package gpio_test

import (
	"testing"
	"testing/synctest"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/gpio"
	"portcullis/drivers/gpio/uapi"
)

// A backend makes the line of a name, as one program has it.
type backend func(p *drivertest.Process, name string) gpio.Line

// backends are all that a line can stand on.
var backends = map[string]backend{
	"periph": func(p *drivertest.Process, name string) gpio.Line { return gpio.Periph(p.ByName(name)) },
	"kernel": func(p *drivertest.Process, name string) gpio.Line {
		return gpio.Kernel(p.Kernel(), uapi.ParseAddress(name))
	},
}

// onEach runs a test on each backend.
func onEach(t *testing.T, test func(t *testing.T, line backend)) {
	for name, line := range backends {
		t.Run(name, func(t *testing.T) { test(t, line) })
	}
}

func TestContract(t *testing.T) {
	onEach(t, func(t *testing.T, line backend) {
		drivertest.TestLine(t, synctest.Test, func(*testing.T) drivertest.LineRig {
			chip := drivertest.NewChip("OTHER", "LINE")
			chip.Wire("LINE", periph.PullDown)
			return drivertest.LineRig{
				Line:  line(chip.Process(), "LINE"),
				Other: line(chip.Process(), "LINE"),
				Drive: func(high bool) { chip.Drive("LINE", periph.Level(high)) },
				High:  func() bool { return bool(chip.Level("LINE")) },
				Lose:  func() { chip.Lose("LINE") },
				Seen:  func() []drivertest.Seen { return chip.Seen("LINE") },
			}
		})
	})
}

func TestALineOfTheKernelsNeverBlips(t *testing.T) {
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", periph.PullUp)
	o, err := gpio.OpenOutput(backends["kernel"](chip.Process(), "GPIO17"), gpio.OutputConfig{ActiveLow: true, NoBlip: true})
	if err != nil {
		t.Fatal(err)
	}
	if seen := chip.Seen("GPIO17"); len(seen) != 1 || seen[0].Level != periph.High {
		t.Errorf("the outside saw %v, want one high level", seen)
	}
	if err := o.Set(true); err != nil || chip.Level("GPIO17") != periph.Low {
		t.Errorf("the output does not follow: %v", err)
	}
}

// Without power, and between two programs, a line falls as its wiring says. No
// request can help that.
func TestAnActiveLowOutputIsOnWhenItsLineFalls(t *testing.T) {
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", periph.PullDown)
	program := chip.Process()
	if _, err := gpio.OpenOutput(backends["kernel"](program, "GPIO17"), gpio.OutputConfig{ActiveLow: true, NoBlip: true}); err != nil {
		t.Fatal(err)
	}
	program.Kill()
	if chip.Level("GPIO17") != periph.Low {
		t.Error("the line of a dead program stays up: an active-low relay would be safe after all")
	}
}

func TestALineIsFoundAgainUnderAnotherNumber(t *testing.T) {
	chip := drivertest.NewChip("GPIO5", "GPIO17").Label("pinctrl-rp1")
	for _, at := range []uapi.Address{{Line: "GPIO17"}, {Chip: "pinctrl-rp1", Line: "GPIO17"}, {Chip: "pinctrl-rp1", Offset: 1}} {
		o, err := gpio.OpenOutput(gpio.Kernel(chip.Process().Kernel(), at), gpio.OutputConfig{})
		if err != nil {
			t.Fatal(err)
		}
		chip.Renumber(4)
		if o.Set(true) == nil {
			t.Errorf("%v: the line was not lost", at)
		}
		if err := o.Set(true); err != nil || chip.Level("GPIO17") != periph.High {
			t.Errorf("%v: the line was not found again: %v", at, err)
		}
		chip.Renumber(0)
	}
}

func TestAPinLeavesOutNoGlitch(t *testing.T) {
	pin := drivertest.NewChip("GPIO5").Process().ByName("GPIO5")
	if _, err := gpio.NewInput(pin, gpio.InputConfig{Glitch: gpio.MaxGlitch}); err == nil {
		t.Error("a glitch time was accepted and would be ignored")
	}
}
