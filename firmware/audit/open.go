package audit

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
)

// The kinds of the entries that a log writes about itself.
const (
	KindOpened    = "log-opened" // the first entry of every log
	KindRecovered = "recovered"  // what a power cut left was put in order
)

// Open returns the log in dir for appending, and begins one if there is none.
// It puts in order what a power cut left, and checks the last two files; it
// returns a [*DamageError] if they are not what was written. [Verify] checks all.
func Open(dir string, options Options) (*Log, error) {
	d, err := makeFolder(dir)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", explain(err))
	}
	l, err := open(d, options)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", explain(err))
	}
	return l, nil
}

func open(dir folder, options Options) (*Log, error) {
	lock, err := dir.lock()
	if err != nil {
		return nil, err
	}
	l := &Log{options: options.withDefaults(), dir: dir, lock: lock}
	if err := l.start(); err != nil {
		for _, f := range []file{l.file, l.headAt} {
			if f != nil {
				f.Close()
			}
		}
		return nil, errors.Join(err, lock.Close())
	}
	return l, nil
}

// start finds the end of the log, puts it in order, and gets ready to append.
func (l *Log) start() error {
	last, err := lastSegment(l.dir)
	if err != nil {
		return err
	}
	w := walk{dir: l.dir, visit: func(Record) error { return nil }, trusted: last > 2}
	if err := w.run(max(1, last-1)); err != nil {
		return err
	}
	l.head, l.segment = w.report.Head, max(1, last)
	if l.head.Log == "" {
		l.head.Log = w.report.Log
	}
	if err := l.openFiles(int64(len(w.torn))); err != nil {
		return err
	}
	done, err := l.recover(&w)
	if err != nil {
		return err
	}
	return l.note(done)
}

// openFiles opens the last file and the head, and makes their names durable,
// and what stands in the file: a process that was killed may not have.
func (l *Log) openFiles(torn int64) (err error) {
	if l.file, err = create(l.dir, segmentName(l.segment)); err != nil {
		return err
	}
	if l.headAt, err = create(l.dir, headFile); err != nil {
		return err
	}
	size, err := l.file.size()
	if err != nil {
		return err
	}
	l.size = size - torn
	return l.file.Sync()
}

// recover puts the end of the log in order and returns what it did, in words.
func (l *Log) recover(w *walk) (done string, err error) {
	if w.report.Unacknowledged {
		l.head.Seq, l.head.Hash = w.report.Last.Seq, w.report.Last.Hash
		if err := l.head.write(l.headAt); err != nil {
			return "", err
		}
		done = fmt.Sprintf("entry %d was whole, but had not been acknowledged", l.head.Seq)
	}
	if len(w.torn) == 0 {
		return done, nil
	}
	name, err := l.setAside(w.torn)
	if err != nil {
		return "", err
	}
	if err := l.file.Truncate(l.size); err != nil {
		return "", err
	}
	if done != "" {
		done += "; "
	}
	return done + fmt.Sprintf("%d bytes that are no entry were set aside in %s", len(w.torn), name), nil
}

// setAside keeps what is no entry in a file of its own, and returns its name.
func (l *Log) setAside(torn []byte) (string, error) {
	name, err := l.freeName(fmt.Sprintf("audit-%06d-%d", l.segment, l.head.Seq+1))
	if err != nil {
		return "", err
	}
	f, err := create(l.dir, name)
	if err != nil {
		return "", err
	}
	if err := writeAt(f, torn, 0); err != nil {
		return "", errors.Join(err, f.Close())
	}
	return name, errors.Join(f.Sync(), f.Close())
}

// freeName returns a name that no file has: the power may have been cut during
// an earlier recovery too.
func (l *Log) freeName(stem string) (string, error) {
	names, err := l.dir.list()
	if err != nil {
		return "", err
	}
	name := stem + ".torn"
	for n := 2; slices.Contains(names, name); n++ {
		name = fmt.Sprintf("%s-%d.torn", stem, n)
	}
	return name, nil
}

// note writes the first entry of a new log, or the one that says what was put
// in order.
func (l *Log) note(done string) error {
	if l.head.Seq == 0 {
		l.head.Log = newID()
		if err := l.append(Entry{Kind: KindOpened, Log: l.head.Log}); err != nil {
			return err
		}
	}
	if done == "" {
		return nil
	}
	return l.append(Entry{Kind: KindRecovered, Detail: done})
}

func newID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails: see crypto/rand
	return hex.EncodeToString(id[:])
}
