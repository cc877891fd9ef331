package board_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	periph "periph.io/x/conn/v3/gpio"

	"portcullis/board"
	"portcullis/drivers/drivertest"
)

// allContacts are the contacts of a gate that has every one, but for those that
// the compiled-in board has.
const allContacts = `
[gate.door_open]
line = "GPIO12"
active = "low"
pull = "up"
supervised = true

[gate.busy]
line = "GPIO13"
active = "low"
pull = "up"

[gate.alarm]
line = "GPIO16"
active = "high"
pull = "up"
supervised = true

[gate.out_of_service]
line = "GPIO19"
active = "high"
pull = "up"

[gate.tamper]
line = "GPIO20"
active = "high"
pull = "up"
supervised = true
`

// A gate with every contact keeps the contract, and its door has two ends.
func TestAGateWithEveryContact(t *testing.T) {
	file := filepath.Join(t.TempDir(), "all.toml")
	text := strings.ReplaceAll(string(rpi4(t)), "debounce =", "supervised = true\ndebounce =") + allContacts
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	drivertest.TestGate(t, func(t *testing.T) drivertest.GateRig {
		chip := wiredPi("GPIO12", "GPIO13", "GPIO16", "GPIO19", "GPIO20")
		for line, level := range map[string]periph.Level{
			"GPIO12": periph.High, "GPIO13": periph.High, "GPIO16": periph.Low, "GPIO19": periph.Low, "GPIO20": periph.Low,
		} {
			chip.Drive(line, level)
		}
		lane, err := board.Open(file, board.Options{Find: chip.Process().ByName})
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.GateRig{
			Gate:   lane.Gate,
			Run:    lane.Run,
			Closed: func() bool { return bool(chip.Level("GPIO17")) },
			Pulses: func() int { return chip.Rises("GPIO17") },
			Door: func(open bool) {
				left, reached := "GPIO5", "GPIO12"
				if !open {
					left, reached = reached, left
				}
				chip.Drive(left, periph.High)
				time.AfterFunc(500*time.Millisecond, func() { chip.Drive(reached, periph.Low) })
			},
			Pass: func() {
				chip.Drive("GPIO6", periph.Low)
				time.AfterFunc(400*time.Millisecond, func() { chip.Drive("GPIO6", periph.High) })
			},
			Emergency: func(pulled bool) { chip.Drive("GPIO26", periph.Level(pulled)) },
			Tamper:    func(open bool) { chip.Drive("GPIO20", periph.Level(open)) },
		}
	})
}

func TestABadGateIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []string // of the profile with every contact
		want  []string // in the error; none: it is accepted
	}{
		{"every contact", nil, nil},
		{"level", []string{`pulse = "200ms"`, `mode = "level"`}, nil},
		{"unknown mode", []string{`pulse = "200ms"`, `mode = "potential"`}, []string{"gate.mode", `"potential"`}},
		{"level with a pulse", []string{`pulse = "200ms"`, "mode = \"level\"\npulse = \"200ms\""}, []string{"gate: a pulse of 200ms"}},
		{"level that lasts", []string{`pulse = "200ms"`, `mode = "level"`, `"6s"`, `"31s"`}, []string{"gate: passage window 31s", "30s"}},
		{"level without its end", []string{`pulse = "200ms"`, `mode = "level"`, "[gate.passed]", "[gate.paused]"}, []string{"gate.passed: missing", "gate.paused"}},
		{"travel", []string{`hold_open = "15s"`, "hold_open = \"15s\"\ntravel = \"20s\""}, []string{"gate: travel time 20s"}},
		{"cut wire as a shut cabinet", []string{"\"GPIO20\"\nactive = \"high\"", "\"GPIO20\"\nactive = \"low\""}, []string{"gate.tamper", "GPIO20", "a shut cabinet"}},
		{"cut wire as no alarm", []string{"\"GPIO16\"\nactive = \"high\"", "\"GPIO16\"\nactive = \"low\""}, []string{"gate.alarm", "GPIO16", "no alarm"}},
		{"nobody supervises it", []string{"\"GPIO19\"\nactive = \"high\"", "\"GPIO19\"\nactive = \"low\""}, nil},
		{"supervised without a pull", []string{"\"GPIO12\"\nactive = \"low\"\npull = \"up\"", "\"GPIO12\"\nactive = \"low\"\npull = \"none\""}, []string{"gate.door_open", "GPIO12", "supervised"}},
		{"twice", []string{"GPIO13", "GPIO12"}, []string{"line GPIO12 is used twice"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := string(rpi4(t)) + allContacts
			for i := 0; i < len(c.edits); i += 2 {
				if !strings.Contains(text, c.edits[i]) {
					t.Fatalf("the profile has no %q", c.edits[i])
				}
				text = strings.Replace(text, c.edits[i], c.edits[i+1], 1)
			}
			_, err := board.Parse([]byte(text))
			if (err == nil) != (c.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("the error does not say %q:\n%v", w, err)
				}
			}
		})
	}
}
