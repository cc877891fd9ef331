package authority_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"portcullis/central/authority"
	"portcullis/protocol"
)

const day = 24 * time.Hour

func TestADevicesCertificateCountsForAYearAfterItsEnd(t *testing.T) {
	a, _ := newAuthority(t)
	device, tool := issue(t, a, noon, protocol.Device, "gate-7"), issue(t, a, noon, protocol.Fleet, "tool")
	for _, c := range []struct {
		days   int
		device bool
		tool   bool
	}{{0, true, true}, {89, true, true}, {91, true, false}, {90 + 364, true, false}, {90 + 366, false, false}} {
		tr := a.Trust(at(noon.Add(time.Duration(c.days) * day)))
		if _, err := client(tr, device); (err == nil) != c.device {
			t.Errorf("a device after %d days: %v", c.days, err)
		}
		if _, err := client(tr, tool); (err == nil) != c.tool || err != nil && !errors.Is(err, authority.ErrEnded) {
			t.Errorf("a tool after %d days: %v", c.days, err)
		}
	}
	if _, err := client(a.Trust(at(noon.Add(-2*time.Hour))), device); !errors.Is(err, authority.ErrEnded) {
		t.Errorf("before it began: %v", err)
	}
}

func TestNoOnesCertificateButOursCounts(t *testing.T) {
	a, _ := newAuthority(t)
	other, _ := newAuthority(t)
	device := issue(t, a, noon, protocol.Device, "gate-7")
	if _, err := client(other.Trust(at(noon)), device); !errors.Is(err, authority.ErrForeign) {
		t.Errorf("of another authority: %v", err)
	}
	if _, err := client(authority.Trust{}, device); !errors.Is(err, authority.ErrForeign) {
		t.Errorf("the zero trust: %v", err)
	}
	tr := a.Trust(at(noon))
	if _, err := tr.Holder(nil, x509.ExtKeyUsageClientAuth); !errors.Is(err, authority.ErrForeign) {
		t.Errorf("none: %v", err)
	}
	if _, err := tr.Holder([]*x509.Certificate{a.Root()}, x509.ExtKeyUsageClientAuth); !errors.Is(err, authority.ErrForeign) {
		t.Errorf("the authority's own: %v", err)
	}
	tool := issue(t, a, noon, protocol.Fleet, "tool")
	if _, err := tr.Holder([]*x509.Certificate{tool.Leaf}, x509.ExtKeyUsageServerAuth); !errors.Is(err, authority.ErrForeign) {
		t.Errorf("a tool as a server: %v", err)
	}
	// A holder must not be able to make certificates.
	forged := issue(t, a, noon, protocol.Device, "gate-7")
	if forged.Leaf.IsCA || forged.Leaf.KeyUsage&x509.KeyUsageCertSign != 0 {
		t.Error("a device may sign certificates")
	}
}

// talk connects a client to a server on loopback, and returns what each says.
func talk(t *testing.T, server, client *tls.Config) (serverErr, clientErr error) {
	t.Helper()
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer l.Close()
	ended := make(chan error, 1)
	go func() {
		c, err := l.Accept()
		if err == nil {
			defer c.Close()
			s := tls.Server(c, server)
			if err = s.Handshake(); err == nil {
				_, err = s.Write([]byte("x"))
				s.CloseWrite()
			}
		}
		ended <- err
	}()
	c := must(net.Dial("tcp", l.Addr().String()))(t)
	defer c.Close()
	client.ServerName = "127.0.0.1"
	s := tls.Client(c, client)
	if clientErr = s.Handshake(); clientErr == nil {
		_, clientErr = io.ReadAll(s) // in TLS 1.3 a refusal comes after the handshake
	}
	c.Close()
	return <-ended, clientErr
}

func source(c *tls.Certificate) authority.Source {
	return func() (*tls.Certificate, error) { return c, nil }
}

func TestClientsAndServersKnowEachOther(t *testing.T) {
	a, _ := newAuthority(t)
	gate, tool, lane := issue(t, a, noon, protocol.Device, "gate-7"), issue(t, a, noon, protocol.Fleet, "tool"), issue(t, a, noon, protocol.Device, "gate-8")
	central := issue(t, a, noon, protocol.Central, "central", "127.0.0.1")
	elsewhere := issue(t, a, noon, protocol.Central, "central", "central.example")
	posing := issue(t, a, noon, protocol.Device, "gate-9", "127.0.0.1")
	gone := issue(t, a, noon, protocol.Fleet, "gone")
	if err := a.Bar(noon, protocol.Fleet, "gone", ""); err != nil {
		t.Fatal(err)
	}
	tr := a.Trust(at(noon))
	stranger, _ := newAuthority(t)
	for _, c := range []struct {
		what           string
		server, client *tls.Config
		fails          string
	}{
		{"a tool at a device", tr.Server(source(gate), protocol.Fleet), tr.Client(source(tool), protocol.Device, "gate-7"), ""},
		{"a device at central", tr.Server(source(central)), tr.Client(source(gate), protocol.Central, ""), ""},
		{"no certificate at central", tr.Server(source(central)), tr.Client(nil, protocol.Central, ""), ""},
		{"no certificate at a device", tr.Server(source(gate), protocol.Fleet), tr.Client(nil, protocol.Device, "gate-7"), "no certificate"},
		{"a device at a device", tr.Server(source(gate), protocol.Fleet), tr.Client(source(lane), protocol.Device, "gate-7"), "may not connect"},
		{"a revoked tool", tr.Server(source(gate), protocol.Fleet), tr.Client(source(gone), protocol.Device, "gate-7"), "revoked"},
		{"another device", tr.Server(source(lane), protocol.Fleet), tr.Client(source(tool), protocol.Device, "gate-7"), "another name"},
		{"a device as central", tr.Server(source(posing)), tr.Client(source(lane), protocol.Central, ""), "not central"},
		{"central of another place", tr.Server(source(elsewhere)), tr.Client(source(gate), protocol.Central, ""), "127.0.0.1"},
		{"a stranger", stranger.Trust(at(noon)).Server(source(central)), stranger.Trust(at(noon)).Client(source(gate), protocol.Central, ""), "unknown authority"},
	} {
		serverErr, clientErr := talk(t, c.server, c.client)
		said := errors.Join(serverErr, clientErr)
		if (said == nil) != (c.fails == "") || said != nil && !strings.Contains(said.Error(), c.fails) {
			t.Errorf("%s: %v", c.what, said)
		}
	}
}

func TestWhoHasAWrongClockBringsATimeOfItsOwn(t *testing.T) {
	a, _ := newAuthority(t)
	gate, tool := issue(t, a, noon, protocol.Device, "gate-7"), issue(t, a, noon, protocol.Fleet, "tool")
	wrong := authority.Trust{Root: a.Root(), Now: at(time.Unix(0, 0))}
	right := authority.Trust{Root: a.Root(), Now: at(noon)}
	if s, c := talk(t, wrong.Server(source(gate), protocol.Fleet), right.Client(source(tool), protocol.Device, "gate-7")); errors.Join(s, c) == nil {
		t.Error("a certificate counts in 1970")
	}
	if s, c := talk(t, right.Server(source(gate), protocol.Fleet), right.Client(source(tool), protocol.Device, "gate-7")); errors.Join(s, c) != nil {
		t.Error(s, c)
	}
}

func TestAProgramGetsItsNextCertificateInTime(t *testing.T) {
	a, _ := newAuthority(t)
	now := noon
	own := must(a.Self(func() time.Time { return now }, authority.Grant{Role: protocol.Central, Name: "central"}))(t)
	first := must(own())(t)
	now = noon.Add(59 * day)
	if must(own())(t) != first {
		t.Error("it has another one early")
	}
	now = noon.Add(61 * day)
	if second := must(own())(t); second == first || second.Leaf.NotAfter.Before(noon.Add(150*day)) {
		t.Error("it keeps the old one")
	}
}
