package helper_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/helper"
	"portcullis/drivers/reader"
)

var _ reader.Link = (*helper.Helper)(nil)

// TestMain is also the programs that are run: "relay" and a socket passes on what
// goes either way, and ends with the socket; "host" runs a helper until it is killed.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "relay" {
		relay(os.Args[2])
		return
	}
	if len(os.Args) == 2 && os.Args[1] == "host" {
		host()
		return
	}
	os.Exit(m.Run())
}

func relay(socket string) {
	conn, err := net.Dial("unix", socket)
	if err != nil {
		os.Exit(3)
	}
	go func() { _, _ = io.Copy(conn, os.Stdin) }()
	_, _ = io.Copy(os.Stdout, conn)
	os.Exit(7)
}

func host() {
	h, err := helper.Open(context.Background(), []string{"/bin/sh", "-c", "echo $$; exec sleep 1000"})
	for b := make([]byte, 64); err == nil; {
		var n int
		n, err = h.Read(context.Background(), b)
		_, _ = os.Stdout.Write(b[:n])
	}
	os.Exit(3)
}

// A device is what stands behind the relay.
type device struct {
	accepted chan net.Conn
	conn     net.Conn
}

func newDevice(t *testing.T) (socket string, d *device) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "device")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	d = &device{accepted: make(chan net.Conn, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if conn, err := listener.Accept(); err == nil {
			d.accepted <- conn
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-ended
	})
	return socket, d
}

// connection waits for the relay.
func (d *device) connection() net.Conn {
	if d.conn == nil {
		d.conn = <-d.accepted
	}
	return d.conn
}

func (d *device) Send(b []byte) error { _, err := d.connection().Write(b); return err }
func (d *device) Receive(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(d.connection(), b)
	return b, err
}

// Unplug returns when the relay has ended, and its socket with it.
func (d *device) Unplug() error {
	if err := d.connection().(*net.UnixConn).CloseWrite(); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, d.conn)
	return errors.Join(err, d.conn.Close())
}

func TestLink(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	drivertest.TestLink(t, func(t *testing.T) drivertest.LinkBench {
		socket, d := newDevice(t)
		command := []string{self, "relay", socket}
		if strings.HasSuffix(t.Name(), "leaves_nothing_behind") {
			command = []string{"/bin/cat"}
		}
		return drivertest.LinkBench{
			Open: func(ctx context.Context) (reader.Link, error) { return helper.Open(ctx, command) },
			Peer: d, Gone: helper.ErrGone, Wedged: helper.ErrWedged,
		}
	})
}
