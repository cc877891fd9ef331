package audit_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"portcullis/firmware/audit"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// options make files of three entries or so.
var options = audit.Options{
	SegmentBytes: 1500, Policy: "p1", Software: "v1",
	Clock: func() time.Time { return noon },
}

// newLog returns the folder of a log whose entries are numbered by their
// details.
func newLog(t testing.TB, entries int) string {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.logs[entries] == nil {
		made.logs[entries] = inMemory(t, writeLog(t, entries))
	}
	dir := filepath.Join(t.TempDir(), "audit")
	if err := os.CopyFS(dir, made.logs[entries]); err != nil {
		t.Fatal(err)
	}
	return dir
}

// made are the logs that were written once, to be copied.
var made = struct {
	sync.Mutex
	logs map[int]fs.FS
}{logs: map[int]fs.FS{}}

func inMemory(t testing.TB, dir string) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	for _, path := range []string{"audit-*.jsonl", "head"} {
		names, err := filepath.Glob(filepath.Join(dir, path))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(name)] = &fstest.MapFile{Data: text, Mode: 0o640}
		}
	}
	return files
}

func writeLog(t testing.TB, entries int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "written")
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2; i <= entries; i++ {
		if err := l.Append(audit.Entry{Kind: "decision", Detail: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWhatIsAppendedIsRead(t *testing.T) {
	dir := newLog(t, 1)
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	written := audit.Entry{
		Time: noon.Add(time.Second), Kind: "decision", Lane: "a", Passage: 7, Verdict: "alert",
		Reasons:  []string{"stolen", "expired"},
		Lists:    []audit.ListUse{{Name: "sltd", Release: 12, Age: 60, State: "fresh"}},
		Document: "P UTO", Subject: "k3vq", Outcome: "refused", Officer: "desk <1>", Elapsed: 40,
	}
	if err := l.Append(written); err != nil {
		t.Fatal(err)
	}
	l.Close()

	var read []audit.Record
	report, err := audit.Walk(dir, func(r audit.Record) error { read = append(read, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	written.Policy, written.Software = "p1", "v1"
	if got, want := fmt.Sprintf("%+v", read[1].Entry), fmt.Sprintf("%+v", written); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if first := read[0].Entry; first.Kind != audit.KindOpened || first.Log == "" || first.Log != report.Log {
		t.Errorf("the first entry is %+v in log %q: it should name the log", first, report.Log)
	}
	if head := l.Head(); head != report.Head || head.Seq != 2 || head.Hash != read[1].Hash {
		t.Errorf("the head is %+v, on the disk %+v", head, report.Head)
	}
}

func TestALogIsRolledAndGoesOnAfterAStop(t *testing.T) {
	dir := newLog(t, 20)
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(audit.Entry{Kind: "decision"}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	report, err := audit.Verify(dir)
	if err != nil || report.Entries != 21 || report.Files < 5 {
		t.Errorf("verify: %d entries in %d files: %v", report.Entries, report.Files, err)
	}
	for _, name := range segments(t, dir) {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() > options.SegmentBytes {
			t.Errorf("%s has %d bytes: %v", name, info.Size(), err)
		}
	}
}

func TestOnlyOneProcessAppends(t *testing.T) {
	dir := newLog(t, 1)
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := audit.Open(dir, options); !errors.Is(err, audit.ErrLocked) {
		t.Errorf("open a log that is open: got %v, want ErrLocked", err)
	}
	l.Close()
	if err := l.Append(audit.Entry{Kind: "decision"}); !errors.Is(err, audit.ErrClosed) {
		t.Errorf("append to a closed log: got %v, want ErrClosed", err)
	}
	again, err := audit.Open(dir, options)
	if err != nil {
		t.Fatalf("open a log that was closed: %v", err)
	}
	again.Close()
}

func TestAFolderWithoutALogIsNoWholeLog(t *testing.T) {
	if _, err := audit.Verify(t.TempDir()); !errors.Is(err, audit.ErrNoLog) {
		t.Errorf("verify an empty folder: got %v, want ErrNoLog", err)
	}
	if _, err := audit.Verify(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("verify a folder that is not there: got %v", err)
	}
}

func TestALogIsVerifiedWhileItIsWritten(t *testing.T) {
	dir := newLog(t, 1)
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { // ends after its entries
		defer close(done)
		for range 300 {
			if err := l.Append(audit.Entry{Kind: "decision"}); err != nil {
				done <- err
				return
			}
		}
	}()
	for rounds := 0; ; rounds++ {
		if _, err := audit.Verify(dir); err != nil {
			t.Errorf("round %d: %v", rounds, err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			l.Close()
			return
		default:
		}
	}
}

func TestAnEntryThatIsTooLongIsRefusedAndDoesNoHarm(t *testing.T) {
	dir := newLog(t, 1)
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := l.Append(audit.Entry{Kind: "x", Detail: strings.Repeat("x", audit.MaxLine)}); !errors.Is(err, audit.ErrTooLong) {
		t.Errorf("got %v, want ErrTooLong", err)
	}
	if err := l.Append(audit.Entry{Kind: "x"}); err != nil {
		t.Error(err)
	}
}

func segments(t testing.TB, dir string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "audit-*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names
}
