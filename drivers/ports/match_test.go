package ports_test

import (
	"testing"

	"portcullis/drivers/ports"
)

func TestAllThatAMatchSaysHasToHold(t *testing.T) {
	p := ports.Port{
		Node: "/dev/ttyACM0", USB: "2b78:0005", Serial: "A1B2", Product: "IDBOX One",
		ByID: []string{"/dev/serial/by-id/usb-Elyctis"}, ByPath: []string{"/dev/serial/by-path/pci-1"},
	}
	for _, c := range []struct {
		match ports.Match
		want  bool
	}{
		{ports.Match{}, false},
		{ports.Match{USB: "2b78:0005"}, true},
		{ports.Match{USB: "2b78:0006"}, false},
		{ports.Match{USB: "2b78"}, true},
		{ports.Match{USB: "2b7"}, false},
		{ports.Match{USB: "0005"}, false},
		{ports.Match{Serial: "^A1"}, true},
		{ports.Match{Serial: "^B2"}, false},
		{ports.Match{Product: "IDBOX"}, true},
		{ports.Match{Product: "IDBOX", Serial: "IDBOX"}, false},
		{ports.Match{USB: "2b78:0005", Product: "DESKO"}, false},
		{ports.Match{Path: "/dev/ttyACM*"}, true},
		{ports.Match{Path: "/dev/serial/by-id/*"}, true},
		{ports.Match{Path: "/dev/serial/by-path/pci-?"}, true},
		{ports.Match{Path: "/dev/*"}, true},
		{ports.Match{Path: "/dev/serial/*"}, false},
		{ports.Match{Path: "/dev/ttyACM*", USB: "0403:6001"}, false},
	} {
		if got, err := c.match.Fits(p); got != c.want || err != nil {
			t.Errorf("%+v fits = %v, %v; want %v", c.match, got, err, c.want)
		}
	}
	for _, m := range []ports.Match{{Serial: "("}, {Product: "("}, {Path: "["}} {
		if ok, err := m.Fits(p); ok || err == nil {
			t.Errorf("%+v fits = %v, %v; want an error", m, ok, err)
		}
	}
}
