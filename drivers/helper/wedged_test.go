package helper_test

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"portcullis/drivers/helper"
)

// tracing names the process that a copy of this test holds.
const tracing = "PORTCULLIS_HELPER_TRACED"

// hold has another program trace a process, so that its end is not seen until let go
// is called: what the kernel does to one that waits for a device.
func hold(t *testing.T, pid int) (letGo func()) {
	t.Helper()
	tracer := exec.Command(os.Args[0], "-test.run=^TestCloseOfAProgramThatCannotEndIsGivenUp$")
	tracer.Env = append(os.Environ(), tracing+"="+strconv.Itoa(pid))
	in, err := tracer.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := tracer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := tracer.Start(); err != nil {
		t.Fatal(err)
	}
	letGo = func() { _ = in.Close(); _ = tracer.Wait() }
	word := make([]byte, 5)
	if _, err := io.ReadFull(out, word); err != nil || string(word) != "HOLDS" {
		letGo()
		t.Skip("one program may not trace another here")
	}
	return letGo
}

// trace holds a process until the standard input ends.
func trace(pid int) {
	runtime.LockOSThread()
	if err := syscall.PtraceAttach(pid); err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString("HOLDS")
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func TestCloseOfAProgramThatCannotEndIsGivenUp(t *testing.T) {
	if pid, err := strconv.Atoi(os.Getenv(tracing)); err == nil {
		trace(pid)
	}
	h := shell(t, "echo $$; exec sleep 1000")
	pid, err := strconv.Atoi(line(t, h))
	if err != nil {
		t.Fatal(err)
	}
	letGo := hold(t, pid)
	closed := make(chan error, 1)
	go func() { closed <- h.Close() }()
	select {
	case err := <-closed:
		if !errors.Is(err, helper.ErrWedged) {
			t.Errorf("Close = %v, want ErrWedged", err)
		}
	case <-time.After(patience):
		t.Error("Close hangs")
	}
	letGo()
	gone(t, pid)
	if err := h.Close(); err != nil {
		t.Errorf("Close once it has ended = %v", err)
	}
}
