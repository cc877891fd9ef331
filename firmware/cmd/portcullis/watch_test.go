package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/drivers/watchdog"
	"portcullis/firmware/console"
)

// A manager is a service manager that waits for WATCHDOG=1.
type manager struct {
	t      *testing.T
	socket *net.UnixConn
}

// waits is how long it does.
const waits = 2 * time.Second

func newManager(t *testing.T, dir string) manager {
	t.Helper()
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(dir, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	return manager{t, socket}
}

// environment is that of its service.
func (m manager) environment() []string {
	return append(os.Environ(), "NOTIFY_SOCKET="+m.socket.LocalAddr().String(), "WATCHDOG_USEC=2000000")
}

// hears returns the next word of its service, or "" when none comes in time.
func (m manager) hears(within time.Duration) string {
	m.t.Helper()
	var buf [4096]byte
	err := m.socket.SetReadDeadline(time.Now().Add(within))
	n := 0
	if err == nil {
		n, err = m.socket.Read(buf[:])
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		m.t.Fatal(err)
	}
	return string(buf[:n])
}

// await waits for a word that begins so, and returns how often it was fed before.
func (m manager) await(prefix string) (meals int) {
	m.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		word := m.hears(time.Until(end))
		if strings.HasPrefix(word, prefix) {
			return meals
		}
		if word == "WATCHDOG=1" {
			meals++
		}
	}
	m.t.Fatalf("no %s", prefix)
	return 0
}

// metrics are those of the appliance of a page.
func (p *page) metrics(t *testing.T) string {
	t.Helper()
	response, err := http.Get(p.address + "metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A taker takes the logs of a program, as journald does, until it stops taking
// them.
type taker struct {
	pipe  *os.File
	taken chan bool // takes from now on, or not
}

func newTaker(t *testing.T) (*taker, *os.File) {
	t.Helper()
	pipe, program, err := os.Pipe()
	if err == nil {
		_, err = unix.FcntlInt(program.Fd(), unix.F_SETPIPE_SZ, 4096)
	}
	if err != nil {
		t.Fatal(err)
	}
	l := &taker{pipe: pipe, taken: make(chan bool)}
	go l.run()
	t.Cleanup(func() { pipe.Close() })
	return l, program
}

// run reads until the pipe ends.
func (l *taker) run() {
	buf := make([]byte, 4096)
	for {
		select {
		case takes := <-l.taken:
			for !takes {
				takes = <-l.taken
			}
		default:
		}
		_ = l.pipe.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		if _, err := l.pipe.Read(buf); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

// TestTheWatchdogIsFedUntilALoopStandsStill runs the program as systemd would, and
// then stops taking its logs. Every loop that has something to log waits for
// that from then on, the lane's before all: no traveller is let through any more.
func TestTheWatchdogIsFedUntilALoopStandsStill(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	m := newManager(t, s.dir)
	logs, stderr := newTaker(t)
	run := exec.Command("portcullis", "run", "--config", s.configFile())
	run.Env, run.Stderr = m.environment(), stderr
	stdout, err := run.StdoutPipe()
	if err == nil {
		err = run.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { run.Process.Kill() })
	stderr.Close()
	m.await("READY=1")
	m.await("STATUS=the lane takes travellers")
	for range 5 {
		m.await("WATCHDOG=1")
	}
	out := bufio.NewScanner(stdout)
	out.Scan()
	page := watchPage(t.Context(), strings.TrimSpace(strings.TrimPrefix(out.Text(), "page")))

	for _, part := range []string{"lane", "reader", "gate", "storage", "clock"} {
		if want := `portcullis_watchdog_part_ill{part="` + part + `"} 0`; !strings.Contains(page.metrics(t), want) {
			t.Errorf("no %s", want)
		}
	}

	logs.taken <- false
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			_ = s.reader.NoRead(ctx) // a reading that failed is a line of the log
		}
	}()
	if meals := m.await("STATUS=not fed: lane has stood still for "); meals < 5 {
		t.Errorf("it was fed %d times before the lane's time was up", meals)
	}
	for end := time.Now().Add(2 * waits); time.Now().Before(end); {
		if word := m.hears(time.Until(end)); word == "WATCHDOG=1" {
			t.Fatal("it is fed although the lane stands still")
		}
	}
	page.await(t, "which part stands still", func(v console.View) bool {
		return slices.ContainsFunc(v.Faults, func(f console.Fault) bool { return f.Code == "stalled:lane" && f.Do != "" })
	})

	cancel()
	logs.taken <- true
	m.await("WATCHDOG=1")
	page.await(t, "that it goes on", func(v console.View) bool {
		return !slices.ContainsFunc(v.Faults, func(f console.Fault) bool { return strings.HasPrefix(f.Code, "stalled:") })
	})
	if err := run.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	m.await("STOPPING=1")
	if err := run.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
	if kept, err := os.ReadFile(s.folder().Runs()); err != nil || !strings.Contains(string(kept), `"early":0`) {
		t.Errorf("an orderly end is kept as %q, %v", kept, err)
	}
}

// TestARunThatEndedEarlyIsToldOf kills an appliance, as its watchdog does.
func TestARunThatEndedEarlyIsToldOf(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.launch(t)
	l.mustClear(t)
	l.kill(t)
	l = s.launch(t)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	if got := l.logs.String(); !strings.Contains(got, `"msg":"the last run ended early","runs":1`) {
		t.Errorf("the log does not tell of it:\n%s", got)
	}
}

// TestAWatchdogThatIsNotThereIsAFaultAndNoObstacle names a device that does not
// exist.
func TestAWatchdogThatIsNotThereIsAFaultAndNoObstacle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.config.Watchdog.Device = filepath.Join(s.dir, "watchdog7")
	l := s.start(t)
	if f := l.fault(t, "watchdog-missing", true); !strings.Contains(f.Text, "no such file") || f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	l.mustClear(t)
}

// TestTheUnitFitsTheProgram reads the unit of systemd: it must wait for what the
// program tells, and be less patient than the hardware.
func TestTheUnitFitsTheProgram(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../scripts/portcullis.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			unit[key] = value
		}
	}
	for key, want := range map[string]string{"Type": "notify", "Restart": "always", "LimitCORE": "0", "WatchdogSignal": "SIGKILL", "StartLimitIntervalSec": "0"} {
		if unit[key] != want {
			t.Errorf("%s=%s, want %s", key, unit[key], want)
		}
	}
	if wait, err := time.ParseDuration(unit["WatchdogSec"]); err != nil || wait >= watchdog.DefaultTimeout {
		t.Errorf("WatchdogSec=%s, want less than %v", unit["WatchdogSec"], watchdog.DefaultTimeout)
	}
	args := strings.Fields(unit["ExecStart"])
	c, _, err := rootCommand().Find(args[1:])
	if err != nil || c.Name() != "run" || c.ParseFlags(args[2:]) != nil {
		t.Errorf("the program does not know %v: %v", args, err)
	}
}
