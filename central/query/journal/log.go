package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portcullis/durable"
)

// The reasons for which no entry is taken. None but ErrBusy passes by itself,
// and what a full disk is.
var (
	ErrBusy   = errors.New("too many entries wait to be written")
	ErrClosed = errors.New("the log is closed")
	ErrBroken = errors.New("the disk failed, and nobody knows what it holds: open the log anew")
	ErrLocked = errors.New("another process appends to the log")
)

// maxWaiting bounds the entries that wait to be written, and thereby those that
// are written together and may stand behind the head.
const maxWaiting = 4096

// Options say how a log is kept. The zero value is usable.
type Options struct {
	SegmentBytes int64            // when a file is full; 0 means 64 MiB
	Now          func() time.Time // decides on the day of a file; nil means time.Now
}

// A Log takes entries. It is made by [Open], and safe for use by several
// goroutines.
type Log struct {
	Key
	options Options
	dir     string
	lock    *durable.Lock
	sync    func(*os.File) error

	mu      sync.Mutex // guards waiting
	waiting []*pending

	turn    chan struct{} // held by who writes: guards what follows
	broken  error
	head    Head
	headAt  headWriter
	segment int
	day     string
	file    *os.File
	size    int64
}

// pending is an entry that waits to be written.
type pending struct {
	entry Entry
	done  chan struct{} // closed when err is known
	err   error
}

// Append adds an entry. When it returns nil, the entry is on the disk and will
// be there after a power cut. When it returns an error, what is to follow from
// the entry must not be done; it may yet be in the log. Append may outstay its
// context while the disk does not answer.
func (l *Log) Append(ctx context.Context, e Entry) error {
	p := &pending{entry: e, done: make(chan struct{})}
	l.mu.Lock()
	full := len(l.waiting) == maxWaiting
	if !full {
		l.waiting = append(l.waiting, p)
	}
	l.mu.Unlock()
	if full {
		return fmt.Errorf("append to log: %w", ErrBusy)
	}
	if err := l.await(ctx, p); err != nil {
		return fmt.Errorf("append to log: %w", err)
	}
	return nil
}

// await waits until the entry was written, by whoever's turn it is.
func (l *Log) await(ctx context.Context, p *pending) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return ctx.Err()
	case l.turn <- struct{}{}:
		l.commit()
		<-l.turn
		<-p.done // by this commit or one before
		return p.err
	}
}

// commit writes all that waits.
func (l *Log) commit() {
	l.mu.Lock()
	group := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	err := l.write(group)
	for _, p := range group {
		if p.err == nil {
			p.err = err
		}
		close(p.done)
	}
}

// write makes entries durable. Lines that could not be written whole are taken
// back, and the log goes on; after a failed sync nobody knows what the disk
// holds, so the log does not.
func (l *Log) write(group []*pending) error {
	if l.broken != nil || len(group) == 0 {
		return l.broken
	}
	if err := l.roll(); err != nil {
		return err
	}
	text, next := l.encode(group)
	if _, err := l.file.WriteAt(text, l.size); err != nil {
		if undo := l.file.Truncate(l.size); undo != nil {
			return l.fail(errors.Join(err, undo))
		}
		return err
	}
	if err := l.sync(l.file); err != nil {
		return l.fail(err)
	}
	if err := l.headAt.write(next, l.sync); err != nil {
		return l.fail(err)
	}
	l.head, l.size = next, l.size+int64(len(text))
	return nil
}

// encode chains the entries. One that cannot be a line is refused alone.
func (l *Log) encode(group []*pending) (text []byte, next Head) {
	next = l.head
	for _, p := range group {
		line, head, err := encode(p.entry, next)
		if err != nil {
			p.err = err
			continue
		}
		text, next = append(text, line...), head
	}
	return text, next
}

// roll goes on in a new file when the old one is full or of another day.
func (l *Log) roll() error {
	day := l.options.Now().UTC().Format(time.DateOnly)
	if l.file != nil && (l.size == 0 || day == l.day && l.size < l.options.SegmentBytes) {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(l.dir, segmentName(l.segment+1, day)), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := durable.SyncFolder(l.dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if l.file != nil {
		err = l.file.Close() // all in it was synced
	}
	l.file, l.segment, l.day, l.size = f, l.segment+1, day, 0
	return err
}

func (l *Log) fail(err error) error {
	l.broken = fmt.Errorf("%w: %w", ErrBroken, err)
	return l.broken
}

// Head returns the last acknowledged entry, which whoever wants to notice that
// the whole log was put back remembers elsewhere.
func (l *Log) Head() Head {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	return l.head
}

// Close writes what waits, and releases the log.
func (l *Log) Close() error {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if errors.Is(l.broken, ErrClosed) {
		return nil
	}
	l.commit()
	l.broken = ErrClosed
	return errors.Join(l.file.Close(), l.headAt.file.Close(), l.lock.Close())
}
