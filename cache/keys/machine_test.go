package keys

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestACopiedDiskIsOfAnotherMachine(t *testing.T) {
	dir := t.TempDir()
	home := raspberry(t, "10000000abcd1234")
	mustSeal(t, NewRing(dir, home))
	for name, m := range map[string]Machine{
		"a board of the same kind":  raspberry(t, "10000000abcd1235"),
		"a board without a serial":  board(t, nil),
		"a board of another kind":   board(t, map[string]string{"sys/class/dmi/id/product_uuid": "9d0bd6c2-7ed7-4f8c-b7d2-aa7c3f9c0e51"}),
		"one with a blanked serial": raspberry(t, "0000000000000000"),
	} {
		t.Run(name, func(t *testing.T) { mustRefuse(t, NewRing(dir, m), ErrOtherMachine) })
	}
	mustSeal(t, NewRing(dir, home))
}

func TestNoIdentifierIsWrittenOrPrinted(t *testing.T) {
	const serial = "10000000abcd1234"
	dir := t.TempDir()
	r := NewRing(dir, raspberry(t, serial))
	mustSeal(t, r)
	s, err := r.Status()
	must(t, err)
	if !slices.Equal(s.BoundTo, []string{"devicetree-serial"}) || s.Bits != 32 {
		t.Errorf("it is bound to %v, %d bits", s.BoundTo, s.Bits)
	}
	other := NewRing(dir, raspberry(t, "10000000feed5678"))
	told, err := other.Status()
	must(t, err)
	if told.State != StateUnusable || !strings.Contains(told.Problem, ErrOtherMachine.Error()) {
		t.Errorf("on another machine: %+v", told)
	}
	for _, text := range []string{string(mustRead(t, filepath.Join(dir, "device.key"))), told.Problem} {
		if strings.Contains(text, "abcd1234") || strings.Contains(text, "feed5678") {
			t.Errorf("an identifier is in %q", text)
		}
	}
}

func TestIdentifiersAreThoseThatDoNotGoWithTheDisk(t *testing.T) {
	const mac = "sys/class/net/eth0/address"
	nic := func(files map[string]string) map[string]string {
		files[mac], files["sys/class/net/eth0/addr_assign_type"], files["sys/class/net/eth0/device/x"] = "dc:a6:32:01:02:03", "0", ""
		return files
	}
	for name, c := range map[string]struct {
		files map[string]string
		want  string
		bits  int
	}{
		"nothing":           {map[string]string{}, "", 0},
		"a MAC alone":       {nic(map[string]string{}), "mac/eth0", 24},
		"a MAC and more":    {nic(map[string]string{"proc/cpuinfo": "Model: x\nSerial\t\t: 10000000abcd1234\n"}), "cpu-serial", 32},
		"soldered memory":   {map[string]string{"sys/block/mmcblk0/device/type": "MMC\n", "sys/block/mmcblk0/device/cid": "15010044413430303801f0e1d2c3b400\n"}, "emmc-cid", 32},
		"a card":            {map[string]string{"sys/block/mmcblk0/device/type": "SD\n", "sys/block/mmcblk0/device/cid": "15010044413430303801f0e1d2c3b400\n"}, "", 0},
		"a PC":              {map[string]string{"sys/class/dmi/id/product_uuid": "9D0BD6C2-7ED7-4F8C-B7D2-AA7C3F9C0E51\n", "sys/class/dmi/id/board_serial": "To be filled by O.E.M.\n"}, "dmi-product-uuid", 32},
		"a random MAC":      {map[string]string{mac: "02:42:ac:11:00:02", "sys/class/net/eth0/addr_assign_type": "3", "sys/class/net/eth0/device/x": ""}, "", 0},
		"one of a software": {map[string]string{mac: "02:42:ac:11:00:02", "sys/class/net/eth0/addr_assign_type": "0"}, "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := NewRing(t.TempDir(), board(t, c.files))
			mustSeal(t, r)
			s, err := r.Status()
			must(t, err)
			if got := strings.Join(s.BoundTo, " "); got != c.want || s.Bits != c.bits {
				t.Errorf("it is bound to %q, %d bits", got, s.Bits)
			}
		})
	}
}

// TestWhatIsPluggedInLaterChangesNothing adds an interface that comes first.
func TestWhatIsPluggedInLaterChangesNothing(t *testing.T) {
	add := func(m Machine, name, address string) {
		dir := filepath.Join(m.root, "sys/class/net", name)
		must(t, os.MkdirAll(filepath.Join(dir, "device"), 0o700), os.WriteFile(filepath.Join(dir, "address"), []byte(address), 0o600),
			os.WriteFile(filepath.Join(dir, "addr_assign_type"), []byte("0"), 0o600))
	}
	m, dir := board(t, nil), t.TempDir()
	add(m, "eth1", "dc:a6:32:01:02:03")
	key := mustSeal(t, NewRing(dir, m))
	add(m, "eth0", "dc:a6:32:0a:0b:0c")
	if mustSeal(t, NewRing(dir, m)) != key {
		t.Error("the key is another")
	}
}

func TestAWrongPassphraseOpensNothing(t *testing.T) {
	dir := t.TempDir()
	key := mustSeal(t, NewRing(dir, told(phrase)))
	mustRefuse(t, NewRing(dir, told(phrase+"s")), ErrPassphrase)
	if mustSeal(t, NewRing(dir, told(phrase))) != key {
		t.Error("the key is another")
	}
}

func TestAPassphraseThatIsNotToldIsNoReasonForANewKey(t *testing.T) {
	dir := t.TempDir()
	key := mustSeal(t, NewRing(dir, told(phrase)))
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	for _, path := range []string{"", filepath.Join(dir, "none")} {
		silent := NewRing(dir, Passphrase{Ask: PassphraseFrom(path)})
		if _, err := silent.Seal(); err == nil || errors.Is(err, os.ErrNotExist) {
			t.Errorf("it says %v", err)
		}
		if s, err := silent.Status(); err != nil || s.State != StateUnusable {
			t.Errorf("its state is %s, %v", s.State, err)
		}
	}
	if mustSeal(t, NewRing(dir, told(phrase))) != key {
		t.Error("the key is another")
	}
}

func TestPassphrasesComeFromFilesCredentialsAndPipes(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, Credential)
	must(t, os.WriteFile(path, []byte(phrase+"\n"), 0o600))
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	r, w, err := os.Pipe()
	must(t, err)
	_, err = w.WriteString(phrase)
	must(t, err, w.Close())
	defer r.Close()
	for what, from := range map[string]string{"file": path, "credential": "", "pipe": fmt.Sprintf("/dev/fd/%d", r.Fd())} {
		if got, err := PassphraseFrom(from)(); err != nil || string(got) != phrase {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, os.WriteFile(path, make([]byte, 2000), 0o600))
	if _, err := PassphraseFrom(path)(); err == nil {
		t.Error("one of 2000 bytes is taken")
	}
}

func TestAShortPassphraseMakesNoKey(t *testing.T) {
	dir := t.TempDir()
	for _, short := range []string{"", "password", "elevenchars"} {
		if err := NewRing(dir, told(short)).Make(); err == nil || strings.Contains(err.Error(), short) && short != "" {
			t.Errorf("one of %d characters: %v", len(short), err)
		}
	}
	if all := names(t, dir); all != "" {
		t.Errorf("the folder holds %s", all)
	}
}

// TestAHostileFileCannotAskForMuch opens files that want more memory or time
// than any key costs, or none.
func TestAHostileFileCannotAskForMuch(t *testing.T) {
	for _, c := range []cost{{1 << 30, 1, 1}, {8 << 10, 1 << 31, 1}, {8 << 10, 1, 255}, {0, 0, 0}, {8 << 10, 0, 1}, {8 << 10, 1, 0}, {64, 1, 1}} {
		if _, err := stretch([]byte(phrase), newSalt(), c); !errors.Is(err, ErrDamaged) {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, c := range []cost{passphraseCost, machineCost, cheap} {
		must(t, c.check())
	}
}

func BenchmarkGuessAPassphrase(b *testing.B) { guess(b, passphraseCost) }
func BenchmarkGuessAMachine(b *testing.B)    { guess(b, machineCost) }

func guess(b *testing.B, c cost) {
	salt := newSalt()
	for b.Loop() {
		if _, err := stretch([]byte(phrase), salt, c); err != nil {
			b.Fatal(err)
		}
	}
}
