package service

import (
	"net"
	"sync"
)

// The bounds of connections, most of which have shown no certificate. One caller
// takes a part of them, which is wide enough for the devices of an airport behind
// one address: they are connected for a minute of every five.
const (
	maxConnections = 4096
	maxOfCaller    = 512
)

// bounded is a listener that closes the connections of a caller beyond a number,
// and takes no more than so many together.
type bounded struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
	each   int
	mu     sync.Mutex     // guards of
	of     map[string]int // connections, by caller
}

func bound(l net.Listener, most, each int) net.Listener {
	return &bounded{Listener: l, slots: make(chan struct{}, most), closed: make(chan struct{}), each: each, of: map[string]int{}}
}

// Accept implements net.Listener.
func (b *bounded) Accept() (net.Conn, error) {
	select {
	case b.slots <- struct{}{}:
	case <-b.closed:
		return nil, net.ErrClosed
	}
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			<-b.slots
			return nil, err
		}
		if from := caller(c.RemoteAddr().String()); b.take(from) {
			return &counted{Conn: c, end: sync.OnceFunc(func() { b.end(from) })}, nil
		}
		c.Close()
	}
}

func (b *bounded) take(from string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[from] >= b.each {
		return false
	}
	b.of[from]++
	return true
}

func (b *bounded) end(from string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of[from]--; b.of[from] == 0 {
		delete(b.of, from)
	}
	<-b.slots
}

// Close implements net.Listener.
func (b *bounded) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Listener.Close()
}

// counted is a connection that makes room for another when it is closed.
type counted struct {
	net.Conn
	end func()
}

// Close implements net.Conn.
func (c *counted) Close() error {
	defer c.end()
	return c.Conn.Close()
}
