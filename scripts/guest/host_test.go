package guest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"portcullis/scripts/guest"
)

// These tests are of what a machine is made of on the host, and need none.

func TestAModuleComesAfterAllThatItNeeds(t *testing.T) {
	needs := map[string][]string{
		"ftdi_sio": {"usbserial", "usbcore"}, "usbserial": {"usbcore"}, "usbcore": {"usb-common"},
		"usb_common": nil, "gpio_sim": {"configfs"},
	}
	order, err := guest.InOrder([]string{"ftdi-sio", "gpio-sim", "ftdi_sio"}, func(name string) ([]string, error) {
		if _, ok := needs[name]; !ok {
			return nil, fmt.Errorf("no module %s", name)
		}
		return needs[name], nil
	}, map[string]bool{"configfs": true})
	want := []string{"usb_common", "usbcore", "usbserial", "ftdi_sio", "gpio_sim"}
	if err != nil || !slices.Equal(order, want) {
		t.Errorf("got %v, %v; want %v", order, err, want)
	}
}

func TestAModuleThatIsMissingIsNamed(t *testing.T) {
	_, err := guest.InOrder([]string{"a"}, func(name string) ([]string, error) {
		if name == "a" {
			return []string{"b"}, nil
		}
		return nil, fmt.Errorf("no module %s", name)
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "module a: no module b") {
		t.Errorf("got %v", err)
	}
}

func TestPackagesOfAKernel(t *testing.T) {
	for name, c := range map[string]struct{ tree, want string }{
		"one package": {
			"linux-image-arm64\n  Depends: linux-image-6.12.1-arm64\nlinux-image-6.12.1-arm64\n  Depends: kmod\nkmod\n",
			"linux-image-6.12.1-arm64",
		},
		"several": {
			"linux-image-arm64\nlinux-base-arm64\nlinux-image-7.3.4+deb13-arm64\nlinux-base\nlinux-modules-7.3.4+deb13-arm64\n" +
				"linux-base-7.3.4+deb13-arm64\nlinux-binary-7.3.4+deb13-arm64\nlinux-base-7.3.4+deb13-arm64\n<debconf-2.0>\n",
			"linux-base-7.3.4+deb13-arm64 linux-binary-7.3.4+deb13-arm64 linux-image-7.3.4+deb13-arm64 linux-modules-7.3.4+deb13-arm64",
		},
	} {
		if got := strings.Join(guest.KernelPackages(c.tree), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
}

func TestTheMirrorIsThatOfDebianItself(t *testing.T) {
	const others = "Debian Debian-Security http://security.example/debian/\nExample Debian http://example.example/\n"
	got, err := guest.MirrorOf(others + "Debian Debian http://mirror.example/debian/\n")
	if err != nil || got != "http://mirror.example/debian/" {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := guest.MirrorOf(others); err == nil {
		t.Errorf("took %s for Debian's archive", got)
	}
}

func TestARunThatTriedNothingHasFailed(t *testing.T) {
	for output, want := range map[string]bool{
		"=== RUN   TestA\n--- PASS: TestA (0.00s)\nPASS\n":                                     true,
		"testing: warning: no tests to run\nPASS\n":                                            false,
		"--- PASS: TestA (0.00s)\n--- SKIP: TestB (0.00s)\n    b_test.go:1: no device\nPASS\n": false,
	} {
		if err := guest.Verdict(output, 0); (err == nil) != want {
			t.Errorf("%q: %v", output, err)
		}
		if guest.Verdict(output, 1) == nil {
			t.Errorf("%q passes with exit code 1", output)
		}
	}
}

func TestKeysOfAZone(t *testing.T) {
	for r, want := range map[rune]string{'P': "shift p", '<': "shift comma", '7': "7", '\r': "ret"} {
		if got, err := guest.Codes(r); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %v, %v; want %s", r, got, err, want)
		}
	}
	if got, err := guest.Codes('é'); err == nil {
		t.Errorf("'é' is struck as %v", got)
	}
}

func TestAnArchiveHasItsFoldersFirst(t *testing.T) {
	var got bytes.Buffer
	if err := guest.Archive(&got, "/lib/a", 0o644, []byte("12345")); err != nil {
		t.Fatal(err)
	}
	const zero, one = "00000000", "00000001"
	want := "070701" + one + "000041ED" + zero + zero + one + zero + zero + zero + zero + zero + zero + "00000004" + zero + "lib\x00" + "\x00\x00" +
		"070701" + "00000002" + "000081A4" + zero + zero + one + zero + "00000005" + zero + zero + zero + zero + "00000006" + zero + "lib/a\x00" +
		"12345\x00\x00\x00"
	if !strings.HasPrefix(got.String(), want) || !strings.Contains(got.String(), "TRAILER!!!\x00") || got.Len()%4 != 0 {
		t.Errorf("got  %q\nwant %q and the trailer", got.String(), want)
	}
}

func TestAMonitorKeepsEventsThatComeBetween(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		asked := bufio.NewScanner(theirs)
		fmt.Fprintln(theirs, `{"QMP": {"version": {}}}`)
		for _, answer := range []string{
			`{"return": {}}`,
			`{"event": "A", "data": {"n": 1}} {"event": "B"} {"event": "A", "data": {"n": 2}} {"return": {"x": 1}}`,
			`{"error": {"class": "GenericError", "desc": "no such device"}}`,
		} {
			asked.Scan()
			fmt.Fprintln(theirs, answer)
		}
	}()
	m, err := guest.NewMonitor(t.Context(), ours)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := m.Execute(t.Context(), "query-x"); err != nil || string(got) != `{"x": 1}` {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := m.Execute(t.Context(), "device_del"); err == nil || err.Error() != "device_del: no such device" {
		t.Errorf("got %v", err)
	}
	for _, want := range []guest.Event{{Name: "B"}, {Name: "A", Data: []byte(`{"n": 1}`)}, {Name: "A", Data: []byte(`{"n": 2}`)}} {
		got, err := m.Wait(t.Context(), want.Name)
		if err != nil || string(got.Data) != string(want.Data) {
			t.Errorf("got %s, %v; want %s", got.Data, err, want.Data)
		}
	}
	if e, err := m.Wait(t.Context(), "A"); err == nil {
		t.Errorf("a monitor that has ended tells of %v", e)
	}
}
