package journal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"portcullis/durable"
)

// Open returns the log in dir for appending, and begins one if there is none.
// It puts in order what a power cut left, and says so in the log. It checks
// the last two files; [Verify] checks all.
func Open(dir string, key Key, options Options) (*Log, error) {
	if options.SegmentBytes <= 0 {
		options.SegmentBytes = 64 << 20
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	l := &Log{Key: key, options: options, dir: dir, sync: (*os.File).Sync, turn: make(chan struct{}, 1)}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("open log: %w", errors.Join(err, l.release()))
	}
	return l, nil
}

func (l *Log) open() error {
	if err := os.MkdirAll(l.dir, 0o700); err != nil {
		return err
	}
	if err := durable.SyncFolder(filepath.Dir(filepath.Clean(l.dir))); err != nil {
		return err
	}
	if err := l.takeLock(); err != nil {
		return err
	}
	files, err := segments(l.dir)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		if err := l.begin(); err != nil {
			return err
		}
	}
	note, err := l.resume(files)
	if err != nil {
		return err
	}
	return l.Append(context.Background(), Entry{Time: l.options.Now(), Kind: Opened, Detail: note})
}

func (l *Log) takeLock() error {
	lock, err := durable.Hold(filepath.Join(l.dir, "lock"), 0o600)
	if errors.Is(err, durable.ErrHeld) {
		return ErrLocked
	}
	l.lock = lock
	return err
}

// begin writes the head of a log without entries, unless there is one. It comes
// before the first entry, so that entries without a head are damage.
func (l *Log) begin() error {
	if h, _, err := readHead(l.dir, l.Key); err == nil && h.Seq > 0 {
		return &DamageError{headFile, 0, fmt.Sprintf("entry %d was acknowledged, and there are no files", h.Seq)}
	}
	f, err := os.OpenFile(filepath.Join(l.dir, headFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	w := headWriter{file: f, key: l.Key}
	zero := Head{Hash: firstPrev}
	return errors.Join(w.write(zero, l.sync), w.write(zero, l.sync), f.Close(), durable.SyncFolder(l.dir))
}

// resume finds the end of the log and puts it in order. It returns what it did.
func (l *Log) resume(files []segment) (note string, err error) {
	head, slot, err := readHead(l.dir, l.Key)
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(filepath.Join(l.dir, headFile), os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	l.headAt = headWriter{file: f, key: l.Key, slot: slot}
	l.head = head
	if len(files) == 0 {
		return "", nil
	}
	w := walk{dir: l.dir, report: Report{Head: head}}
	if err := w.run(files[max(0, len(files)-2):]); err != nil {
		return "", err
	}
	if w.report.Beyond > maxWaiting {
		return "", &DamageError{headFile, 0, fmt.Sprintf("%d entries follow on the one that was acknowledged last", w.report.Beyond)}
	}
	return l.settle(files[len(files)-1], w)
}

// settle takes in what stands behind the head, and sets aside what is torn.
func (l *Log) settle(last segment, w walk) (note string, err error) {
	l.segment, l.size = last.number, w.whole
	l.day = last.name[len("consultations-000000-") : len(last.name)-len(".jsonl")]
	if l.file, err = os.OpenFile(filepath.Join(l.dir, last.name), os.O_RDWR, 0o600); err != nil {
		return "", err
	}
	if w.report.Torn > 0 {
		note = fmt.Sprintf("%d bytes that are no entry were set aside; ", w.report.Torn)
		if err := l.setAside(w.report.Last.Seq); err != nil {
			return "", err
		}
	}
	if w.report.Beyond > 0 {
		note += fmt.Sprintf("%d entries were whole, but had not been acknowledged; ", w.report.Beyond)
	}
	if err := l.sync(l.file); err != nil { // a process that was killed may not have
		return "", err
	}
	if w.report.Entries > 0 {
		l.head = w.report.Last
	}
	return note, l.headAt.write(l.head, l.sync)
}

// setAside keeps what is no entry in a file of its own.
func (l *Log) setAside(after uint64) error {
	torn, err := io.ReadAll(io.NewSectionReader(l.file, l.size, 1<<40))
	if err != nil {
		return err
	}
	name := fmt.Sprintf("consultations-%06d-%d.torn", l.segment, after)
	if err := os.WriteFile(filepath.Join(l.dir, name), torn, 0o600); err != nil {
		return err
	}
	return errors.Join(durable.SyncFolder(l.dir), l.file.Truncate(l.size))
}

// release lets go of what a failed Open has taken.
func (l *Log) release() (err error) {
	for _, f := range []*os.File{l.file, l.headAt.file} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	if l.lock != nil {
		err = errors.Join(err, l.lock.Close())
	}
	return err
}
