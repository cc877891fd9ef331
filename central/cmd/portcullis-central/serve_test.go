package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener at whose other end a test calls.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error { close(p.done); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

func (p pipes) call() net.Conn {
	here, there := net.Pipe()
	p.conns <- there
	return here
}

// closedWithin reports whether the other end closes a connection in that time.
func closedWithin(c net.Conn, within time.Duration) bool {
	c.SetReadDeadline(time.Now().Add(within))
	_, err := io.Copy(io.Discard, c)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

func TestNobodyTakesUpThePortForLists(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		l := pipes{make(chan net.Conn), make(chan struct{})}
		served := make(chan error, 1)
		go func() { served <- serveLists(ctx, l, dir) }()

		slow := l.call()
		io.WriteString(slow, "GET /timestamp.json HTTP/1.1\r\nHost: lists\r\nContent-Length: 100\r\n\r\n") // and no more
		if !closedWithin(slow, patience+time.Second) {
			t.Error("a request that never ends keeps its connection")
		}

		var held []net.Conn
		for range maxOfCaller {
			held = append(held, l.call())
		}
		if !closedWithin(l.call(), time.Second) {
			t.Error("a caller has more connections than its share")
		}
		if closedWithin(held[0], time.Second) {
			t.Error("a connection within the share is closed")
		}
		for _, c := range held {
			c.Close()
		}
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
}
