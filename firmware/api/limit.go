package api

import (
	"net"
	"sync"
)

// The bounds of connections. Nobody has shown a certificate when one is taken,
// and files that are open for it are wanting elsewhere. One address takes a part
// of them only, so that it keeps no other out.
const (
	maxConnections = 128
	maxOfAddress   = 16
)

// limit returns a listener that takes so many connections at once, and so many
// of one address: those beyond are closed.
func limit(l net.Listener, most, ofAddress int) net.Listener {
	return &limited{Listener: l, slots: make(chan struct{}, most), closed: make(chan struct{}), each: ofAddress, of: map[string]int{}}
}

type limited struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
	each   int

	mu sync.Mutex     // guards of
	of map[string]int // connections, by address
}

// Accept implements net.Listener.
func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			<-l.slots
			return nil, err
		}
		if address := host(c); l.take(address) {
			return &slotted{Conn: c, release: sync.OnceFunc(func() { l.release(address) })}, nil
		}
		c.Close()
	}
}

func (l *limited) take(address string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[address] >= l.each {
		return false
	}
	l.of[address]++
	return true
}

func (l *limited) release(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[address]--; l.of[address] == 0 {
		delete(l.of, address)
	}
	<-l.slots
}

// host is where a connection comes from, without the port.
func host(c net.Conn) string {
	address, _, err := net.SplitHostPort(c.RemoteAddr().String())
	if err != nil {
		return ""
	}
	return address
}

// Close implements net.Listener.
func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// slotted is a connection that makes room for another when it is closed.
type slotted struct {
	net.Conn
	release func()
}

// Close implements net.Conn.
func (c *slotted) Close() error {
	defer c.release()
	return c.Conn.Close()
}
