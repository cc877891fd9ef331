package authority

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"portcullis/protocol"
)

// An event is a line of the journal.
type event struct {
	Event  string        `json:"event"`
	At     time.Time     `json:"at"`
	Role   protocol.Role `json:"role,omitempty"`
	Name   string        `json:"name,omitempty"`
	Serial string        `json:"serial,omitempty"`
	Key    string        `json:"key,omitempty"` // SHA-256 of the public key
	Until  time.Time     `json:"until,omitzero"`
	Why    string        `json:"why,omitempty"`
}

// The kinds of events.
const (
	issued     = "issued"
	revoked    = "revoked"
	barred     = "barred"
	readmitted = "readmitted"
)

// A journal is the file of events and what follows from those read so far.
type journal struct {
	mu    sync.Mutex
	file  *os.File
	read  int64 // bytes that are in state
	state state
}

func openJournal(name string) (*journal, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &journal{file: f, state: newState()}
	if err := j.view(func(*state) {}); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return j, nil
}

// view calls f with the state that all events lead to, those of other processes
// too.
func (j *journal) view(f func(*state)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.catchUp(); err != nil {
		return err
	}
	f(&j.state)
	return nil
}

// catchUp reads what was appended since. A line without an end is one that is
// being written, or that a crash has cut: it had no effect yet.
func (j *journal) catchUp() error {
	info, err := j.file.Stat()
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	if info.Size() == j.read {
		return nil
	}
	if info.Size() < j.read {
		return errors.New("read journal: it is shorter than it was")
	}
	data, err := io.ReadAll(io.NewSectionReader(j.file, j.read, info.Size()-j.read))
	if err != nil {
		return fmt.Errorf("read journal: %w", err)
	}
	for {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		if !whole {
			return nil
		}
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("read journal: at byte %d: %w", j.read, err)
		}
		if err := j.state.apply(e); err != nil {
			return fmt.Errorf("read journal: at byte %d: %w", j.read, err)
		}
		j.read, data = j.read+int64(len(line))+1, rest
	}
}

// append decides on events by the state, while no other process can change it,
// and returns when they are on the disk.
func (j *journal) append(decide func(*state) ([]event, error)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := unix.Flock(int(j.file.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock journal: %w", err)
	}
	defer unix.Flock(int(j.file.Fd()), unix.LOCK_UN)
	if err := j.catchUp(); err != nil {
		return err
	}
	events, err := decide(&j.state)
	if err != nil || len(events) == 0 {
		return err
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	for _, e := range events {
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
	}
	// Whatever is left of a line that a crash has cut would spoil this one.
	if err := j.file.Truncate(j.read); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	if _, err := j.file.Write(lines.Bytes()); err != nil {
		return fmt.Errorf("write journal: %w", errors.Join(err, j.file.Truncate(j.read)))
	}
	if err := j.file.Sync(); err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return j.catchUp()
}
