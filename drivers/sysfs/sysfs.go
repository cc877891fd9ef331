// Package sysfs reads what the kernel tells of a machine in small files: which
// board it is, how warm it is, what time its battery-backed clock has. It reads
// and decides nothing.
//
//	/proc/device-tree/model                 "Raspberry Pi 5 Model B Rev 1.0" and a zero byte
//	/sys/class/thermal/thermal_zone0/type   "cpu-thermal"
//	/sys/class/thermal/thermal_zone0/temp   48312: thousandths of a degree Celsius
//	/sys/class/rtc/rtc0/since_epoch         1790000000: seconds of 1970, UTC
//
// The files are those of docs.kernel.org: ABI/testing/sysfs-class-thermal and
// sysfs-class-rtc. Every function takes the folder that stands for "/", which is
// "/" if it is empty.
package sysfs

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The reasons for which there is nothing to read.
var (
	ErrNoSensor = errors.New("this machine has no such temperature sensor")
	ErrNoClock  = errors.New("this machine has no such battery-backed clock")
	ErrNoModel  = errors.New("this machine does not say which board it is")
)

// Model returns which board this is, in its maker's words.
func Model(root string) (string, error) {
	text, err := read(root, "proc/device-tree/model")
	if errors.Is(err, os.ErrNotExist) {
		err = ErrNoModel
	}
	if err != nil {
		return "", fmt.Errorf("ask for the board's model: %w", err)
	}
	return text, nil
}

// A Zone is one sensor of temperature.
type Zone struct {
	Name    string // of its kind: "cpu-thermal"
	Celsius float64
}

// The temperatures that a sensor of a board can mean. What is beyond is a sensor
// that does not work.
const (
	coldest = -60.0
	hottest = 200.0
)

// Temperatures reads all sensors, or those of one name. One that cannot be read,
// or reads what cannot be, is an error beside the readings of the others.
func Temperatures(root, name string) (zones []Zone, err error) {
	dirs, err := filepath.Glob(filepath.Join(at(root), "sys/class/thermal/thermal_zone*"))
	if err != nil {
		return nil, fmt.Errorf("look for temperature sensors: %w", err)
	}
	var errs []error
	for _, dir := range dirs {
		z, err := zone(dir)
		if name != "" && z.Name != name {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("read temperature of %s: %w", filepath.Base(dir), err))
			continue
		}
		zones = append(zones, z)
	}
	if len(zones)+len(errs) == 0 {
		errs = append(errs, ErrNoSensor)
	}
	return zones, errors.Join(errs...)
}

func zone(dir string) (z Zone, err error) {
	if z.Name, err = read(dir, "type"); err != nil {
		return z, err
	}
	text, err := read(dir, "temp")
	if err != nil {
		return z, err
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return z, err
	}
	if z.Celsius = float64(n) / 1000; z.Celsius < coldest || z.Celsius > hottest {
		return z, fmt.Errorf("%.1f °C cannot be", z.Celsius)
	}
	return z, nil
}

// Hottest returns the sensor that reads most.
func Hottest(zones []Zone) (Zone, bool) {
	if len(zones) == 0 {
		return Zone{}, false
	}
	return slices.MaxFunc(zones, func(a, b Zone) int { return cmp.Compare(a.Celsius, b.Celsius) }), true
}

// Clock reads the battery-backed clock of a name, such as "rtc0". A clock that
// has lost its time is an error of the kernel's, or a time long past.
func Clock(root, name string) (time.Time, error) {
	if name == "" || strings.ContainsAny(name, "/.") {
		return time.Time{}, fmt.Errorf("read clock %q: %w", name, ErrNoClock)
	}
	text, err := read(root, "sys/class/rtc", name, "since_epoch")
	if errors.Is(err, os.ErrNotExist) {
		err = ErrNoClock
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read clock %s: %w", name, err)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read clock %s: %w", name, err)
	}
	return time.Unix(n, 0).UTC(), nil
}

// read reads a small file, without what ends its line or its text.
func read(root string, path ...string) (string, error) {
	text, err := os.ReadFile(filepath.Join(append([]string{at(root)}, path...)...))
	return strings.TrimRight(string(text), "\n\x00 "), err
}

func at(root string) string {
	if root == "" {
		return "/"
	}
	return root
}
