package firmware

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/firmware/health"
)

// proveEvery is how often the disk is tried when the log has not been.
const proveEvery = 30 * time.Second

// A Storage tries the disk of a folder, and beats each time that the disk has
// answered. What stands in its own one block is nobody's business.
type Storage struct {
	Dir   string
	Pulse *health.Pulse
	Every time.Duration // how often it tries; 30 s when zero
}

// Run tries the disk until ctx is done. While entries of the log beat the pulse
// in its place it writes nothing: a card has only so many writes.
func (s Storage) Run(ctx context.Context) error {
	every := s.Every
	if every == 0 {
		every = proveEvery
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	last := s.Pulse.Now().Count
	for {
		if s.Pulse.Now().Count == last && !s.try(ctx) {
			return nil
		}
		last = s.Pulse.Now().Count
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// try tries the disk once. It returns false when ctx is done first: a disk that
// does not answer is not waited for then, and keeps a goroutine until it does.
func (s Storage) try(ctx context.Context) bool {
	tried := make(chan error, 1)
	go func() { tried <- proveDisk(s.Dir) }()
	select {
	case err := <-tried:
		s.beat(err)
		return true
	case <-ctx.Done():
		return false
	}
}

// beat says what the disk has answered. That it is full is the lane's business: a
// restart makes no room.
func (s Storage) beat(err error) {
	if err == nil || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		s.Pulse.Beat()
		return
	}
	s.Pulse.Fail(err.Error())
}

// ErrUnread says that a disk did not return what was written to it.
var ErrUnread = errors.New("the disk does not return what was written to it")

// proveDisk overwrites one small file in place, has it made durable, and reads it
// back from the disk, as far as the kernel can be made to forget its own copy.
func proveDisk(dir string) error {
	f, err := os.OpenFile(filepath.Join(dir, "disk.proof"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("try disk: %w", err)
	}
	defer f.Close()
	wrote := binary.BigEndian.AppendUint64([]byte("portcull"), uint64(time.Now().UnixNano()))
	if _, err = f.WriteAt(wrote, 0); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return fmt.Errorf("try disk: %w", err)
	}
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // a file system in memory cannot
	read := make([]byte, len(wrote))
	if _, err := f.ReadAt(read, 0); err != nil && err != io.EOF {
		return fmt.Errorf("try disk: %w", err)
	}
	if !bytes.Equal(read, wrote) {
		return fmt.Errorf("try disk: %w", ErrUnread)
	}
	return nil
}
