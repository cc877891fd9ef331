package guest_test

import (
	"strings"
	"syscall"
	"testing"

	"portcullis/cache/trust/trusttest"
	"portcullis/scripts/guest"
)

// inside are the tests that run in the machine. Each has a machine of its own.
var inside = []struct{ pkg, run string }{
	{"portcullis/scripts/guest/inside", "^TestAKeyboard"},
	{"portcullis/drivers/tty", "^TestAReaderThatIsPulled"},
	{"portcullis/drivers/links", "^TestInTheMachine"},
	{"portcullis/drivers/evdev", "^Test(AZoneThatIsTyped|WhoHasGrabbed|AProgramThatIsTooSlow|AKeyboardThat|AKeyboardIs)"},
	{"portcullis/drivers/hidraw", "^Test(ReportsOf|AHIDDeviceThat)"},
	{"portcullis/drivers/gpio", "^TestGPIOSim"},
	{"portcullis/drivers/watchdog", "^TestARealWatchdog"},
	{"portcullis/board", "^TestOnLinesOfTheKernel"},
}

func TestInTheMachine(t *testing.T) {
	for _, c := range inside {
		t.Run(c.pkg+c.run, func(t *testing.T) {
			guest.Boot(t, guest.Options{Tests: []string{c.pkg}}).Test(c.pkg, c.run)
		})
	}
}

// A program that feeds the watchdog and then stalls takes the machine with it.
func TestTheWatchdogBitesWhenItsFeederStalls(t *testing.T) {
	const pkg = "portcullis/scripts/guest/inside"
	g := guest.Boot(t, guest.Options{Tests: []string{pkg}})
	feeder := g.Start(nil, guest.TestProgram(pkg), "-test.run=^TestFeedTheWatchdog$")
	for fed := 0; fed < 12; { // for longer than it waits
		line, ok := feeder.Line()
		if !ok {
			t.Fatalf("the feeder ended: exit code %d", feeder.Exit())
		}
		if line == "fed" {
			fed++
		}
	}
	feeder.Signal(syscall.SIGSTOP)
	if e := g.WaitEvent("WATCHDOG"); !strings.Contains(string(e.Data), "reset") {
		t.Errorf("the watchdog says %s", e.Data)
	}
	g.WaitEvent("SHUTDOWN")
}

// The product finds a board and a reader on real device nodes, and moves nothing.
func TestTheProgramFindsItsHardware(t *testing.T) {
	g := guest.Boot(t, guest.Options{Programs: []string{"portcullis/firmware/cmd/portcullis"}})
	g.PlugSerial("scanner")
	g.WaitFile("/dev/ttyUSB0")
	g.Mkdir("/tmp/data")
	publisher := trusttest.New(t)
	publisher.Publish()
	g.WriteFile("/tmp/root.json", string(publisher.File("1.root.json")))
	g.WriteFile("/tmp/portcullis.toml", `
site = "Harbour terminal"
data = "/tmp/data"
board = "rpi4"
[[reader]]
profile = "lines"
port = "/dev/ttyUSB*"
[[list]]
name = "sltd"
root = "/tmp/root.json"
`)
	output, exit := g.Run("/bin/portcullis", "selftest", "--config", "/tmp/portcullis.toml")
	for _, want := range []string{"rpi4: all lines are there", "opens: /dev/ttyUSB0"} {
		if !strings.Contains(output, want) {
			t.Errorf("the self-test does not say %q (exit code %d):\n%s", want, exit, output)
		}
	}
	relay := g.WaitFile("/sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio17/value")
	if level := g.ReadFile(relay); level != "0" {
		t.Errorf("the relay's line is %s", level)
	}
}
