package helper

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// pipes are the program's standard input, output and error.
type pipes struct{ ours, theirs [3]*os.File }

func newPipes() (*pipes, error) {
	var p pipes
	for i := range p.ours {
		read, write, err := os.Pipe()
		if err != nil {
			p.closeOurs()
			p.closeTheirs()
			return nil, err
		}
		if p.ours[i], p.theirs[i] = read, write; i == 0 {
			p.ours[i], p.theirs[i] = write, read
		}
	}
	return &p, nil
}

func (p *pipes) closeOurs()   { closeAll(p.ours) }
func (p *pipes) closeTheirs() { closeAll(p.theirs) }

func closeAll(files [3]*os.File) {
	for _, f := range files {
		_ = f.Close() // a nil one says so, and nothing was written to the others
	}
}

// A process is a program that runs, and all that it started.
type process struct {
	cmd    *exec.Cmd
	ended  chan struct{} // closed when it has ended and nothing of it is left
	status error         // how it ended; set before ended is closed

	mu     sync.Mutex // guards reaped
	reaped bool       // its process group may be another's by now
}

// environment is what a program finds in its environment; what else it needs is
// given to it by way of env(1).
var environment = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}

// start starts a program. The kernel ends it when the thread that started it ends
// (PR_SET_PDEATHSIG), so that thread waits for it.
func start(command []string, p *pipes) (*process, error) {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir, cmd.Env = "/", environment
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.theirs[0], p.theirs[1], p.theirs[2]
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	r := &process{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			r.wait()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	none := unix.Rlimit{}
	_ = unix.Prlimit(cmd.Process.Pid, unix.RLIMIT_CORE, &none, nil) // it has ended already, or is not ours to ask
	return r, nil
}

// wait waits for the program to end, ends what it left behind, and only then lets
// the kernel forget it: until then its number is nobody else's.
func (r *process) wait() {
	var info unix.Siginfo
	for unix.Waitid(unix.P_PID, r.cmd.Process.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
		continue
	}
	r.mu.Lock()
	r.signal(unix.SIGKILL)
	r.reaped = true
	r.status = r.cmd.Wait()
	r.mu.Unlock()
	if r.status == nil {
		r.status = errors.New("exit status 0")
	}
	close(r.ended)
}

// signal sends a signal to the program and all that it started, if that is still
// theirs.
func (r *process) signal(s unix.Signal) {
	if !r.reaped {
		_ = unix.Kill(-r.cmd.Process.Pid, s) // an error means that it has ended
	}
}

func (r *process) hasEnded() bool {
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// end asks the program to end, and makes it after the grace time. It reports whether
// it has: one that waits for a device in the kernel ends no sooner than the kernel
// lets it.
func (r *process) end(grace time.Duration) bool {
	for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGKILL} {
		r.send(s)
		late := time.NewTimer(grace)
		select {
		case <-r.ended:
			late.Stop()
			return true
		case <-late.C:
		}
	}
	return false
}

func (r *process) send(s unix.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.signal(s)
}
