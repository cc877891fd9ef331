package sysfs_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers/sysfs"
)

// root makes a tree of files.
func root(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTheModelIsReadWithoutItsEnd(t *testing.T) {
	dir := root(t, map[string]string{"proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.4\x00"})
	if got, err := sysfs.Model(dir); got != "Raspberry Pi 4 Model B Rev 1.4" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := sysfs.Model(t.TempDir()); !errors.Is(err, sysfs.ErrNoModel) {
		t.Errorf("without a model: got %v", err)
	}
}

func TestTemperatures(t *testing.T) {
	dir := root(t, map[string]string{
		"sys/class/thermal/thermal_zone0/type": "cpu-thermal\n", "sys/class/thermal/thermal_zone0/temp": "48312\n",
		"sys/class/thermal/thermal_zone1/type": "gpu0-thermal\n", "sys/class/thermal/thermal_zone1/temp": "-5500\n",
		"sys/class/thermal/cooling_device0/type": "fan\n",
	})
	cpu, gpu := sysfs.Zone{Name: "cpu-thermal", Celsius: 48.312}, sysfs.Zone{Name: "gpu0-thermal", Celsius: -5.5}
	for name, want := range map[string][]sysfs.Zone{"": {cpu, gpu}, "cpu-thermal": {cpu}} {
		got, err := sysfs.Temperatures(dir, name)
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%q: %v\n%s", name, err, d)
		}
	}
	if _, err := sysfs.Temperatures(dir, "soc-thermal"); !errors.Is(err, sysfs.ErrNoSensor) {
		t.Errorf("got %v, want %v", err, sysfs.ErrNoSensor)
	}
	if z, ok := sysfs.Hottest([]sysfs.Zone{gpu, cpu}); z != cpu || !ok {
		t.Errorf("the hottest is %v, %v", z, ok)
	}
	if _, ok := sysfs.Hottest(nil); ok {
		t.Error("of no sensors, one is the hottest")
	}
}

func TestASensorThatCannotBeRightIsNoReading(t *testing.T) {
	for _, temp := range []string{"", "warm\n", "-273000\n", "1000000\n", "99999999999\n"} {
		dir := root(t, map[string]string{
			"sys/class/thermal/thermal_zone0/type": "cpu-thermal\n", "sys/class/thermal/thermal_zone0/temp": temp,
			"sys/class/thermal/thermal_zone1/type": "gpu0-thermal\n", "sys/class/thermal/thermal_zone1/temp": "40000\n",
		})
		zones, err := sysfs.Temperatures(dir, "")
		if len(zones) != 1 || err == nil || !strings.Contains(err.Error(), "thermal_zone0") {
			t.Errorf("%q: got %v, %v; want the other sensor, and an error of this one", temp, zones, err)
		}
	}
}

func TestTheClock(t *testing.T) {
	dir := root(t, map[string]string{
		"sys/class/rtc/rtc0/since_epoch": "1790000000\n", "sys/class/rtc/rtc1/since_epoch": "never\n",
	})
	want := time.Date(2026, time.September, 21, 14, 13, 20, 0, time.UTC)
	if got, err := sysfs.Clock(dir, "rtc0"); !got.Equal(want) || err != nil {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
	for _, name := range []string{"rtc2", "", "..", "rtc0/.."} {
		if _, err := sysfs.Clock(dir, name); !errors.Is(err, sysfs.ErrNoClock) {
			t.Errorf("%q: got %v, want %v", name, err, sysfs.ErrNoClock)
		}
	}
	if _, err := sysfs.Clock(dir, "rtc1"); err == nil || errors.Is(err, sysfs.ErrNoClock) {
		t.Errorf("a clock without a time: got %v", err)
	}
}
