package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestWhatIsSaidOfAMachine reads the /sys of a machine with two sensors and two
// clocks, one of which has lost its battery.
func TestWhatIsSaidOfAMachine(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"rtc/rtc0/since_epoch":       strconv.FormatInt(time.Now().Unix(), 10),
		"rtc/rtc1/since_epoch":       "946684800",
		"rtc/rtc2/name":              "without time",
		"thermal/thermal_zone0/temp": "48312", "thermal/thermal_zone0/type": "cpu-thermal",
		"thermal/thermal_zone1/temp": "83900", "thermal/thermal_zone1/type": "case",
		"thermal/thermal_zone2/temp": "warm",
	} {
		path := filepath.Join(root, "sys/class", name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text+"\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, test := range machineTests(root, config{}) {
		p := test.probe(t.Context())
		word := map[bool]string{true: "works", false: "FAILS"}[p.Works]
		got = append(got, strings.Join([]string{word, p.Part, p.Device, strings.TrimSuffix(p.Detail, time.Now().UTC().Format(time.RFC3339))}, " "))
	}
	for _, want := range []string{"case 83.9 °C: too hot; is there air around it?", "thermal_zone2"} {
		if last := got[len(got)-1]; !strings.Contains(last, want) {
			t.Errorf("of the sensors it says %q, want %q", last, want)
		}
	}
	for i, want := range []string{
		"works watchdog  none is configured",
		"works rtc rtc0 as the clock of the system",
		"FAILS rtc rtc1 it says 2000-01-01T00:00:00Z, and the clock of the system ",
		"FAILS rtc rtc2 it does not tell the time: ",
		"FAILS temperature  ",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("probe %d: got %q, want %q", i, slices.Concat(got, []string{"nothing"})[min(i, len(got))], want)
		}
	}
}

func TestAMachineWithoutAClockOrSensorsIsNoFailure(t *testing.T) {
	for _, test := range machineTests(t.TempDir(), config{}) {
		if p := test.probe(t.Context()); !p.Works {
			t.Errorf("%+v", p)
		}
	}
}
