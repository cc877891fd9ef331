package devices_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

func TestACodeWorksOnceForOneKey(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	code := must(v.NewCode(noon, "gate-7", "hall B", devices.CodeLife, false))(t)
	if !regexp.MustCompile(`^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$`).MatchString(code) {
		t.Errorf("the code is %q", code)
	}
	typed := " " + strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(code, "-", " ")), "0", "o")
	if name, err := v.Redeem(noon, typed, "key-1"); err != nil || name != "gate-7" {
		t.Fatalf("as a person types it: %q, %v", name, err)
	}
	v.Close()
	v = open(t, dir)
	if name, err := v.Redeem(noon, code, "key-1"); err != nil || name != "gate-7" {
		t.Errorf("the same device, whose answer was lost: %q, %v", name, err)
	}
	if _, err := v.Redeem(noon, code, "key-2"); !errors.Is(err, devices.ErrCode) {
		t.Errorf("used twice: %v", err)
	}
}

func TestACodeThatIsExpiredGuessedOrReplacedDoesNotWork(t *testing.T) {
	v := open(t, t.TempDir())
	old := must(v.NewCode(noon, "gate-7", "", time.Hour, false))(t)
	if _, err := v.Redeem(noon.Add(time.Hour+time.Second), old, "key"); !errors.Is(err, devices.ErrCode) {
		t.Errorf("expired: %v", err)
	}
	must(v.NewCode(noon, "gate-7", "", time.Hour, false))(t)
	for what, code := range map[string]string{"replaced": old, "guessed": "0000-0000-0000-0000", "empty": "", "long": strings.Repeat("A", 1000)} {
		if _, err := v.Redeem(noon, code, "key"); !errors.Is(err, devices.ErrCode) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestCodesLieInTheStoreHashed(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	code := must(v.NewCode(noon, "gate-7", "hall B", devices.CodeLife, false))(t)
	v.Close()
	plain, found := strings.ReplaceAll(code, "-", ""), false
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		found = found || strings.Contains(string(data), "hall B")
		if strings.Contains(string(data), plain) || strings.Contains(string(data), code) {
			t.Errorf("%s holds the code", name)
		}
		return err
	})
	if err != nil || !found {
		t.Errorf("the store was not read: %v", err)
	}
}

func TestARevokedDeviceGetsACodeOnlyWhenItIsReadmitted(t *testing.T) {
	v := open(t, t.TempDir())
	code := must(v.NewCode(noon, "gate-7", "", time.Hour, false))(t)
	must(v.Revoke(noon, "gate-7", true))(t)
	if _, err := v.Redeem(noon, code, "key"); !errors.Is(err, devices.ErrCode) {
		t.Errorf("a code from before: %v", err)
	}
	if _, err := v.NewCode(noon, "gate-7", "", time.Hour, false); !errors.Is(err, devices.ErrRevoked) {
		t.Errorf("a new code: %v", err)
	}
	if err := v.Certified(noon, "gate-7", devices.Certificate{Serial: "1"}, true); !errors.Is(err, devices.ErrRevoked) {
		t.Errorf("a certificate: %v", err)
	}
	must(v.NewCode(noon, "gate-7", "", time.Hour, true))(t)
	if d := must(v.Device("gate-7"))(t); !d.Revoked.IsZero() || d.Lost {
		t.Errorf("readmitted: %+v", d.Record)
	}
}

func TestADeviceThatIsToEraseCannotUseItsCodeAgain(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	code := must(v.NewCode(noon, "gate-7", "", time.Hour, false))(t)
	must(v.Redeem(noon, code, "key"))(t)
	must(v.Order(noon, "gate-7", protocol.Sync))(t)
	must(v.Redeem(noon, code, "key"))(t) // its answer was lost
	must(v.Order(noon, "gate-7", protocol.Erase))(t)
	for range 2 {
		if _, err := v.Redeem(noon, code, "key"); !errors.Is(err, devices.ErrCode) {
			t.Errorf("a code from before the order: %v", err)
		}
		v.Close()
		v = open(t, dir)
	}
	anew := must(v.NewCode(noon, "gate-7", "", time.Hour, false))(t) // which somebody wants
	must(v.Redeem(noon, anew, "key"))(t)
}

func TestNamesAndSitesOfCodesAreChecked(t *testing.T) {
	v := open(t, t.TempDir())
	for _, c := range [][2]string{{"../x", ""}, {"", ""}, {"Gate", ""}, {"gate-7", "a\nb"}, {"gate-7", strings.Repeat("x", 129)}} {
		if _, err := v.NewCode(noon, c[0], c[1], time.Hour, false); err == nil {
			t.Errorf("%q at %q gets a code", c[0], c[1])
		}
	}
	if _, err := v.NewCode(noon, "gate-7", "", 0, false); err == nil {
		t.Error("a code without time")
	}
	if len(v.All()) != 0 {
		t.Error("a device is known")
	}
}
