// Package listen bounds the connections that a server takes, most of which have
// shown no certificate.
package listen

import (
	"net"
	"net/netip"
	"sync"
)

// Bound returns a listener that takes no more than most connections together,
// and closes those of one caller, as [Caller] tells them apart, beyond each: one
// keeps no other out.
func Bound(l net.Listener, most, each int) net.Listener {
	return &bounded{Listener: l, slots: make(chan struct{}, most), closed: make(chan struct{}), each: each, of: map[string]int{}}
}

// Caller returns whom the address of a connection is counted for: of IPv6 the
// whole network, which one caller has.
func Caller(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || ip.Unmap().Is4() {
		return host
	}
	network, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return host
	}
	return network.String()
}

type bounded struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
	each   int
	mu     sync.Mutex     // guards of
	of     map[string]int // connections, by caller
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
		if from := Caller(c.RemoteAddr().String()); b.take(from) {
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
