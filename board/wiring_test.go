package board_test

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"periph.io/x/conn/v3/gpio"
	"periph.io/x/host/v3/bcm283x"
	"periph.io/x/host/v3/pine64"
	"periph.io/x/host/v3/rpi"

	"portcullis/board"
)

// row is one line of the table in docs/wiring.md.
var row = regexp.MustCompile(`(?m)^\| [^|]+ \| (GPIO\d+) \| (\d+) \| (output|input, pull up) \| (high|low) \|[^|]*\| ([a-z_.]+) \|$`)

// header is what periph.io knows of the pins that the table uses.
var header = map[string]gpio.PinIO{
	"11": rpi.P1_11, "15": rpi.P1_15, "16": rpi.P1_16, "18": rpi.P1_18, "22": rpi.P1_22,
	"29": rpi.P1_29, "31": rpi.P1_31, "37": rpi.P1_37,
}

func TestTheWiringTableIsTheProfile(t *testing.T) {
	text, err := os.ReadFile("../docs/wiring.md")
	if err != nil {
		t.Fatal(err)
	}
	profile, err := board.Parse(rpi4(t))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][2]string{} // line and polarity by key
	for key, o := range map[string]*board.Output{
		"gate.relay": profile.Gate.Relay, "lights.ready": profile.Lights.Ready, "lights.busy": profile.Lights.Busy,
		"lights.proceed": profile.Lights.Proceed, "lights.stop": profile.Lights.Stop, "buzzer": profile.Buzzer,
	} {
		if o != nil {
			want[key] = [2]string{o.Line, o.Active}
		}
	}
	for key, in := range map[string]*board.Input{
		"gate.door_closed": profile.Gate.DoorClosed, "gate.passed": profile.Gate.Passed, "gate.emergency": profile.Gate.Emergency,
	} {
		if in != nil {
			want[key] = [2]string{in.Line, in.Active}
		}
	}
	rows := row.FindAllStringSubmatch(string(text), -1)
	if len(rows) != len(want) {
		t.Errorf("the table has %d lines, the profile %d", len(rows), len(want))
	}
	for _, r := range rows {
		line, pin, active, key := r[1], r[2], r[4], r[5]
		if want[key] != [2]string{line, active} {
			t.Errorf("%s: the table has %s, active %s; the profile has %v", key, line, active, want[key])
		}
		if header[pin] == nil || header[pin].Name() != line {
			t.Errorf("%s: header pin %s is %v, not %s", key, pin, header[pin], line)
		}
	}
}

// pineRow is one line of the table of the Pine A64.
var pineRow = regexp.MustCompile(`(?m)^\| ([a-z_.]+) \| P([A-Z])(\d+) \| (\d+) \| (\S+) \|$`)

// pineHeader is what periph.io knows of the pins that the table uses.
var pineHeader = map[string]gpio.PinIO{
	"7": pine64.P1_7, "11": pine64.P1_11, "13": pine64.P1_13, "26": pine64.P1_26, "27": pine64.P1_27, "28": pine64.P1_28,
	"29": pine64.P1_29, "31": pine64.P1_31,
}

func TestTheWiringTableOfThePineIsItsProfile(t *testing.T) {
	text, err := os.ReadFile("../docs/wiring.md")
	if err != nil {
		t.Fatal(err)
	}
	p, err := board.Load("pine64")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"gate.relay": p.Gate.Relay.Line, "gate.door_closed": p.Gate.DoorClosed.Line, "gate.passed": p.Gate.Passed.Line,
		"gate.emergency": p.Gate.Emergency.Line, "lights.ready": p.Lights.Ready.Line, "lights.proceed": p.Lights.Proceed.Line,
		"lights.stop": p.Lights.Stop.Line, "buzzer": p.Buzzer.Line,
	}
	rows := pineRow.FindAllStringSubmatch(string(text), -1)
	if len(rows) != len(want) {
		t.Errorf("the table has %d lines, the profile %d", len(rows), len(want))
	}
	for _, r := range rows {
		key, port, n, pin, line := r[1], r[2], r[3], r[4], r[5]
		if want[key] != line {
			t.Errorf("%s: the table has %s, the profile %s", key, line, want[key])
		}
		if pineHeader[pin] == nil || pineHeader[pin].Name() != "P"+port+n {
			t.Errorf("%s: header pin %s is %v, not P%s%s", key, pin, pineHeader[pin], port, n)
		}
		number, _ := strconv.Atoi(n)
		chip := "1f02c00.pinctrl"
		if port != "L" {
			chip, number = "1c20800.pinctrl", number+32*int(port[0]-'A')
		}
		if line != fmt.Sprintf("%s:%d", chip, number) {
			t.Errorf("%s: P%s%s is %s:%d, not %s", key, port, n, chip, number, line)
		}
	}
}

func TestEveryBoardIsInTheTable(t *testing.T) {
	text, err := os.ReadFile("../docs/wiring.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range board.Names() {
		p, err := board.Load(name)
		if err != nil {
			t.Fatal(err)
		}
		row := regexp.MustCompile("(?m)^\\| `" + name + "` \\|.*$").FindString(string(text))
		if row == "" || !strings.Contains(row, p.Chip) {
			t.Errorf("%s, with the chip %q: the table has %q", name, p.Chip, row)
		}
	}
}

// A relay, lamp or buzzer on a line that is pulled up after a reset would be on
// until the program runs.
func TestOutputsAreOnLinesThatAreLowAfterAReset(t *testing.T) {
	profile, err := board.Parse(rpi4(t))
	if err != nil {
		t.Fatal(err)
	}
	pulled := map[string]gpio.Pull{}
	for _, p := range []gpio.PinIO{
		bcm283x.GPIO17, bcm283x.GPIO22, bcm283x.GPIO23, bcm283x.GPIO24, bcm283x.GPIO25,
	} {
		pulled[p.Name()] = p.DefaultPull()
	}
	for _, o := range []*board.Output{
		profile.Gate.Relay, profile.Lights.Ready, profile.Lights.Proceed, profile.Lights.Stop, profile.Buzzer,
	} {
		if pulled[o.Line] != gpio.PullDown {
			t.Errorf("%s is not pulled down after a reset", o.Line)
		}
	}
}
