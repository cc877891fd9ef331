package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// fleetFigures is what it takes a server to let devices have a release of an
// hour's changes, all at once.
type fleetFigures struct {
	Devices int     `json:"devices"`
	CPU     float64 `json:"cpu_s"` // of the server's process
	Bytes   int64   `json:"bytes"` // over all connections, in both directions
	Wall    float64 `json:"wall_s"`
}

// buildCentral builds the publisher's program.
func buildCentral(ctx context.Context, dir string) (string, error) {
	say("sync: build the publisher's program")
	program := filepath.Join(dir, "portcullis-central")
	_, err := command(ctx, ".", "go", "build", "-o", program, "portcullis/central/cmd/portcullis-central")
	return program, err
}

// A serving is the publisher's program at work.
type serving struct {
	*exec.Cmd
	address string
}

// startServing has the program serve a repository, until it is stopped or this
// process ends.
func startServing(ctx context.Context, program, dir string) (*serving, error) {
	s := &serving{Cmd: exec.CommandContext(ctx, program, "serve", "--dir", dir, "--listen", "127.0.0.1:0")}
	s.Stderr = os.Stderr
	s.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := s.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	at := strings.LastIndex(line, " ")
	if err != nil || at < 0 {
		return nil, errors.Join(errors.New("the publisher's program does not say where it serves"), err, s.stop())
	}
	s.address = strings.TrimSpace(line[at:])
	return s, nil
}

func (s *serving) stop() error { return errors.Join(s.Process.Kill(), ignoreExit(s.Wait())) }

// ignoreExit drops the error of a process that was killed.
func ignoreExit(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil
	}
	return err
}

// clockTicks are those of /proc in a second.
const clockTicks = 100

// cpu returns the processor time that the process has taken.
func (s *serving) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.Process.Pid))
	if err != nil {
		return 0, err
	}
	return cpuOf(string(data))
}

// cpuOf reads the time in user mode and in the kernel from a line of
// /proc/PID/stat, the 14th and 15th of its fields. The second may have spaces,
// and ends with the last bracket.
func cpuOf(line string) (time.Duration, error) {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("not the line of a process")
	}
	user, err := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / clockTicks, errors.Join(err, err2)
}

// benchFleet has devices, each with connections and a shelf of its own, fetch a
// release that is published while they hold the one before.
func benchFleet(ctx context.Context, o options, s *site, dir string) (f fleetFigures, err error) {
	program, err := buildCentral(ctx, dir)
	if err != nil {
		return f, err
	}
	server, err := startServing(ctx, program, s.dir)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	shelves, err := os.MkdirTemp(inMemory(dir), "portcullis-bench-")
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(shelves)) }()
	m := &meter{}
	devices := make([]follower, o.devices)
	release := dayReleases + 1
	at, err := s.publisher.Latest(ctx)
	if err != nil {
		return f, err
	}
	for i := range devices {
		folder := filepath.Join(shelves, strconv.Itoa(i))
		if devices[i], err = newFollower(s.central, server.address, &lightStore{held: at.Position()}, folder, m); err != nil {
			return f, err
		}
	}
	if _, err := allPoll(ctx, devices, release); err != nil {
		return f, err
	}
	change, err := s.delta(release)
	if err == nil {
		_, err = publishDelta(ctx, s.publisher, time.Now(), change)
	}
	if err != nil {
		return f, err
	}
	before, err := server.cpu()
	if err != nil {
		return f, err
	}
	m.reset()
	wall, err := allPoll(ctx, devices, release+1)
	if err != nil {
		return f, err
	}
	after, err := server.cpu()
	return fleetFigures{len(devices), round3((after - before).Seconds()), m.total.Load(), round3(wall.Seconds())}, err
}

// allPoll has all devices look for a release at once.
func allPoll(ctx context.Context, devices []follower, release int) (time.Duration, error) {
	start := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for _, d := range devices {
		group.Go(func() error { return d.poll(ctx, uint64(release)) })
	}
	err := group.Wait()
	return time.Since(start), err
}

// inMemory returns a folder that lies in memory if there is one, and the other
// if not.
func inMemory(otherwise string) string {
	const shared = "/dev/shm"
	if info, err := os.Stat(shared); err == nil && info.IsDir() {
		return shared
	}
	return otherwise
}
