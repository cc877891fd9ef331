package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Options say how a log is kept. The zero value is usable.
type Options struct {
	SegmentBytes int64            // a file is not made longer than this; 0 means 8 MiB
	Policy       string           // version of the policy, for entries that name none
	Software     string           // version of the program, for entries that name none
	Clock        func() time.Time // for entries without a time; nil means time.Now
}

func (o Options) withDefaults() Options {
	if o.SegmentBytes <= 0 {
		o.SegmentBytes = 8 << 20
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o
}

// A Log takes entries. It is made by [Open], and safe for use by several
// goroutines.
type Log struct {
	options Options
	dir     folder
	lock    io.Closer

	mu      sync.Mutex // guards what follows
	broken  error      // why no entry is taken any more
	head    Head       // the last acknowledged entry
	headAt  file
	segment int // number of the file that is written to
	file    file
	size    int64 // of the whole lines in it
}

// Append adds an entry. When it returns nil, the entry is on the disk and will
// be there after a power cut. When it returns an error, the entry has not been
// acknowledged and what is to follow from it must not be done.
func (l *Log) Append(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.append(e); err != nil {
		return fmt.Errorf("append to log: %w", explain(err))
	}
	return nil
}

func (l *Log) append(e Entry) error {
	if l.broken != nil {
		return l.broken
	}
	next := Head{Log: l.head.Log, Seq: l.head.Seq + 1}
	text, hash, err := encode(l.complete(e), next.Seq, l.previous(), newSalt())
	if err != nil {
		return err
	}
	next.Hash = hash
	if l.size > 0 && l.size+int64(len(text)) > l.options.SegmentBytes {
		if err := l.roll(); err != nil {
			return err
		}
	}
	if err := l.write(text); err != nil {
		return err
	}
	if err := next.write(l.headAt); err != nil {
		return l.fail(err)
	}
	l.head, l.size = next, l.size+int64(len(text))
	return nil
}

func (l *Log) complete(e Entry) Entry {
	if e.Time.IsZero() {
		e.Time = l.options.Clock()
	}
	if e.Policy == "" {
		e.Policy = l.options.Policy
	}
	if e.Software == "" {
		e.Software = l.options.Software
	}
	return e
}

func (l *Log) previous() string {
	if l.head.Seq == 0 {
		return firstPrev
	}
	return l.head.Hash
}

// write makes one line durable. A line that could not be written whole is taken
// back, and the log goes on; after a failed sync nobody knows what the disk
// holds, so the log does not.
func (l *Log) write(text []byte) error {
	if err := writeAt(l.file, text, l.size); err != nil {
		if undo := l.file.Truncate(l.size); undo != nil {
			return l.fail(errors.Join(err, undo))
		}
		return err
	}
	if err := l.file.Sync(); err != nil {
		return l.fail(err)
	}
	return nil
}

// roll goes on in a new file.
func (l *Log) roll() error {
	f, err := create(l.dir, segmentName(l.segment+1))
	if err != nil {
		return err
	}
	old := l.file
	l.file, l.segment, l.size = f, l.segment+1, 0
	return old.Close()
}

// create makes a file whose name is durable.
func create(dir folder, name string) (file, error) {
	f, err := dir.open(name, toCreate)
	if err != nil {
		return nil, err
	}
	if err := dir.sync(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (l *Log) fail(err error) error {
	l.broken = fmt.Errorf("%w: %w", ErrBroken, explain(err))
	return l.broken
}

// Head returns the last acknowledged entry. What leaves the device may carry
// it, as a witness against a log that is rewritten as a whole.
func (l *Log) Head() Head {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.head
}

// Close releases the log. Every acknowledged entry is already on the disk.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.broken, ErrClosed) {
		return nil
	}
	l.broken = ErrClosed
	return errors.Join(l.file.Close(), l.headAt.Close(), l.lock.Close())
}

// newSalt keeps an entry's commitment from being guessed.
func newSalt() (salt [saltLen / 2]byte) {
	rand.Read(salt[:]) // never fails: see crypto/rand
	return salt
}
