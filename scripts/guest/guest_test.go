package guest_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

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

// install lays a configuration of the product into a machine, with a reader that is
// plugged in.
func install(t *testing.T) *guest.Guest {
	t.Helper()
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
[watchdog]
device = "/dev/watchdog0"
timeout = "5s"
`)
	return g
}

// bites is how long the watchdog of install waits.
const bites = 5 * time.Second

// The appliance feeds the watchdog, and when it stalls, the machine is reset.
func TestTheWatchdogBitesWhenTheApplianceStalls(t *testing.T) {
	g := install(t)
	appliance := g.Start(nil, "/bin/portcullis", "run", "--config", "/tmp/portcullis.toml")
	for line, ok := "", true; !strings.Contains(line, "the hardware watchdog is armed"); {
		if line, ok = appliance.Line(); !ok {
			t.Fatalf("the appliance ended: exit code %d", appliance.Exit())
		}
	}
	<-time.After(3 * bites)
	if output, exit := g.Run("/bin/portcullis", "version"); exit != 0 {
		t.Fatalf("the machine does not live on while the watchdog is fed: %s", output)
	}
	appliance.Signal(syscall.SIGSTOP)
	if e := g.WaitEvent("WATCHDOG"); !strings.Contains(string(e.Data), "reset") {
		t.Errorf("the watchdog says %s", e.Data)
	}
	g.WaitEvent("SHUTDOWN")
}

// The product finds a board and a reader on real device nodes, and moves nothing.
func TestTheProgramFindsItsHardware(t *testing.T) {
	g := install(t)
	output, exit := g.Run("/bin/portcullis", "selftest", "--config", "/tmp/portcullis.toml")
	for _, want := range []string{"rpi4: all lines are there", "opens: /dev/ttyUSB0", "works  watchdog "} {
		if !strings.Contains(output, want) {
			t.Errorf("the self-test does not say %q (exit code %d):\n%s", want, exit, output)
		}
	}
	relay := g.WaitFile("/sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio17/value")
	if level := g.ReadFile(relay); level != "0" {
		t.Errorf("the relay's line is %s", level)
	}
}
