package main

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

// A meter counts what goes over the connections of a client in both directions,
// and what of it is the content of files.
type meter struct {
	total    atomic.Int64
	requests atomic.Int64

	mu     sync.Mutex         // guards bodies
	bodies map[fileKind]int64 // bytes
}

// A fileKind is what a file of a repository is for.
type fileKind string

const (
	timestampKind fileKind = "timestamp"
	metadataKind  fileKind = "metadata"
	manifestKind  fileKind = "manifests"
	deltaKind     fileKind = "deltas"
	snapshotKind  fileKind = "snapshots"
)

// kindOf tells what the file at an address is for.
func kindOf(address string) fileKind {
	name := path.Base(address)
	switch {
	case name == "timestamp.json":
		return timestampKind
	case strings.Contains(name, "-delta-"):
		return deltaKind
	case strings.HasSuffix(name, ".bin"): // leaf hashes too
		return snapshotKind
	case path.Dir(address) != "/":
		return manifestKind
	}
	return metadataKind
}

// client returns a client whose connections are counted, as a device's client
// opens them. Whom a server over TLS is does not matter here.
func (m *meter) client() *http.Client {
	return &http.Client{Transport: m.transport(&http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return meteredConn{c, m}, nil
		},
	})}
}

func (m *meter) transport(t *http.Transport) http.RoundTripper { return meteredTransport{t, m} }

type meteredTransport struct {
	*http.Transport
	meter *meter
}

// RoundTrip implements http.RoundTripper.
func (t meteredTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.meter.requests.Add(1)
	response.Body = meteredBody{response.Body, t.meter, kindOf(r.URL.Path)}
	return response, nil
}

type meteredBody struct {
	io.ReadCloser
	meter *meter
	kind  fileKind
}

func (b meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.mu.Lock()
	defer b.meter.mu.Unlock()
	if b.meter.bodies == nil {
		b.meter.bodies = map[fileKind]int64{}
	}
	b.meter.bodies[b.kind] += int64(n)
	return n, err
}

type meteredConn struct {
	net.Conn
	meter *meter
}

func (c meteredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.meter.total.Add(int64(n))
	return n, err
}

func (c meteredConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.meter.total.Add(int64(n))
	return n, err
}

// reset begins to count anew.
func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.total.Store(0)
	m.requests.Store(0)
	m.bodies = nil
}
