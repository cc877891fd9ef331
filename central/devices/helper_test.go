package devices_test

import (
	"strings"
	"testing"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func open(t testing.TB, dir string) *devices.Inventory {
	t.Helper()
	v := must(devices.Open(must(devices.OpenStore(dir))(t)))(t)
	t.Cleanup(func() { v.Close() })
	return v
}

func held(list string, release uint64) protocol.Held {
	return protocol.Held{
		Name: list, Release: release, Root: strings.Repeat("ab", 32), Records: 1000, State: "fresh", Update: "current",
		Issued: noon.Add(-time.Hour), Checked: noon.Add(-time.Minute),
	}
}

func status(device string, lists ...protocol.Held) protocol.Status {
	return protocol.Status{Device: device, Software: "1.0", Clock: noon, Started: noon.Add(-time.Hour), Ready: true, Lists: lists}
}

func standing(t testing.TB, v *devices.Inventory, now time.Time, name string) string {
	t.Helper()
	return must(v.Device(name))(t).Standing(now, devices.Newest(v.All(), nil))
}
