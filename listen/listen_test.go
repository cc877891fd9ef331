package listen_test

import (
	"errors"
	"net"
	"testing"

	"portcullis/listen"
)

func TestOneCallerKeepsNoOtherOut(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := listen.Bound(inner, 3, 2)
	accepted, ended := make(chan net.Conn), make(chan error, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	dial := func(from string) net.Conn {
		c, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	accept := func(want net.Conn) net.Conn {
		c := <-accepted
		if c.RemoteAddr().String() != want.LocalAddr().String() {
			t.Errorf("it takes %s, want %s", c.RemoteAddr(), want.LocalAddr())
		}
		return c
	}
	first := accept(dial("127.0.0.1"))
	accept(dial("127.0.0.1"))
	over := dial("127.0.0.1")
	accept(dial("127.0.0.2"))
	if _, err := over.Read(make([]byte, 1)); err == nil {
		t.Error("the third of a caller is not closed")
	}
	last := dial("127.0.0.3")
	select {
	case <-accepted:
		t.Error("there are four at once")
	default:
	}
	first.Close()
	first.Close() // makes room once
	third := accept(last)
	third.Close()
	accept(dial("127.0.0.1")) // which has room again
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ends with %v", err)
	}
}

func TestACallerHasTheWholeOfItsNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1:5":              "192.0.2.1",
		"[::ffff:192.0.2.1]:5":     "::ffff:192.0.2.1",
		"[2001:db8:1:2:3:4:5:6]:5": "2001:db8:1:2::/64",
		"[fe80::1%eth0]:5":         "fe80::/64",
		"@":                        "@",
	} {
		if got := listen.Caller(address); got != want {
			t.Errorf("%s is of %s, want %s", address, got, want)
		}
	}
}
