package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A segment is one file of a log.
type segment struct {
	number int
	name   string
}

func segmentName(number int, day string) string {
	return fmt.Sprintf("consultations-%06d-%s.jsonl", number, day)
}

// segments returns the files of a log in their order.
func segments(dir string) (all []segment, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		s := segment{name: e.Name()}
		if _, err := fmt.Sscanf(s.name, "consultations-%d-", &s.number); err == nil && strings.HasSuffix(s.name, ".jsonl") {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b segment) int { return a.number - b.number })
	for i := 1; i < len(all); i++ {
		if all[i].number != all[i-1].number+1 {
			return nil, &DamageError{all[i].name, 0, "the file before it is missing"}
		}
	}
	return all, nil
}

// A DamageError says where a log is not what was written.
type DamageError struct {
	File string
	Line int // 0 for the file as a whole
	Why  string
}

// Error names the place.
func (e *DamageError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("log damaged: %s: %s", e.File, e.Why)
	}
	return fmt.Sprintf("log damaged: %s:%d: %s", e.File, e.Line, e.Why)
}

// A Report says what a log holds.
type Report struct {
	First   uint64 // number of the first entry that is there; 0 when none is
	Last    Head
	Head    Head   // the last acknowledged entry
	Entries uint64 // that are there
	Beyond  uint64 // entries behind the head, which were not acknowledged
	Torn    int64  // bytes behind the last entry that are none
}

// Verify checks a whole log, and shows visit, if there is one, each entry. A
// log that is being appended to can be verified.
func Verify(dir string, key Key, visit func(Record) error) (Report, error) {
	head, _, err := readHead(dir, key)
	if err != nil {
		return Report{}, fmt.Errorf("verify log: %w", err)
	}
	files, err := segments(dir)
	if err != nil {
		return Report{}, fmt.Errorf("verify log: %w", err)
	}
	w := walk{dir: dir, visit: visit, report: Report{Head: head}}
	if err := w.run(files); err != nil {
		return w.report, fmt.Errorf("verify log: %w", err)
	}
	return w.report, nil
}

// A walk goes through the lines of a log.
type walk struct {
	dir    string
	visit  func(Record) error
	report Report
	whole  int64 // bytes of whole entries in the last file
}

func (w *walk) run(files []segment) error {
	for i, s := range files {
		if err := w.file(s, i == len(files)-1); err != nil {
			return err
		}
	}
	r := &w.report
	if r.Last.Seq < r.Head.Seq {
		return &DamageError{headFile, 0, fmt.Sprintf("entry %d was acknowledged, and the log ends with %d", r.Head.Seq, r.Last.Seq)}
	}
	r.Beyond = r.Last.Seq - r.Head.Seq
	return nil
}

func (w *walk) file(s segment, last bool) error {
	f, err := os.Open(filepath.Join(w.dir, s.name))
	if err != nil {
		return err
	}
	defer f.Close()
	w.whole = 0
	lines := bufio.NewReaderSize(f, MaxLine)
	for n := 1; ; n++ {
		text, err := lines.ReadSlice('\n')
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		if err != nil && err != io.EOF && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		why := w.line(text)
		if why == nil {
			w.whole += int64(len(text))
			continue
		}
		if bad := new(lineError); !errors.As(why, &bad) {
			return why // of the visitor
		}
		if last && w.report.Last.Seq >= w.report.Head.Seq {
			return w.torn(f)
		}
		return &DamageError{s.name, n, why.Error()}
	}
}

// torn measures what stands behind the last whole entry. The head does not
// know of it: it was being written when the power failed, or is at this moment.
func (w *walk) torn(f *os.File) error {
	info, err := f.Stat()
	if err == nil {
		w.report.Torn = info.Size() - w.whole
	}
	return err
}

// A lineError says that a line is not what was written.
type lineError struct{ why string }

func (e *lineError) Error() string { return e.why }

func (w *walk) line(text []byte) error {
	record, prev, err := decode(text)
	r := &w.report
	switch {
	case err != nil:
		return &lineError{err.Error()}
	case r.Entries > 0 && (record.Seq != r.Last.Seq+1 || prev != r.Last.Hash):
		return &lineError{"it does not follow on the entry before it"}
	case record.Seq == r.Head.Seq && record.Hash != r.Head.Hash:
		return &lineError{"it is not the entry that was acknowledged"}
	}
	if r.Entries == 0 {
		r.First = record.Seq
	}
	r.Last = Head{record.Seq, record.Hash}
	r.Entries++
	if w.visit == nil {
		return nil
	}
	return w.visit(record)
}
