package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// An engine is a store that does the job of the bench, one step at a time.
type engine interface {
	do(ctx context.Context, step string) (reply, error)
	close() error
}

// The steps, as the peers' program knows them too.
const (
	stepLoad   = "load"   // make the store from the records, and open it
	stepMiss   = "miss"   // look up what is not on the list, one after another
	stepHit    = "hit"    // look up what is
	stepRate   = "rate"   // look up what is not, on every core at once
	stepVerify = "verify" // read everything back and compare
)

// A reply is what a step has shown; each step fills in its own fields.
type reply struct {
	Seconds   float64 `json:"seconds"`    // load, verify
	DiskBytes int64   `json:"disk_bytes"` // load
	latency           // miss, hit
	PerSecond float64 `json:"per_second"` // rate
}

// A peer is an engine of the peers' program, which runs beside this one.
type peer struct {
	process *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

// peerEngines are the engines that the peers' program has.
var peerEngines = []string{"badger", "badger-zstd"}

// buildPeers builds the peers' program in a folder, and returns its path. An
// error says why the peers are skipped, as when their modules cannot be had.
func buildPeers(ctx context.Context, o options, dir string) (string, error) {
	say("lists: build the peers")
	program := filepath.Join(dir, "peers")
	if _, err := command(ctx, o.peers, "go", "build", "-o", program, "."); err != nil {
		return "", fmt.Errorf("peers skipped: %w", err)
	}
	return program, nil
}

func startPeer(ctx context.Context, program, name string, w *workload, dir string) (*peer, error) {
	p := &peer{process: exec.CommandContext(ctx, program, name, w.dir, dir)}
	p.process.Stderr = os.Stderr
	var err error
	if p.in, err = p.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.process.Start()
}

func (p *peer) do(_ context.Context, step string) (r reply, err error) {
	if _, err := fmt.Fprintln(p.in, step); err != nil {
		return r, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(line, &r)
}

func (p *peer) close() error { return errors.Join(p.in.Close(), p.process.Wait()) }
