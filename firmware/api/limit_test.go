package api

import (
	"errors"
	"net"
	"testing"
)

func TestConnectionsThatNobodyVouchesForAreBounded(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 2, 3)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
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
	for range 3 {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	first, second := <-accepted, <-accepted
	select {
	case <-accepted:
		t.Error("there are three at once")
	default:
	}
	first.Close()
	first.Close() // makes room once
	third := <-accepted
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ends with %v", err)
	}
	second.Close()
	third.Close()
}

func TestOneAddressKeepsNoOtherOut(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limit(inner, 3, 2)
	defer l.Close()
	accepted := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func(from string) net.Conn {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		c, err := d.Dial("tcp", inner.Addr().String())
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
	if c := <-accepted; host(c) != "127.0.0.2" {
		t.Errorf("the third of an address is taken: %s", host(c))
	}
	first.Close()
	if _, err := over.Read(make([]byte, 1)); err == nil {
		t.Error("it is not closed")
	}
	dial("127.0.0.1")
	if c := <-accepted; host(c) != "127.0.0.1" {
		t.Error("there is no room again")
	}
}
