package uapi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Flags say what a line is to be, or is.
type Flags uint64

// The flags that we ask for, by the kernel's numbers. Rising is from inactive to
// active.
const (
	Used        Flags = 1 << 0 // only told: somebody holds the line
	ActiveLow   Flags = 1 << 1
	Input       Flags = 1 << 2
	Output      Flags = 1 << 3
	RisingEdge  Flags = 1 << 4
	FallingEdge Flags = 1 << 5
	PullUp      Flags = 1 << 8
	PullDown    Flags = 1 << 9
	NoPull      Flags = 1 << 10
)

// Config says how a line is asked for.
type Config struct {
	Consumer string // who asks, for gpioinfo
	Flags    Flags
	Active   bool          // the first level of an output
	Debounce time.Duration // of an input, by the kernel, in steps of 1 µs; none if zero
	Edges    uint32        // how many edges the kernel should keep; 16 if zero
}

// A Line is a line that is held.
type Line struct{ file File }

// Get reads the level.
func (l *Line) Get() (active bool, err error) {
	record := values(false)
	if err := l.file.Ioctl(getValues, record); err != nil {
		return false, fmt.Errorf("read line: %w", err)
	}
	return order.Uint64(record)&theOneLine != 0, nil
}

// Set sets the level of an output.
func (l *Line) Set(active bool) error {
	if err := l.file.Ioctl(setValues, values(active)); err != nil {
		return fmt.Errorf("set line: %w", err)
	}
	return nil
}

// An Event is one edge of a line.
type Event struct {
	At      time.Duration // since the machine started, without the time it slept
	Rising  bool          // from inactive to active
	Seq     uint32        // counts the edges of the request
	LineSeq uint32        // counts the edges of the line
}

// Edges waits for edges for so long, and takes all that the kernel has kept, 16 at
// most. None is no error.
func (l *Line) Edges(wait time.Duration) ([]Event, error) {
	record := make([]byte, 16*eventSize)
	n, err := l.file.Read(record, wait)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, nil
	case err == nil && n == 0:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("wait for edges: %w", err)
	}
	var events []Event
	for ; n >= eventSize; n -= eventSize {
		events = append(events, decodeEvent(record))
		record = record[eventSize:]
	}
	return events, nil
}

// Close gives the line back to the kernel.
func (l *Line) Close() error { return l.file.Close() }
