package inside

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// An Output is a piece of what a program wrote, or its end.
type Output struct {
	Text  []byte
	Ended bool
	Exit  int // when it has ended; 128 and the signal's number for one that was killed
}

// A program is one that was started. What it writes goes through a pipe, so that
// one that nobody listens to waits, as at a terminal.
type program struct {
	cmd    *exec.Cmd
	output *os.File
}

func start(c Command) (*program, error) {
	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Dir = filepath.Dir(c.Args[0])
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close() // the program has its own
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, read.Close())
	}
	return &program{cmd: cmd, output: read}, nil
}

// next belongs to one caller at a time.
func (p *program) next() Output {
	buf := make([]byte, 4096)
	n, err := p.output.Read(buf)
	if err == nil {
		return Output{Text: buf[:n]}
	}
	var why []byte
	if !errors.Is(err, io.EOF) {
		why = fmt.Appendln(nil, err)
	}
	_ = p.output.Close() // it was only read
	_ = p.cmd.Wait()     // the exit code tells
	return Output{Text: why, Ended: true, Exit: exitCode(p.cmd.ProcessState)}
}

func exitCode(s *os.ProcessState) int {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return s.ExitCode()
}

func (p *program) signal(s syscall.Signal) error {
	err := p.cmd.Process.Signal(s)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}
