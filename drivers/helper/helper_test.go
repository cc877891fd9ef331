package helper_test

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
	"testing"
	"time"

	"portcullis/drivers/helper"
)

// patience is far more than anything here takes.
const patience = 30 * time.Second

func open(t *testing.T, command ...string) *helper.Helper {
	t.Helper()
	h, err := helper.Open(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// shell runs a script: the tests' programs are scripts, the link needs no shell.
func shell(t *testing.T, script string) *helper.Helper {
	return open(t, "/bin/sh", "-c", script)
}

// line reads a line.
func line(t *testing.T, h *helper.Helper) string {
	t.Helper()
	var text []byte
	b := make([]byte, 1)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		n, err := h.Read(t.Context(), b)
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && b[0] == '\n' {
			return string(text)
		}
		text = append(text, b[:n]...)
	}
	t.Fatal("no line")
	return ""
}

// lost reads until there is an error.
func lost(t *testing.T, h *helper.Helper) error {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := h.Read(t.Context(), make([]byte, 64)); err != nil {
			return err
		}
	}
	t.Fatal("the link is not lost")
	return nil
}

func TestTheEndOfAProgramNamesItsStatus(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0":              "exit status 0",
		"exit 3":              "exit status 3",
		"kill -SEGV $$":       "signal: segmentation fault",
		"exec sleep 1000 >&-": "closed its output",
	} {
		h := shell(t, script)
		if err := lost(t, h); !errors.Is(err, helper.ErrGone) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want ErrGone and %q", script, err, want)
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestTheLastWordsOfAProgramAreHeard(t *testing.T) {
	h := shell(t, "echo good bye; exit 1")
	if got := line(t, h); got != "good bye" {
		t.Errorf("read %q", got)
	}
	if err := lost(t, h); !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("then %v", err)
	}
}

// running reports whether a process is there and has not ended.
func running(pid int) bool {
	f, err := os.Open(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	defer f.Close()
	text, _ := bufio.NewReader(f).ReadString('\n')
	_, after, _ := strings.Cut(text, ") ")
	return !strings.HasPrefix(after, "Z") && after != ""
}

// children reads two lines with process ids.
func children(t *testing.T, h *helper.Helper) (pids []int) {
	t.Helper()
	for range 2 {
		pid, err := strconv.Atoi(line(t, h))
		if err != nil {
			t.Fatal(err)
		}
		if !running(pid) {
			t.Fatalf("process %d does not run", pid)
		}
		pids = append(pids, pid)
	}
	return pids
}

// gone waits for a process to end: one whose parent has ended is given to another
// before it is forgotten.
func gone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patience); running(pid); {
		if time.Now().After(end) {
			t.Fatalf("process %d still runs", pid)
		}
	}
}

func TestCloseEndsAllThatWasStarted(t *testing.T) {
	for name, script := range map[string]string{
		"willing":   "sleep 1000 & echo $$; echo $!; wait",
		"deaf":      "trap '' TERM; sleep 1000 & echo $$; echo $!; while :; do wait; done",
		"its child": "(trap '' TERM; while :; do sleep 1000; done) & echo $$; echo $!; wait",
	} {
		t.Run(name, func(t *testing.T) {
			h := shell(t, script)
			pids := children(t, h)
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if err := syscall.Kill(pids[0], 0); !errors.Is(err, syscall.ESRCH) {
				t.Errorf("the program is still known to the kernel: %v", err)
			}
			gone(t, pids[1])
		})
	}
}

func TestWhatAProgramLeavesBehindEndsWithIt(t *testing.T) {
	h := shell(t, "sleep 1000 & echo $$; echo $!; read line; exit 5")
	pids := children(t, h)
	if err := h.Write(t.Context(), []byte("go\n")); err != nil {
		t.Fatal(err)
	}
	if err := lost(t, h); !strings.Contains(err.Error(), "exit status 5") {
		t.Errorf("lost by %v", err)
	}
	gone(t, pids[1])
}

func TestAProgramEndsWithItsHost(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	host := exec.Command(self, "host")
	out, err := host.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := host.Start(); err != nil {
		t.Fatal(err)
	}
	text, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || !running(pid) {
		t.Fatalf("process %q does not run: %v", text, err)
	}
	if err := host.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = host.Wait() // it was killed
	gone(t, pid)
}

// A grandchild that leaves the group is out of reach, and must not hold up the host.
func TestAGrandchildThatKeepsThePipesHoldsUpNothing(t *testing.T) {
	h := shell(t, "setsid sleep 20 & echo ready; exit 0")
	if got := line(t, h); got != "ready" {
		t.Fatalf("read %q", got)
	}
	if err := lost(t, h); !errors.Is(err, helper.ErrGone) {
		t.Errorf("lost by %v", err)
	}
	done := make(chan error, 1)
	go func() { done <- h.Close() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Fatal("Close hangs")
	}
}

func TestAProgramFindsLittleAroundIt(t *testing.T) {
	t.Setenv("PORTCULLIS_SECRET", "x")
	h := open(t, "/usr/bin/env")
	got := []string{line(t, h), line(t, h)}
	if got[0] != "PATH=/usr/local/bin:/usr/bin:/bin" || got[1] != "LANG=C.UTF-8" {
		t.Errorf("environment is %q", got)
	}
	if err := lost(t, h); !strings.Contains(err.Error(), "exit status 0") {
		t.Errorf("then %v", err)
	}
	held, err := os.Create(filepath.Join(t.TempDir(), "held"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	h = shell(t, "pwd; ls -l /proc/$$/fd | grep -c "+held.Name()+"; read line; ulimit -c")
	if at := line(t, h); at != "/" {
		t.Errorf("it runs in %s", at)
	}
	if files := line(t, h); files != "0" {
		t.Errorf("it has our file open")
	}
	if err := h.Write(t.Context(), []byte("\n")); err != nil {
		t.Fatal(err)
	}
	if core := line(t, h); core != "0" {
		t.Errorf("its core files may have %s blocks", core)
	}
}

func TestComplaintsAreCountedAndNotKept(t *testing.T) {
	h := shell(t, "head -c 1000000 /dev/zero >&2; echo done; exec sleep 1000")
	if got := line(t, h); got != "done" { // a full pipe would stop it before
		t.Errorf("read %q", got)
	}
	for end := time.Now().Add(patience); h.Complaints() < 1000000; {
		if time.Now().After(end) {
			t.Fatalf("%d bytes of complaints, want 1000000", h.Complaints())
		}
	}
}

// What was begun goes out whole, and nothing else goes out in its middle.
func TestAWriteThatIsGivenUpLeavesNoPartOfALine(t *testing.T) {
	start := filepath.Join(t.TempDir(), "start")
	if err := syscall.Mkfifo(start, 0o600); err != nil {
		t.Fatal(err)
	}
	h := open(t, "/bin/sh", "-c", "read go < $0; exec cat", start)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	const size = 1 << 20
	if err := h.Write(ctx, []byte(strings.Repeat("A", size)+"\n")); err == nil {
		t.Fatal("a write of what nobody takes succeeds")
	}
	if err := os.WriteFile(start, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- h.Write(t.Context(), []byte("B\n")) }()
	got := line(t, h)
	if strings.Trim(got, "A") == "" {
		if len(got) != size {
			t.Errorf("a line of %d bytes, want %d", len(got), size)
		}
		got = line(t, h)
	}
	if got != "B" {
		t.Errorf("then a line of %d bytes", len(got))
	}
	if err := <-written; err != nil {
		t.Error(err)
	}
}

func TestACommandThatIsNoneIsRefused(t *testing.T) {
	for _, command := range [][]string{nil, {"cat"}, {"./cat"}} {
		_, err := helper.Open(t.Context(), command)
		var refused *helper.CommandError
		if !errors.As(err, &refused) || !refused.Permanent() {
			t.Errorf("Open of %q = %v, want a CommandError", command, err)
		}
	}
	if _, err := helper.Open(t.Context(), []string{"/nowhere/reader"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open of nothing = %v, want ErrNotExist", err)
	}
	if _, err := helper.Open(t.Context(), []string{"/dev/null"}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("Open of what cannot run = %v, want ErrPermission", err)
	}
}
