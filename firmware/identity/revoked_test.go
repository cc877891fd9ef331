package identity_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"portcullis/firmware/identity"
	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

func TestARevokedToolOrCentralIsBelievedNoMoreWhateverTheClockSays(t *testing.T) {
	dir, now := t.TempDir(), at(today)
	ca := identitytest.NewAuthority(t, today)
	c := identitytest.NewCentral(t, ca, now)
	thief := identitytest.NewCentral(t, ca, now) // with a certificate of its own
	device, _ := identitytest.NewDevice(dir, now, nil)
	identitytest.Enrol(t, device, c, "gate-7")
	tool := ca.Issue(t, protocol.Fleet, "tool", today, today.AddDate(1, 0, 0))
	other := ca.Issue(t, protocol.Fleet, "other", today, today.AddDate(1, 0, 0))
	server := func(i *identity.Identity, shown tls.Certificate) error {
		return i.ServerTLS().VerifyConnection(tls.ConnectionState{PeerCertificates: []*x509.Certificate{shown.Leaf}})
	}
	if err := errors.Join(server(device, tool), ask(t, device, thief)); err != nil {
		t.Fatal(err)
	}
	serials := []string{"../x", tool.Leaf.SerialNumber.Text(16), thief.Shown.SerialNumber.Text(16)}
	if err := device.Revoke(serials); err != nil {
		t.Fatal(err)
	}
	if err := device.Revoke([]string{"ab"}); err != nil { // of which the others are none any more
		t.Fatal(err)
	}
	again, _ := identitytest.NewDevice(dir, at(year(1970)), nil)
	for what, i := range map[string]*identity.Identity{"at once": device, "after a restart": again} {
		if err := server(i, tool); !errors.Is(err, identity.ErrRevoked) {
			t.Errorf("%s the tool: %v", what, err)
		}
		if err := errors.Join(server(i, other), ask(t, i, c)); err != nil {
			t.Errorf("%s the others: %v", what, err)
		}
	}
	if err := ask(t, again, thief); err == nil {
		t.Error("after a restart the thief is central")
	}
}

func TestWhatIsRevokedIsBounded(t *testing.T) {
	dir := t.TempDir()
	device, _ := identitytest.NewDevice(dir, at(today), nil)
	var serials []string
	for n := range 5000 {
		serials = append(serials, strconv.FormatInt(int64(n), 16))
	}
	if err := device.Revoke(serials); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "identity.revoked"))
	if err != nil || bytes.Count(file, []byte(",")) != 4095 || !bytes.HasSuffix(file, []byte(`"1387"]`)) {
		t.Errorf("the file holds %d bytes: %v", len(file), err)
	}
}
