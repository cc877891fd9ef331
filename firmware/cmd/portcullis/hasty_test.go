package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"

	"portcullis/firmware/station"
)

// hastyAppliance is the name under which this test's own program is started as
// the appliance of a configuration, in a process of its own. It differs from
// "portcullis run" in that travellers are quick, and that it prints what it did.
const hastyAppliance = "hasty-appliance"

func beHasty() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := runHastily(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitFailed)
	}
}

func runHastily(ctx context.Context, path string) error {
	c, err := loadConfig(path)
	if err != nil {
		return err
	}
	a, err := openAppliance(ctx, c, slog.New(slog.NewJSONHandler(os.Stderr, nil)), extras{times: quick, watch: tell})
	if err != nil {
		return err
	}
	fmt.Println("page", a.address())
	return a.run(ctx)
}

// tell prints what follows from a record, once it is done.
func tell(a station.Action) {
	switch a := a.(type) {
	case station.Gate:
		if a.Command == station.Release {
			fmt.Println("released")
		}
	case station.Passage:
		fmt.Println("passage", a.Number, a.State, a.Decision.Verdict())
	}
}

// launch starts the appliance of a site in a process of its own.
func (s *site) launch(t *testing.T) *lane {
	t.Helper()
	l := &lane{site: s, logs: new(lockedBuffer), process: exec.Command(hastyAppliance, s.configFile())}
	l.process.Stderr = l.logs
	out, err := l.process.StdoutPipe()
	if err == nil {
		err = l.process.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan()
	address, ok := strings.CutPrefix(lines.Text(), "page ")
	read := make(chan struct{})
	go func() {
		defer close(read)
		for lines.Scan() {
			l.did = append(l.did, lines.Text())
		}
	}()
	l.halt = sync.OnceValue(func() error {
		_ = l.process.Process.Signal(os.Interrupt) // it may have ended
		<-read
		return l.process.Wait()
	})
	t.Cleanup(func() {
		_ = l.halt() // what it should have been, the test has said
		if t.Failed() {
			t.Logf("its logs:\n%s", lastLines(l.logs.String(), 40))
		}
	})
	if !ok {
		t.Fatalf("the appliance does not start:\n%s", l.logs)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	l.page = watchPage(ctx, address)
	return l
}

// kill ends an appliance as a power cut does, and returns what it did before.
func (l *lane) kill(t *testing.T) (did []string) {
	t.Helper()
	if err := l.process.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatalf("the appliance ended by itself: %v", err)
	}
	_ = l.halt() // it was killed
	return l.did
}

func lastLines(text string, n int) string {
	lines := bytes.SplitAfter([]byte(text), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-n):], nil))
}
