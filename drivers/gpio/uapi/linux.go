package uapi

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Kernel is where chips are. It is Linux, or a test's.
type Kernel interface {
	// Chips returns the paths of the chips there are.
	Chips() ([]string, error)
	// Open opens a chip.
	Open(path string) (File, error)
}

// A File is an open chip, or a line that was asked for.
type File interface {
	// Ioctl does a request on a record, which it may change.
	Ioctl(request uint32, record []byte) error
	// Read reads edges of a line. It waits for the first of them for so long,
	// and then returns os.ErrDeadlineExceeded.
	Read(p []byte, wait time.Duration) (int, error)
	// Line returns the file whose descriptor a request has put into its record.
	Line(fd int32) File
	Close() error
}

// Linux returns the kernel of this machine, whose chips are in /dev.
func Linux() Kernel { return linux{} }

type linux struct{}

func (linux) Chips() ([]string, error) { return filepath.Glob("/dev/gpiochip*") }

func (linux) Open(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

type file struct{ f *os.File }

// Ioctl holds on to the descriptor for as long as the call takes, so that Close
// cannot give its number to another file meanwhile.
func (f file) Ioctl(request uint32, record []byte) error {
	conn, err := f.f.SyscallConn()
	if err != nil {
		return err
	}
	var errno unix.Errno
	err = conn.Control(func(fd uintptr) {
		for {
			_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), uintptr(unsafe.Pointer(&record[0])))
			if errno != unix.EINTR {
				return
			}
		}
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}

func (f file) Read(p []byte, wait time.Duration) (int, error) {
	if err := f.f.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return 0, err
	}
	return f.f.Read(p)
}

// Line wraps a descriptor of a line. It does not block, so that waiting for edges
// is the runtime's and ends with Close.
func (f file) Line(fd int32) File {
	err := unix.SetNonblock(int(fd), true)
	line := os.NewFile(uintptr(fd), "gpio line of "+f.f.Name())
	if err != nil || line == nil {
		return broken{errors.Join(fmt.Errorf("file %d of the kernel cannot be used", fd), err)}
	}
	return file{line}
}

func (f file) Close() error { return f.f.Close() }

// broken is a file that cannot be used.
type broken struct{ err error }

func (b broken) Ioctl(uint32, []byte) error              { return b.err }
func (b broken) Read([]byte, time.Duration) (int, error) { return 0, b.err }
func (b broken) Line(int32) File                         { return b }
func (b broken) Close() error                            { return nil }
