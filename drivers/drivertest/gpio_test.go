package drivertest_test

import (
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers/drivertest"
)

// The tests of this file use a pin as a program would that trusts its
// documentation, and see what that does to the line.

// relay gives a relay on GPIO17 that is held, and its chip.
func relay(t *testing.T, wired gpio.Pull, held gpio.Level) (*drivertest.Chip, gpio.PinIO) {
	t.Helper()
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", wired)
	pin := chip.Process().ByName("GPIO17")
	if err := pin.Out(held); err != nil {
		t.Fatal(err)
	}
	return chip, pin
}

func TestReadingAnOutputBackDropsTheRelay(t *testing.T) {
	chip, pin := relay(t, gpio.PullDown, gpio.High)
	if chip.Level("GPIO17") != gpio.High {
		t.Fatal("the relay is not held")
	}
	pin.Read()
	if chip.Level("GPIO17") != gpio.Low {
		t.Error("the relay is still held after Read")
	}
}

func TestReadingAnUnwiredOutputBackPullsTheRelayIn(t *testing.T) {
	chip, pin := relay(t, gpio.Float, gpio.Low)
	pin.Read()
	if chip.Level("GPIO17") != gpio.High {
		t.Error("the pull-up of Read did not reach the relay")
	}
}

func TestAskingForTheFunctionDropsTheRelay(t *testing.T) {
	chip, pin := relay(t, gpio.PullDown, gpio.High)
	_ = pin.(interface{ Function() string }).Function()
	if chip.Level("GPIO17") != gpio.Low {
		t.Error("the relay is still held after Function")
	}
}

func TestTheFirstHighPassesThroughLow(t *testing.T) {
	chip, _ := relay(t, gpio.PullUp, gpio.High)
	want := []gpio.Level{gpio.High, gpio.Low, gpio.High}
	seen := chip.Seen("GPIO17")
	if len(seen) != len(want) {
		t.Fatalf("seen %v, want levels %v", seen, want)
	}
	for i, w := range want {
		if seen[i].Level != w {
			t.Errorf("level %d is %v, want %v", i, seen[i].Level, w)
		}
	}
}

func TestWaitingForAnEdge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := drivertest.NewChip("GPIO5")
		chip.Wire("GPIO5", gpio.PullUp)
		pin := chip.Process().ByName("GPIO5")
		if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		chip.Drive("GPIO5", gpio.Low)
		if !pin.WaitForEdge(time.Second) {
			t.Error("a queued edge was not delivered")
		}
		start := time.Now()
		if pin.WaitForEdge(-1) || time.Since(start) != 0 {
			t.Error("-1 is documented to wait without end, and must return false at once here")
		}
		if pin.WaitForEdge(time.Second) || time.Since(start) != time.Second {
			t.Error("a finite wait must take its time")
		}
		returned := make(chan bool)
		go func() { returned <- pin.WaitForEdge(0) }()
		time.Sleep(24 * time.Hour)
		select {
		case <-returned:
			t.Error("0 must wait for ever")
		default:
		}
		_ = pin.(interface{ Halt() error }).Halt()
		if <-returned {
			t.Error("Halt is no edge")
		}
	})
}

func TestALostLineReadsLowAndWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := drivertest.NewChip("GPIO5")
		pin := chip.Process().ByName("GPIO5")
		if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		chip.Drive("GPIO5", gpio.High)
		chip.Lose("GPIO5")
		if pin.Read() {
			t.Error("the error of a lost line must read as low")
		}
		start := time.Now()
		if pin.WaitForEdge(time.Hour) || time.Since(start) != 0 {
			t.Error("a lost line must not wait")
		}
		if pin.In(gpio.PullUp, gpio.BothEdges) == nil {
			t.Error("configuring a lost line must fail")
		}
	})
}

func TestALineBelongsToOneProcess(t *testing.T) {
	chip, _ := relay(t, gpio.PullDown, gpio.High)
	other := chip.Process().ByName("GPIO17")
	if err := other.Out(gpio.Low); err == nil {
		t.Error("a second process took the line")
	}
	if err := other.Out(gpio.Low); err == nil {
		t.Error("a pin whose request failed must go on failing")
	}
	if chip.Level("GPIO17") != gpio.High {
		t.Error("the second process changed the line")
	}
}

func TestADeadProcessLetsGo(t *testing.T) {
	chip := drivertest.NewChip("GPIO17")
	chip.Wire("GPIO17", gpio.PullDown)
	program := chip.Process()
	if err := program.ByName("GPIO17").Out(gpio.High); err != nil {
		t.Fatal(err)
	}
	program.Kill()
	if chip.Level("GPIO17") != gpio.Low {
		t.Error("the line of a dead process must take the level of its wiring")
	}
}

func TestAnUnknownLineIsNil(t *testing.T) {
	if drivertest.NewChip().Process().ByName("GPIO17") != nil {
		t.Error("a line that is not there must be nil, as gpioreg has it")
	}
}

// A loop that trusts -1 to wait takes the whole processor.
func TestALoopOnMinusOneSpins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pin := drivertest.NewChip("GPIO5").Process().ByName("GPIO5")
		if err := pin.In(gpio.PullUp, gpio.BothEdges); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for range 1000 {
			pin.WaitForEdge(-1)
		}
		if time.Since(start) != 0 {
			t.Errorf("1000 turns took %v, want none", time.Since(start))
		}
	})
}
