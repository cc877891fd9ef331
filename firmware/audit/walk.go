package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// A Report says what a walk through a log found.
type Report struct {
	Log            string // its random id
	Entries        uint64 // whole ones
	Files          int
	Head           Head   // as the head file has it
	Unacknowledged bool   // the last entry was durable, but its writer stopped before it was acknowledged
	Torn           int    // bytes behind the last entry that are none: left by a power cut, or being written now
	Last           Record // the last whole entry
}

// Verify reads the whole log in dir and returns a [*DamageError] for the first
// entry that is not what was written, or [ErrNoLog]. It takes no lock: the log
// may be written to meanwhile.
func Verify(dir string) (Report, error) { return Walk(dir, func(Record) error { return nil }) }

// Walk verifies the log in dir like [Verify], and hands over each entry that
// fits to all before it. It stops at the first error, its own or that of visit.
func Walk(dir string, visit func(Record) error) (Report, error) {
	w := walk{dir: osFolder(dir), visit: visit}
	if err := w.run(1); err != nil {
		return w.report, fmt.Errorf("read log: %w", err)
	}
	if w.report.Entries == 0 && w.report.Torn == 0 {
		return w.report, fmt.Errorf("read log: %w", ErrNoLog)
	}
	return w.report, nil
}

// A walk goes through the files of a log in order.
type walk struct {
	dir     folder
	visit   func(Record) error
	trusted bool // the first entry met is believed as to what came before it

	report   Report
	n        int // number of the file that the walk is in
	at       *cursor
	followed bool   // there is a file after it
	torn     []byte // behind the last whole entry
	before   place  // of the last whole entry
}

// A place is where an entry stands.
type place struct {
	file string
	line int
}

// run walks from the n-th file to the end, and holds what it found to the head.
// The head is read before the entries and again after them, so that entries
// that are added meanwhile are no damage.
func (w *walk) run(n int) error {
	head, err := readHead(w.dir)
	if err != nil {
		return err
	}
	w.report.Head, w.report.Log = head, head.Log
	for w.n = n; ; w.n++ {
		more, err := w.file()
		if err != nil {
			return err
		}
		if !more {
			return w.end()
		}
	}
}

// file walks through the current file; more says that there is another one. A
// log that is being written to may grow and be rolled at the end of the file,
// so that a next file is looked for first, and then the end is read again.
func (w *walk) file() (more bool, err error) {
	if w.at, err = w.openFile(); w.at == nil {
		return false, err
	}
	defer w.at.file.Close()
	w.report.Files++
	w.followed = false
	for {
		text, err := w.at.next()
		if errors.Is(err, io.EOF) && !w.followed {
			if w.followed, err = w.nextFile(); err != nil {
				return false, err
			}
			w.at.rewind()
			text, err = w.at.next()
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return false, err
		}
		if len(text) == 0 {
			return w.followed, nil
		}
		if torn, err := w.line(text); torn || err != nil {
			return false, err
		}
	}
}

func (w *walk) nextFile() (exists bool, err error) {
	last, err := lastSegment(w.dir)
	return last > w.n, err
}

// openFile returns nil at the end of the log. A file that is not there must
// have none behind it, unless it was made just now.
func (w *walk) openFile() (*cursor, error) {
	at, err := openCursor(w.dir, w.n)
	if at != nil || err != nil {
		return at, err
	}
	last, err := lastSegment(w.dir)
	if err != nil || last < w.n {
		return nil, err
	}
	if at, err = openCursor(w.dir, w.n); at == nil && err == nil {
		err = w.damage(Missing, w.wanted(), place{file: segmentName(w.n)}, "the file is not there, while later ones are")
	}
	return at, err
}

// line takes one line in. If it is torn, nothing follows it.
func (w *walk) line(text []byte) (torn bool, err error) {
	here := place{w.at.name, w.at.number}
	r, err := decode(text)
	if err != nil {
		if torn, err := w.isTorn(text); torn || err != nil {
			return true, err
		}
		return true, w.damage(Changed, w.wanted(), here, err.Error())
	}
	if w.trusted && w.report.Entries == 0 {
		w.report.Last = Record{Seq: r.Seq - 1, Hash: r.Prev}
	}
	if err := w.fits(r, here); err != nil {
		return true, err
	}
	w.report.Last, w.before = r, here
	w.report.Entries++
	return false, w.visit(r)
}

// isTorn reports whether a line that is no entry is what a power cut leaves: it
// was never acknowledged, and stands at the very end.
func (w *walk) isTorn(text []byte) (bool, error) {
	if w.report.Last.Seq < w.report.Head.Seq || len(text) >= MaxLine {
		return false, nil
	}
	if last, err := w.isLast(text); !last || err != nil {
		return false, err
	}
	w.torn, w.report.Torn = bytes.Clone(text), len(text)
	return true, nil
}

// isLast reports whether nothing follows a line. One that is not ended stands at
// the end of its file, and whether there is a next one was seen before it was
// read: by now its writer may have gone on.
func (w *walk) isLast(text []byte) (bool, error) {
	if !bytes.HasSuffix(text, []byte("\n")) {
		return !w.followed, nil
	}
	next, err := w.nextFile()
	return !next && w.at.atEnd(), err
}

// end holds the last entry to the head.
func (w *walk) end() error {
	last := w.report.Last.Seq
	if last < w.report.Head.Seq {
		return w.damage(CutOff, last+1, place{file: w.lastName()}, fmt.Sprintf("entries up to %d were acknowledged", w.report.Head.Seq))
	}
	head, err := readHead(w.dir)
	if err != nil {
		return err
	}
	if last > head.Seq+1 {
		return w.damage(BeyondHead, head.Seq+2, place{file: headFile}, fmt.Sprintf("the head names entry %d", head.Seq))
	}
	w.report.Unacknowledged = last == head.Seq+1
	return nil
}

func (w *walk) lastName() string { return segmentName(max(1, w.n-1)) }

func (w *walk) wanted() uint64 { return w.report.Last.Seq + 1 }

func (w *walk) damage(d Damage, seq uint64, at place, why string) error {
	return &DamageError{Damage: d, Seq: seq, File: at.file, Line: at.line, Why: why}
}
