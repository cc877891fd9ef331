package main

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/board"
	"portcullis/drivers/drivertest"
)

// piBench returns a bench with a Raspberry Pi whose lane is wired as docs/wiring.md
// has it, and what it is wired to.
func piBench(t *testing.T) (*bench, *drivertest.Chip) {
	t.Helper()
	chip := drivertest.NewChip("GPIO5", "GPIO6", "GPIO17", "GPIO22", "GPIO23", "GPIO24", "GPIO25", "GPIO26").Label("pinctrl-bcm2711")
	for _, out := range []string{"GPIO17", "GPIO22", "GPIO23", "GPIO24", "GPIO25"} {
		chip.Wire(out, periph.PullDown)
	}
	chip.Drive("GPIO5", periph.Low)
	chip.Drive("GPIO6", periph.High)
	chip.Drive("GPIO26", periph.Low)
	program := chip.Process()
	lane, err := board.Open("rpi4", board.Options{Find: program.ByName, Kernel: program.Kernel()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	b := &bench{config: config{Board: "rpi4"}, lane: lane, stop: stop, ran: make(chan error, 1)}
	b.options.progress = t.Output()
	go func() { b.ran <- lane.Run(ctx) }()
	return b, chip
}

// verdicts returns a line for each test of a bench.
func verdicts(t *testing.T, b *bench) string {
	t.Helper()
	var all []string
	for _, test := range b.tests() {
		p := test.probe(t.Context())
		all = append(all, strings.Join([]string{map[bool]string{true: "works", false: "FAILS"}[p.Works], p.Part, p.Device, p.Detail}, " "))
	}
	return strings.Join(all, "\n")
}

func TestEveryLineOfABoardHasAVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*drivertest.Chip)
		want  []string
	}{
		"all is well": {func(*drivertest.Chip) {}, []string{"works gate rpi4 locked", "works gate.passed GPIO6 GPIO6: not active"}},
		"another program takes a contact": {func(chip *drivertest.Chip) {
			chip.Lose("GPIO6")
			_ = chip.Process().ByName("GPIO6").In(periph.PullUp, periph.NoEdge) // the verdict tells if it did not
		}, []string{
			"FAILS gate rpi4 unknown: passed: ", "FAILS gate.passed GPIO6 GPIO6: watch line GPIO6: "}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, chip := piBench(t)
				defer b.close()
				c.spoil(chip)
				time.Sleep(time.Second) // a line is read again by then
				got := verdicts(t, b)
				for _, want := range append(c.want,
					"works gate.relay GPIO17 GPIO17: is there, and at rest",
					"works buzzer GPIO25 ", "works lights.proceed GPIO23 ", "works lights.ready GPIO22 ", "works lights.stop GPIO24 ",
					"works gate.door_closed GPIO5 GPIO5: active", "works gate.emergency GPIO26 GPIO26: not active") {
					if !strings.Contains(got, want) {
						t.Errorf("got\n%s\nwant %q", got, want)
					}
				}
			})
		})
	}
}

func TestNoLineOfABoardThatDoesNotOpenWorks(t *testing.T) {
	got := verdicts(t, &bench{config: config{Board: "rpi4"}})
	if strings.Contains(got, "works") || !strings.Contains(got, "FAILS lights.stop GPIO24 not tested: the board does not open") {
		t.Errorf("got\n%s\nwant that nothing was tested", got)
	}
}
