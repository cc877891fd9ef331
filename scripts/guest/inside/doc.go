// Package inside is what runs in a guest machine: it brings the machine up, and
// does there what the host asks for. Nothing of it is in the product.
//
// The host asks through a port of its own that the machine has, /dev/vport0p1,
// by net/rpc: the calls are the methods of [Agent]. A program is started by one
// call and heard by others:
//
//	Start {Args, Env} -> handle
//	Next  handle      -> a piece of output, again and again
//	Next  handle      -> ended, exit code
//	Signal {handle, number}
package inside

import (
	"fmt"
	"net/rpc"
	"os"
)

// Service is the name that the calls of an Agent begin with, as in "Agent.Next".
const Service = "Agent"

// port is where the host is.
const port = "/dev/vport0p1"

// Serve does what the host asks for, until the host is gone. It does not wait for
// programs that run: a machine whose test was killed has to end.
func Serve() error {
	server := rpc.NewServer()
	if err := server.RegisterName(Service, new(Agent)); err != nil {
		return fmt.Errorf("serve host: %w", err)
	}
	file, err := os.OpenFile(port, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("serve host: %w", err)
	}
	l := &line{File: file, lost: make(chan error, 1)}
	go server.ServeConn(l) // ends with the machine
	return fmt.Errorf("serve host: %w", <-l.lost)
}

// A line tells why it can no longer be read.
type line struct {
	*os.File
	lost chan error
}

func (l *line) Read(b []byte) (int, error) {
	n, err := l.File.Read(b)
	if err != nil {
		select {
		case l.lost <- err:
		default: // it was told
		}
	}
	return n, err
}
