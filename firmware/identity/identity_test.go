package identity_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/firmware/identity"
	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

var today = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func year(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }

func ask(t *testing.T, i *identity.Identity, c *identitytest.Central) error {
	t.Helper()
	var reply protocol.HeartbeatReply
	return i.Ask(t.Context(), c.URL, protocol.HeartbeatPath, protocol.Status{}, &reply)
}

func TestADeviceEnrolsOnceForACodeAndKeepsItsIdentity(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	dir := t.TempDir()
	device, _ := identitytest.NewDevice(dir, at(today), at(today))
	if s := device.Status().State; s != identity.StateNone {
		t.Fatalf("before enrolment it is %s", s)
	}
	if err := device.Load(); !errors.Is(err, identity.ErrNone) {
		t.Fatalf("before enrolment: %v", err)
	}
	identitytest.Enrol(t, device, c, "gate-7")
	again, ring := identitytest.NewDevice(dir, at(today), at(today))
	if s := again.Status(); s.State != identity.StateValid || s.Name != "gate-7" || len(s.Authorities) != 1 {
		t.Errorf("after a restart it is %+v", s)
	}
	if err := ask(t, again, c); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	mustBeSealed(t, dir, ring)
}

// mustBeSealed looks for the private key in every file.
func mustBeSealed(t *testing.T, dir string, vault identity.Vault) {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(dir, "identity-*.kept"))
	if len(found) != 1 {
		t.Fatalf("there are %d private keys", len(found))
	}
	secret, err := vault.Kept(strings.TrimSuffix(filepath.Base(found[0]), ".kept"))
	if err != nil {
		t.Fatal(err)
	}
	all, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range all {
		if file, err := os.ReadFile(name); err != nil || bytes.Contains(file, secret[:]) {
			t.Errorf("%s holds the private key plain: %v", filepath.Base(name), err)
		}
	}
}

func TestNoCodeIsSentToWhoIsNotCentral(t *testing.T) {
	a := identitytest.NewAuthority(t, today)
	other := identitytest.NewAuthority(t, today)
	fleet := a.Issue(t, protocol.Fleet, "tool", today, today.AddDate(1, 0, 0))
	device, _ := identitytest.NewDevice(t.TempDir(), at(today), at(today))
	for what, c := range map[string]*identitytest.Central{
		"one of another authority": identitytest.NewCentral(t, other, at(today)),
		"a tool of the fleet":      identitytest.NewCentralAs(t, a, at(today), fleet),
	} {
		c.Codes["code"] = "gate-7"
		certificate, err := identity.PinCertificate([]byte(a.PEM))
		fingerprint, err2 := identity.PinFingerprint(identity.Fingerprint(a.Certificate))
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		for _, pin := range []identity.Pin{certificate, fingerprint} {
			if err := device.Enrol(t.Context(), c.URL, pin, "code"); err == nil || len(c.Codes) != 1 {
				t.Errorf("%s: %v, and it has the code", what, err)
			}
		}
	}
}

func TestAFingerprintPinsAsWellAsACertificate(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	c.Codes["code"] = "gate-7"
	device, _ := identitytest.NewDevice(t.TempDir(), at(today), at(today))
	pin, err := identity.PinFingerprint(" " + strings.ToUpper(identity.Fingerprint(c.Certificate)) + "\n")
	if err == nil {
		err = device.Enrol(t.Context(), c.URL, pin, "code\n")
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := identity.PinFingerprint("abc"); err == nil {
		t.Error("three digits are a fingerprint")
	}
}

func TestAWrongCodeLeavesTheIdentityAsItWas(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	device, _ := identitytest.NewDevice(t.TempDir(), at(today), at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	before := device.Status().Serial
	pin, _ := identity.PinCertificate([]byte(c.PEM))
	err := device.Enrol(t.Context(), c.URL, pin, "guessed")
	var refused *identity.Refusal
	if !errors.As(err, &refused) || refused.Type() != protocol.ProblemCode {
		t.Errorf("a guessed code gives %v", err)
	}
	if s := device.Status(); s.Serial != before || ask(t, device, c) != nil {
		t.Errorf("it is now %+v", s)
	}
}

// TestAWrongClockKeepsNoDeviceFromCentral tries the clocks of both ends.
func TestAWrongClockKeepsNoDeviceFromCentral(t *testing.T) {
	authority := identitytest.NewAuthority(t, today.AddDate(-1, 0, 0))
	for what, x := range map[string]struct{ device, central time.Time }{
		"both are right":                   {today, today},
		"the device's is in 1970":          {year(1970), today},
		"the device's is in 2099":          {year(2099), today},
		"central's is in 1970":             {today, year(1970)},
		"central's is in 2099":             {today, year(2099)},
		"the device's in 1970, 2099 there": {year(1970), year(2099)},
	} {
		shown := authority.Issue(t, protocol.Central, "central", today, today.AddDate(1, 0, 0))
		c := identitytest.NewCentralAs(t, authority, at(x.central), shown)
		for _, floor := range []time.Time{{}, today} {
			device, _ := identitytest.NewDevice(t.TempDir(), at(x.device), at(floor))
			identitytest.Enrol(t, device, c, "gate-7")
			if err := ask(t, device, c); err != nil {
				t.Errorf("%s: it cannot report: %v", what, err)
			}
			if err := device.Renew(t.Context(), c.URL); err != nil {
				t.Errorf("%s: it cannot renew: %v", what, err)
			}
		}
	}
}

func TestACentralThatEndedBeforeTheFloorIsNotBelieved(t *testing.T) {
	a := identitytest.NewAuthority(t, today)
	c := identitytest.NewCentral(t, a, at(today))
	floor := today
	device, _ := identitytest.NewDevice(t.TempDir(), at(year(1970)), func() time.Time { return floor })
	identitytest.Enrol(t, device, c, "gate-7")
	floor = today.AddDate(1, 0, 1)
	fresh, _ := identitytest.NewDevice(device.Dir, at(year(1970)), at(floor)) // whose connections are new
	if err := ask(t, fresh, c); err == nil || !strings.Contains(err.Error(), "no authority") {
		t.Errorf("it answers: %v", err)
	}
}

func TestAnExpiredCertificateIsOfferedAndRenewed(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	now := today
	dir := t.TempDir()
	device, _ := identitytest.NewDevice(dir, func() time.Time { return now }, at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	for _, x := range []struct {
		after time.Duration
		want  string
	}{{0, identity.StateValid}, {identitytest.Life / 2, identity.StateValid}, {identitytest.Life * 2 / 3, identity.StateRenewDue}, {identitytest.Life + 1, identity.StateExpired}} {
		now = today.Add(x.after)
		if s := device.Status().State; s != x.want {
			t.Errorf("after %s it is %s", x.after, s)
		}
	}
	before := device.Status().Serial
	c.Clock = at(now)
	if err := device.Renew(t.Context(), c.URL); err != nil {
		t.Fatal(err)
	}
	if s := device.Status(); s.State != identity.StateValid || s.Serial == before {
		t.Errorf("renewed, it is %+v", s)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "identity-*.kept")); len(left) != 1 {
		t.Errorf("%d private keys are kept", len(left))
	}
}

func TestRenewingHammersNoCentral(t *testing.T) {
	now := today
	clock := func() time.Time { return now }
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	device, _ := identitytest.NewDevice(t.TempDir(), clock, at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	failures := 0
	tend := func() time.Duration {
		return identity.Tend(device, t.Context(), c.URL, slog.New(slog.DiscardHandler), &failures)
	}
	if pause := tend(); pause != time.Minute || c.Enrolled != 1 {
		t.Errorf("when it is not due, it waits %s, and central gave %d certificates", pause, c.Enrolled)
	}
	now = year(2099) // by which every certificate has expired
	if pause := tend(); pause != 6*time.Hour || c.Enrolled != 2 {
		t.Errorf("with a wrong clock, it waits %s, and central gave %d certificates", pause, c.Enrolled)
	}
	now, c.Down = today.Add(identitytest.Life*2/3), true
	for i := range 20 {
		least := min(30*time.Second<<i, 3*time.Hour)
		if pause := tend(); pause < least || pause > 2*least {
			t.Errorf("after %d failures it waits %s", i+1, pause)
		}
	}
	c.Down, c.Clock = false, clock
	if pause := tend(); pause != time.Minute || c.Enrolled != 3 || failures != 0 {
		t.Errorf("once central is back, it waits %s, and central gave %d certificates", pause, c.Enrolled)
	}
}

// TestAPowerCutLeavesOneIdentity takes the power at each step of a renewal.
func TestAPowerCutLeavesOneIdentity(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	dir := t.TempDir()
	device, ring := identitytest.NewDevice(dir, at(today), at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	for _, cut := range []cutVault{{Vault: ring, keep: true}, {Vault: ring, drop: true}} {
		i := identity.Open(identity.Options{Dir: dir, Vault: cut, Clock: at(today)})
		if err := i.Renew(t.Context(), c.URL); err == nil {
			t.Error("it does not tell")
		}
		after, _ := identitytest.NewDevice(dir, at(today), at(today))
		if err := ask(t, after, c); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// A cutVault fails where power does.
type cutVault struct {
	identity.Vault
	keep, drop bool
}

func (c cutVault) Keep(name string, secret [32]byte) error {
	err := c.Vault.Keep(name, secret)
	if c.keep {
		err = errors.New("no power")
	}
	return err
}

func (c cutVault) Drop(name string) error {
	if c.drop {
		return errors.New("no power")
	}
	return c.Vault.Drop(name)
}

func TestAnIdentityDiesWithTheKeysButForAFarewell(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	for _, farewell := range []bool{false, true} {
		dir := t.TempDir()
		device, ring := identitytest.NewDevice(dir, at(today), at(today))
		identitytest.Enrol(t, device, c, "gate-7")
		if farewell {
			if err := device.Farewell(); err != nil {
				t.Fatal(err)
			}
		}
		if err := ring.Erase(); err != nil {
			t.Fatal(err)
		}
		after, _ := identitytest.NewDevice(dir, at(today), at(today))
		if err := ask(t, after, c); (err == nil) != farewell {
			t.Errorf("with a farewell (%t): %v", farewell, err)
		}
		if err := errors.Join(after.Forget(), after.Forget()); err != nil {
			t.Fatal(err)
		}
		if s := after.Status().State; s != identity.StateUnusable || ask(t, after, c) == nil || after.Leaving() {
			t.Errorf("forgotten, it is %s", s)
		}
	}
}

func TestADeviceThatIsEnrolledAgainHasNoFarewellLeft(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	device, ring := identitytest.NewDevice(t.TempDir(), at(today), at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	if err := errors.Join(device.Farewell(), ring.Erase(), ring.Make()); err != nil || !device.Leaving() {
		t.Fatal(err)
	}
	identitytest.Enrol(t, device, c, "gate-8")
	if device.Leaving() || device.Name() != "gate-8" || ask(t, device, c) != nil {
		t.Errorf("it is %+v, and leaving (%t)", device.Status(), device.Leaving())
	}
}

// TestNoCentralTakesADeviceAway answers with what is another authority's.
func TestNoCentralTakesADeviceAway(t *testing.T) {
	a, other := identitytest.NewAuthority(t, today), identitytest.NewAuthority(t, today)
	c := identitytest.NewCentral(t, a, at(today))
	device, _ := identitytest.NewDevice(t.TempDir(), at(today), at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	before := device.Status().Serial
	mixed := *other
	for what, says := range map[string]string{"its own": other.PEM, "one that did not sign it": a.PEM} {
		mixed.PEM = says
		c.Authority = &mixed
		c.Codes["code"] = "gate-7"
		pin, _ := identity.PinCertificate([]byte(a.PEM))
		if err := device.Enrol(t.Context(), c.URL, pin, "code"); err == nil {
			t.Errorf("%s: it is taken", what)
		}
		c.Authority = a
		if s := device.Status().Serial; s != before || ask(t, device, c) != nil {
			t.Errorf("%s: the device is another", what)
		}
	}
}

// TestADeviceThatAnotherProcessEnrolsAsksAsWhatItIsNow holds on to an identity
// that was loaded before: with the certificate of before it would be taken for a
// device whose name another has.
func TestADeviceThatAnotherProcessEnrolsAsksAsWhatItIsNow(t *testing.T) {
	dir, now := t.TempDir(), at(year(2026))
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, year(2026)), now)
	running, _ := identitytest.NewDevice(dir, now, nil)
	identitytest.Enrol(t, running, c, "gate-7")
	command, _ := identitytest.NewDevice(dir, now, nil)
	identitytest.Enrol(t, command, c, "gate-8")
	if err := ask(t, running, c); err != nil || running.Name() != "gate-8" {
		t.Errorf("it asks as %s: %v", running.Name(), err)
	}
}

func TestADamagedIdentityIsToldAndReplaced(t *testing.T) {
	c := identitytest.NewCentral(t, identitytest.NewAuthority(t, today), at(today))
	dir := t.TempDir()
	device, _ := identitytest.NewDevice(dir, at(today), at(today))
	identitytest.Enrol(t, device, c, "gate-7")
	whole, err := os.ReadFile(filepath.Join(dir, "identity.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range [][]byte{nil, whole[:len(whole)/2], bytes.Replace(whole, []byte("gate-7"), []byte("gate-8"), 1)} {
		if err := os.WriteFile(filepath.Join(dir, "identity.json"), file, 0o600); err != nil {
			t.Fatal(err)
		}
		damaged, _ := identitytest.NewDevice(dir, at(today), at(today))
		if s := damaged.Status(); s.State != identity.StateUnusable || s.Problem == "" {
			t.Errorf("it is %+v", s)
		}
		identitytest.Enrol(t, damaged, c, "gate-9")
		if err := ask(t, damaged, c); err != nil {
			t.Error(err)
		}
	}
}

func TestAddressesOfCentralAreHTTPSAlone(t *testing.T) {
	for _, bad := range []string{"", "central", "http://central", "https://", "https://u:p@central", "https://central/path"} {
		if identity.CheckAddress(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if err := identity.CheckAddress("https://central.example:8443/"); err != nil {
		t.Error(err)
	}
}
