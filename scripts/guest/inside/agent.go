package inside

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// An Agent does what the host asks for. Its zero value is ready.
type Agent struct {
	mu       sync.Mutex // guards programs
	programs []*program
}

// A Command is a program to be started, in its own folder.
type Command struct {
	Args []string
	Env  []string // beside that of the machine
}

// A Signal is one for a program that was started.
type Signal struct {
	Handle int
	Number syscall.Signal
}

// A File is what stands, or is to stand, in a file.
type File struct {
	Path string
	Data []byte
}

// Start starts a program, and returns its handle.
func (a *Agent) Start(c Command, handle *int) error {
	p, err := start(c)
	if err != nil {
		return fmt.Errorf("start %s: %w", c.Args[0], err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.programs = append(a.programs, p)
	*handle = len(a.programs) - 1
	return nil
}

// Next waits for more output of a program, or for its end.
func (a *Agent) Next(handle int, out *Output) error {
	p, err := a.program(handle)
	if err != nil {
		return err
	}
	*out = p.next()
	return nil
}

// Signal sends a signal to a program. One that has ended takes none, which is no
// error.
func (a *Agent) Signal(s Signal, _ *struct{}) error {
	p, err := a.program(s.Handle)
	if err != nil {
		return err
	}
	return p.signal(s.Number)
}

func (a *Agent) program(handle int) (*program, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if handle < 0 || handle >= len(a.programs) {
		return nil, fmt.Errorf("no program has the handle %d", handle)
	}
	return a.programs[handle], nil
}

// Read returns what stands in a file, those of /sys and /proc included.
func (*Agent) Read(path string, data *[]byte) (err error) {
	*data, err = os.ReadFile(path)
	return err
}

// Write writes a file, in one call of the kernel, as those of /sys need it.
func (*Agent) Write(f File, _ *struct{}) error { return os.WriteFile(f.Path, f.Data, 0o644) }

// Mkdir makes a folder and those above it.
func (*Agent) Mkdir(path string, _ *struct{}) error { return os.MkdirAll(path, 0o755) }

// Await waits until a path is there, which may be a pattern, and returns it. It
// gives up after a minute.
func (*Agent) Await(pattern string, path *string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	*path, err = await(ctx, pattern)
	return err
}

// lookTime is how often a path is looked for: /sys tells nobody of what appears.
const lookTime = 20 * time.Millisecond

func await(ctx context.Context, pattern string) (string, error) {
	tick := time.NewTicker(lookTime)
	defer tick.Stop()
	for {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) > 0 {
			return first(found), err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return "", fmt.Errorf("wait for %s: %w", pattern, fs.ErrNotExist)
		}
	}
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
