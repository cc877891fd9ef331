package drivertest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"periph.io/x/conn/v3/gpio"

	"portcullis/drivers/gpio/uapi"
)

// Kernel returns the kernel as the program sees it: version 2 of the interface of
// /dev/gpiochipN, record by record.
func (p *Process) Kernel() uapi.Kernel { return kernel{p} }

type kernel struct{ process *Process }

func (k kernel) path() string {
	k.process.chip.mu.Lock()
	defer k.process.chip.mu.Unlock()
	return fmt.Sprintf("/dev/gpiochip%d", k.process.chip.number)
}

func (k kernel) Chips() ([]string, error) { return []string{k.path()}, nil }

func (k kernel) Open(path string) (uapi.File, error) {
	if path != k.path() {
		return nil, &os.PathError{Op: "open", Path: path, Err: syscall.ENOENT}
	}
	return &chipFile{process: k.process, path: path}, nil
}

// chipFile is an open chip.
type chipFile struct {
	process *Process
	path    string
}

var native = binary.NativeEndian

func (f *chipFile) Ioctl(request uint32, r []byte) error {
	if len(r) != int(request>>16&0x3fff) {
		return syscall.EFAULT
	}
	switch request {
	case 0x8044B401:
		copy(r, filepath.Base(f.path))
		copy(r[32:], f.process.chip.label)
		native.PutUint32(r[64:], uint32(len(f.process.chip.names)))
		return nil
	case 0xC100B405:
		return f.info(r)
	case 0xC250B407:
		return f.request(r)
	}
	return syscall.ENOTTY
}

func (f *chipFile) info(r []byte) error {
	offset := native.Uint32(r[64:])
	if offset >= uint32(len(f.process.chip.names)) {
		return syscall.EINVAL
	}
	name := f.process.chip.names[offset]
	f.process.chip.with(name, func(l *wire) {
		copy(r, name)
		copy(r[32:], l.consumer)
		if l.owner != nil {
			native.PutUint64(r[72:], 1)
		}
	})
	return nil
}

// The bits of a request's flags.
const (
	flagLow, flagInput, flagOutput    = 1 << 1, 1 << 2, 1 << 3
	flagRising, flagFalling           = 1 << 4, 1 << 5
	flagPullUp, flagPullDown, flagAny = 1 << 8, 1 << 9, 1<<1 | 1<<2 | 1<<3 | 1<<4 | 1<<5 | 1<<8 | 1<<9 | 1<<10
)

// request gives out one line, as the kernel would: whole, or not at all.
func (f *chipFile) request(r []byte) (err error) {
	flags, offset := native.Uint64(r[288:]), native.Uint32(r)
	values, debounce, ok := attributes(r, flags)
	if !ok || native.Uint32(r[560:]) != 1 || offset >= uint32(len(f.process.chip.names)) ||
		len(bytes.Trim(r[300:320], "\x00"))+len(bytes.Trim(r[568:588], "\x00")) > 0 {
		return syscall.EINVAL
	}
	line := &lineFile{process: f.process, name: f.process.chip.names[offset], closed: make(chan struct{})}
	f.process.chip.with(line.name, func(l *wire) {
		if line.fd, err = l.request(f.process); err != nil {
			err = syscall.EBUSY
			return
		}
		name, _, _ := bytes.Cut(r[256:288], []byte{0})
		l.consumer, l.low, l.debounce = string(name), flags&flagLow != 0, debounce
		l.output, l.drives = flags&flagOutput != 0, gpio.Level((values&1 != 0) != l.low)
		l.edges, l.pull = asked(flags)
		l.settled = l.level()
		f.process.files = append(f.process.files, line)
		native.PutUint32(r[588:], uint32(len(f.process.files)))
	})
	return err
}

// attributes reads what a request says beyond its flags, and whether the kernel
// would have it.
func attributes(r []byte, flags uint64) (values uint64, debounce time.Duration, ok bool) {
	in, out := flags&flagInput != 0, flags&flagOutput != 0
	ok = in != out && flags&^flagAny == 0 && (in || flags&(flagRising|flagFalling) == 0)
	n := native.Uint32(r[296:])
	for i := range min(n, 10) {
		at := r[320+24*i:]
		if native.Uint64(at[16:])&1 == 0 {
			continue
		}
		switch native.Uint32(at) {
		case 2:
			values, ok = native.Uint64(at[8:]), ok && out
		case 3:
			debounce, ok = time.Duration(native.Uint32(at[8:]))*time.Microsecond, ok && in
		default:
			ok = false
		}
	}
	return values, debounce, ok && n <= 10
}

func asked(flags uint64) (edges gpio.Edge, pull gpio.Pull) {
	edges = map[uint64]gpio.Edge{
		flagRising: gpio.RisingEdge, flagFalling: gpio.FallingEdge, flagRising | flagFalling: gpio.BothEdges,
	}[flags&(flagRising|flagFalling)]
	pull = gpio.PullNoChange
	switch {
	case flags&flagPullUp != 0:
		pull = gpio.PullUp
	case flags&flagPullDown != 0:
		pull = gpio.PullDown
	}
	return edges, pull
}

func (f *chipFile) Read([]byte, time.Duration) (int, error) { return 0, syscall.EINVAL }
func (f *chipFile) Line(fd int32) uapi.File {
	f.process.chip.mu.Lock()
	defer f.process.chip.mu.Unlock()
	return f.process.files[fd-1]
}

// Close closes the chip. What was asked for stays held.
func (f *chipFile) Close() error { return nil }

// lineFile is a line that was asked for.
type lineFile struct {
	process *Process
	name    string
	fd      int
	closed  chan struct{}
}

func (f *lineFile) Ioctl(request uint32, r []byte) (err error) {
	f.process.chip.with(f.name, func(l *wire) {
		switch err = l.holds(f.process, f.fd); {
		case err != nil:
		case request == 0xC010B40E:
			level := l.level()
			if l.debounce > 0 {
				level = l.settled
			}
			native.PutUint64(r, map[bool]uint64{true: 1}[bool(level) != l.low])
		case request == 0xC010B40F && l.output:
			l.drives = gpio.Level((native.Uint64(r)&1 != 0) != l.low)
		case request == 0xC010B40F:
			err = syscall.EPERM
		default:
			err = syscall.ENOTTY
		}
	})
	return err
}

// Read takes edges, and waits for the first of them.
func (f *lineFile) Read(p []byte, wait time.Duration) (n int, err error) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		var wake chan struct{}
		f.process.chip.with(f.name, func(l *wire) {
			if err = l.holds(f.process, f.fd); err == nil {
				n, wake = l.take(p), l.wake
			}
		})
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-wake:
		case <-timer.C:
			return 0, os.ErrDeadlineExceeded
		case <-f.closed:
			return 0, os.ErrClosed
		}
	}
}

// take writes queued edges as the kernel's records.
func (l *wire) take(p []byte) (n int) {
	for ; len(l.events) > 0 && len(p) >= 48; n += 48 {
		e := l.events[0]
		clear(p[:48])
		native.PutUint64(p, uint64(e.at))
		native.PutUint32(p[8:], map[bool]uint32{true: 1, false: 2}[e.rising])
		native.PutUint32(p[16:], e.seq)
		native.PutUint32(p[20:], e.seq)
		l.events, p = l.events[1:], p[48:]
	}
	return n
}

func (f *lineFile) Line(int32) uapi.File { return f }

// Close gives the line back to the kernel, which makes it an input.
func (f *lineFile) Close() (err error) {
	f.process.chip.with(f.name, func(l *wire) {
		select {
		case <-f.closed:
			err = os.ErrClosed
			return
		default:
		}
		close(f.closed)
		if l.holds(f.process, f.fd) == nil {
			l.release()
		}
	})
	return err
}
