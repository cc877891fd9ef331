package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"portcullis/scripts/bench/job"
)

// An engine is a store that does the job, in processes of its own.
type engine struct {
	name    string
	program []string // and its first arguments
	folder  job.Workload
	dir     string
	serving *process // nil when none is
}

// engineCommand is the first argument of this program as an engine's process.
const engineCommand = "engine"

// peerNames are the engines of the peers' program.
var peerNames = []string{"badger", "bbolt", "pebble", "sqlite"}

// A process takes steps, one after the other.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start starts a process that dies with this one.
func (e *engine) start(ctx context.Context, more ...string) (*process, error) {
	arguments := append(append(e.program[1:len(e.program):len(e.program)], e.name, string(e.folder), e.dir), more...)
	p := &process{Cmd: exec.CommandContext(ctx, e.program[0], arguments...)}
	p.Stderr = os.Stderr
	p.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if p.in, err = p.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	return p, p.Start()
}

func (p *process) do(step string) (r job.Reply, err error) {
	if _, err := fmt.Fprintln(p.in, step); err != nil {
		return r, err
	}
	return r, p.reply(&r)
}

func (p *process) reply(to any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("no answer: %w", err)
	}
	return json.Unmarshal(line, to)
}

// end lets a process end.
func (p *process) end() error { return errors.Join(p.in.Close(), p.Wait()) }

// do has a step taken: loading by a process that begins with it, what is asked
// of the first answer by one each, and all else by one process.
func (e *engine) do(ctx context.Context, step string) (job.Reply, error) {
	var r job.Reply
	var err error
	switch step {
	case job.Load:
		r, err = e.load(ctx)
	case stepFirst:
		r, err = e.first(ctx)
	case stepFirstCold:
		if err = dropCaches(); err == nil {
			r, err = e.first(ctx)
		}
	default:
		if e.serving == nil {
			e.serving, err = e.start(ctx)
		}
		if err == nil {
			r, err = e.serving.do(step)
		}
	}
	if err = cmp.Or(ctx.Err(), err); err != nil {
		return r, fmt.Errorf("%s: %s: %w", e.name, step, err)
	}
	return r, nil
}

func (e *engine) load(ctx context.Context) (job.Reply, error) {
	p, err := e.start(ctx)
	if err != nil {
		return job.Reply{}, err
	}
	r, err := p.do(job.Load)
	return r, errors.Join(err, p.end())
}

// first takes the time from the start of a process to its first answer.
func (e *engine) first(ctx context.Context) (r job.Reply, err error) {
	start := time.Now()
	p, err := e.start(ctx, job.FirstAnswer)
	if err != nil {
		return r, err
	}
	err = p.reply(&r)
	r.Seconds = time.Since(start).Seconds()
	if err == nil && r.Answer != 1 {
		err = fmt.Errorf("%d records, want 1", r.Answer)
	}
	return r, errors.Join(err, p.end())
}

// stop ends the process that serves.
func (e *engine) stop() error {
	if e.serving == nil {
		return nil
	}
	err := e.serving.end()
	e.serving = nil
	return err
}

// dropCachesFile empties the page cache.
const dropCachesFile = "/proc/sys/vm/drop_caches"

// canDropCaches reports whether the page cache can be emptied here.
func canDropCaches() bool {
	f, err := os.OpenFile(dropCachesFile, os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// dropCaches empties the page cache, once all of it is on the disk.
func dropCaches() error {
	syscall.Sync()
	return os.WriteFile(dropCachesFile, []byte("1"), 0)
}

// buildPeers builds the peers' program in a folder, and returns its path. An
// error says why the peers are skipped, as when their modules cannot be had.
func buildPeers(ctx context.Context, o options, dir string) (string, error) {
	say("lists: build the peers")
	program := filepath.Join(dir, "peers")
	if _, err := command(ctx, o.peers, "env", "CGO_ENABLED=0", "go", "build", "-o", program, "."); err != nil {
		return "", fmt.Errorf("peers skipped: %w", err)
	}
	return program, nil
}
