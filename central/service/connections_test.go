package service

import (
	"net"
	"testing"
)

func TestOneCallerKeepsNoOtherFromCentral(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := bound(inner, 3, 2)
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
	dial("127.0.0.1")
	first := <-accepted
	dial("127.0.0.1")
	<-accepted
	over := dial("127.0.0.1")
	dial("127.0.0.2")
	if c := <-accepted; caller(c.RemoteAddr().String()) != "127.0.0.2" {
		t.Error("the third of a caller is taken")
	}
	if _, err := over.Read(make([]byte, 1)); err == nil {
		t.Error("it is not closed")
	}
	last := dial("127.0.0.3")
	select {
	case <-accepted:
		t.Error("there are four at once")
	default:
	}
	first.Close()
	first.Close() // makes room once
	if c := <-accepted; c.RemoteAddr().String() != last.LocalAddr().String() {
		t.Error("another is taken for it")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("it does not end")
	}
}
