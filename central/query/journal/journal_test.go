package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"portcullis/central/query/journal"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) journal.Key {
	t.Helper()
	key, err := journal.NewKey(filepath.Join(t.TempDir(), "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func open(t testing.TB, dir string, key journal.Key, o journal.Options) *journal.Log {
	t.Helper()
	l, err := journal.Open(dir, key, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func entry(i int) journal.Entry {
	return journal.Entry{Time: noon.Add(time.Duration(i) * time.Second), Kind: journal.Search, Request: fmt.Sprint("R", i), Caller: "portcullis://query/customs", Class: "P", Issuer: "UTO", Code: 1}
}

func fill(t testing.TB, l *journal.Log, n int) {
	t.Helper()
	for i := range n {
		if err := l.Append(t.Context(), entry(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyAppendAtOnceAndAllIsThere(t *testing.T) {
	dir, key := filepath.Join(t.TempDir(), "log"), newKey(t)
	l := open(t, dir, key, journal.Options{SegmentBytes: 4000})
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 25 {
				if err := l.Append(t.Context(), entry(100*g+i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	report, err := journal.Verify(dir, key, func(r journal.Record) error { seen[r.Request] = true; return nil })
	if err != nil || report.Entries != 401 || report.Beyond != 0 || report.Head != l.Head() || len(seen) != 401 {
		t.Errorf("%+v, %d seen, %v; want 400 entries and the opening", report, len(seen), err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl")); len(files) < 3 {
		t.Errorf("%d files: it did not go on in a new one", len(files))
	}
}

func TestANewDayIsANewFile(t *testing.T) {
	dir, now := t.TempDir(), noon
	l := open(t, dir, newKey(t), journal.Options{Now: func() time.Time { return now }})
	fill(t, l, 2)
	now = noon.AddDate(0, 0, 1)
	fill(t, l, 2)
	for _, name := range []string{"consultations-000001-2026-11-26.jsonl", "consultations-000002-2026-11-27.jsonl"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesWhoseTimeIsOverCanBeRemoved(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	l := open(t, dir, key, journal.Options{SegmentBytes: 2000})
	fill(t, l, 40)
	if err := os.Remove(first(t, dir)); err != nil {
		t.Fatal(err)
	}
	report, err := journal.Verify(dir, key, nil)
	if err != nil || report.First < 2 || report.Last.Seq != 41 {
		t.Errorf("%+v, %v", report, err)
	}
	l.Close()
	open(t, dir, key, journal.Options{})
}

func first(t testing.TB, dir string) string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if len(files) == 0 {
		t.Fatal("no files")
	}
	return files[0]
}

func TestWhatAPowerCutLeavesIsPutInOrder(t *testing.T) {
	for name, c := range map[string]struct {
		left string
		want string
	}{
		"nothing":            {"", ""},
		"half a line":        {`{"seq":12,"ti`, "13 bytes"},
		"zeros and a line":   {strings.Repeat("\x00", 9000) + "\n{}\n", "9004 bytes"},
		"a line of its own":  {"\n", "1 bytes"},
		"no line but an end": {strings.Repeat("x", journal.MaxLine*3), "24576 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, key := t.TempDir(), newKey(t)
			l := open(t, dir, key, journal.Options{})
			fill(t, l, 10)
			l.Close()
			f, err := os.OpenFile(first(t, dir), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(c.left)
			f.Close()
			if report, err := journal.Verify(dir, key, nil); err != nil || report.Torn != int64(len(c.left)) {
				t.Errorf("%+v, %v", report, err)
			}
			fill(t, open(t, dir, key, journal.Options{}), 1)
			var note string
			report, err := journal.Verify(dir, key, func(r journal.Record) error {
				if r.Kind == journal.Opened {
					note = r.Detail
				}
				return nil
			})
			if err != nil || report.Entries != 13 || report.Torn != 0 || !strings.Contains(note, c.want) {
				t.Errorf("%+v, %q, %v", report, note, err)
			}
			torn, _ := filepath.Glob(filepath.Join(dir, "*.torn"))
			if (len(torn) == 1) != (c.left != "") {
				t.Errorf("set aside: %v", torn)
			}
		})
	}
}

func TestEntriesBehindTheHeadAreKept(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	l := open(t, dir, key, journal.Options{})
	fill(t, l, 5)
	head, err := os.ReadFile(filepath.Join(dir, "head"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, l, 3)
	l.Close()
	if err := os.WriteFile(filepath.Join(dir, "head"), head, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := journal.Verify(dir, key, nil)
	if err != nil || report.Beyond != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	open(t, dir, key, journal.Options{})
	if report, err := journal.Verify(dir, key, nil); err != nil || report.Entries != 10 || report.Beyond != 0 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAFullDiskRefusesEntriesAndLosesNone(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir, key := t.TempDir(), newKey(t)
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("mount a small disk: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	filler := filepath.Join(dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 900<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, key, journal.Options{})
	taken := 0
	var err error
	for err == nil {
		if err = l.Append(t.Context(), entry(taken)); err == nil {
			taken++
		}
	}
	if !errors.Is(err, syscall.ENOSPC) || taken == 0 {
		t.Fatalf("%d taken, then %v", taken, err)
	}
	if report, err := journal.Verify(dir, key, nil); err != nil || report.Torn != 0 {
		t.Errorf("half a line was left: %+v, %v", report, err)
	}
	os.Remove(filler)
	fill(t, l, 2)
	if report, err := journal.Verify(dir, key, nil); err != nil || report.Entries != uint64(taken+3) || report.Torn != 0 {
		t.Errorf("%d were taken: %+v, %v", taken+2, report, err)
	}
	l.Close()
}

func TestADiskThatFailsEndsTheLog(t *testing.T) {
	lost := errors.New("the disk is gone")
	dir, key := t.TempDir(), newKey(t)
	l := open(t, dir, key, journal.Options{})
	l.SyncWith(func(*os.File) error { return lost })
	if err := l.Append(t.Context(), entry(0)); !errors.Is(err, lost) || !errors.Is(err, journal.ErrBroken) {
		t.Errorf("%v", err)
	}
	l.SyncWith((*os.File).Sync)
	if err := l.Append(t.Context(), entry(1)); !errors.Is(err, journal.ErrBroken) {
		t.Errorf("it goes on: %v", err)
	}
	l.Close()
	fill(t, open(t, dir, key, journal.Options{}), 1)
}

func TestADiskThatHangsIsNotWaitedForByOthers(t *testing.T) {
	l := open(t, t.TempDir(), newKey(t), journal.Options{})
	hangs, release := make(chan bool, 8), make(chan bool)
	l.SyncWith(func(f *os.File) error { hangs <- true; <-release; return f.Sync() })
	first := make(chan error, 1)
	go func() { first <- l.Append(context.Background(), entry(0)) }()
	<-hangs
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 5000 { // more than may wait
		if err := l.Append(ctx, entry(1)); err == nil {
			t.Fatal("an entry that is not on the disk was acknowledged")
		}
	}
	if err := l.Append(ctx, entry(1)); !errors.Is(err, journal.ErrBusy) {
		t.Errorf("without a bound: %v", err)
	}
	close(release)
	if err := <-first; err != nil {
		t.Error(err)
	}
}

func TestTwoProcessesDoNotAppendToOneLog(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	open(t, dir, key, journal.Options{})
	if _, err := journal.Open(dir, key, journal.Options{}); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("%v", err)
	}
}

func TestAnEntryThatIsTooLongIsRefusedAlone(t *testing.T) {
	dir, key := t.TempDir(), newKey(t)
	l := open(t, dir, key, journal.Options{})
	long := entry(0)
	long.Reference = strings.Repeat("x", journal.MaxLine)
	if l.Append(t.Context(), long) == nil {
		t.Error("taken")
	}
	fill(t, l, 1)
	if report, err := journal.Verify(dir, key, nil); err != nil || report.Entries != 2 {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestAKeyIsSecretAndNeverReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.key")
	key, err := journal.NewKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.NewKey(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("made again: %v", err)
	}
	again, err := journal.ReadKey(path)
	if err != nil || again.Pseudonym("UT12345") != key.Pseudonym("UT12345") || again.Pseudonym("UT12346") == key.Pseudonym("UT12345") {
		t.Errorf("%v", err)
	}
	if got := fmt.Sprintf("%v %+v %#v %x", key, key, key, key); got != "log key log key log key log key" {
		t.Error(got)
	}
	os.Chmod(path, 0o640)
	if _, err := journal.ReadKey(path); err == nil {
		t.Error("others can read it")
	}
}
