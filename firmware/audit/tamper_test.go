package audit_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portcullis/firmware/audit"
)

// A lineAt is a line of a log and the file it stands in.
type lineAt struct {
	file string
	text []byte
}

func readLines(t testing.TB, dir string) (lines []lineAt) {
	t.Helper()
	for _, name := range segments(t, dir) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(text) {
			lines = append(lines, lineAt{name, bytes.Clone(l)})
		}
	}
	return lines
}

func writeLines(t testing.TB, dir string, lines []lineAt) {
	t.Helper()
	files := map[string][]byte{}
	for _, name := range segments(t, dir) {
		files[name] = nil
	}
	for _, l := range lines {
		files[l.file] = append(files[l.file], l.text...)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o640); err != nil {
			t.Fatal(err)
		}
	}
}

// wantDamage verifies the log in dir and expects this damage.
func wantDamage(t *testing.T, dir string, kind audit.Damage, seq uint64) {
	t.Helper()
	_, err := audit.Verify(dir)
	var damage *audit.DamageError
	if !errors.As(err, &damage) {
		t.Errorf("verify: got %v, want entry %d %v", err, seq, kind)
		return
	}
	if damage.Damage != kind || damage.Seq != seq {
		t.Errorf("verify: got %v, want entry %d %v", err, seq, kind)
	}
	if damage.Line > 0 && !holdsLine(t, dir, damage) {
		t.Errorf("the error names a line that is not there: %v", err)
	}
}

func holdsLine(t *testing.T, dir string, d *audit.DamageError) bool {
	t.Helper()
	return d.Line <= len(linesOf(t, dir, d.File))
}

const entries = 20

// TestEveryChangeOfOneEntryIsNamed does to each entry in turn what somebody
// with an editor could do.
func TestEveryChangeOfOneEntryIsNamed(t *testing.T) {
	for i := range entries {
		seq := uint64(i + 1)
		last := seq == entries
		t.Run(fmt.Sprint("change the text of entry ", seq), func(t *testing.T) {
			dir := newLog(t, entries)
			lines := readLines(t, dir)
			lines[i].text = bytes.Replace(lines[i].text, []byte(`"kind":"`), []byte(`"kind":"no-`), 1)
			writeLines(t, dir, lines)
			wantDamage(t, dir, audit.Changed, seq)
		})
		t.Run(fmt.Sprint("take out entry ", seq), func(t *testing.T) {
			dir := newLog(t, entries)
			writeLines(t, dir, slices.Delete(readLines(t, dir), i, i+1))
			if last {
				wantDamage(t, dir, audit.CutOff, seq)
			} else {
				wantDamage(t, dir, audit.Missing, seq)
			}
		})
		if last {
			continue
		}
		t.Run(fmt.Sprint("swap entry and successor ", seq), func(t *testing.T) {
			dir := newLog(t, entries)
			lines := readLines(t, dir)
			lines[i].text, lines[i+1].text = lines[i+1].text, lines[i].text
			writeLines(t, dir, lines)
			wantDamage(t, dir, audit.Reordered, seq)
		})
		t.Run(fmt.Sprint("repeat entry ", seq), func(t *testing.T) {
			dir := newLog(t, entries)
			lines := readLines(t, dir)
			writeLines(t, dir, slices.Insert(lines, i, lines[i]))
			wantDamage(t, dir, audit.Reordered, seq+1)
		})
	}
}

// TestARewrittenEntryIsToldFromItsNeighbour rewrites an entry so that it has
// the right hash and the right predecessor, and only its successor knows.
func TestARewrittenEntryIsToldFromItsNeighbour(t *testing.T) {
	for _, seq := range []uint64{2, 7, entries - 1, entries} {
		dir := newLog(t, entries)
		lines := readLines(t, dir)
		lines[seq-1].text = rewritten(t, dir, seq)
		writeLines(t, dir, lines)
		wantDamage(t, dir, audit.Changed, seq)
	}
}

// rewritten returns entry seq of the log in dir as somebody would forge it: by
// cutting the log there and appending to it.
func rewritten(t *testing.T, dir string, seq uint64) []byte {
	t.Helper()
	forged := filepath.Join(t.TempDir(), "forged")
	if err := os.CopyFS(forged, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	writeLines(t, forged, readLines(t, forged)[:seq-1])
	for _, name := range segments(t, forged) {
		if info, err := os.Stat(filepath.Join(forged, name)); err == nil && info.Size() == 0 && name != "audit-000001.jsonl" {
			os.Remove(filepath.Join(forged, name))
		}
	}
	text := audit.ForgeHead(t, forged, seq-1)
	if err := os.WriteFile(filepath.Join(forged, "head"), text, 0o640); err != nil {
		t.Fatal(err)
	}
	l, err := audit.Open(forged, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(audit.Entry{Kind: "forged"}); err != nil {
		t.Fatal(err)
	}
	l.Close()
	return readLines(t, forged)[seq-1].text
}

func TestMovedAndLostFilesAreNoticed(t *testing.T) {
	t.Run("a file is lost", func(t *testing.T) {
		dir := newLog(t, entries)
		first := uint64(len(linesOf(t, dir, "audit-000001.jsonl")))
		os.Remove(filepath.Join(dir, "audit-000002.jsonl"))
		wantDamage(t, dir, audit.Missing, first+1)
	})
	t.Run("the first file is lost", func(t *testing.T) {
		dir := newLog(t, entries)
		os.Remove(filepath.Join(dir, "audit-000001.jsonl"))
		wantDamage(t, dir, audit.Missing, 1)
	})
	t.Run("two files are swapped", func(t *testing.T) {
		dir := newLog(t, entries)
		first := uint64(len(linesOf(t, dir, "audit-000001.jsonl")))
		a, b, c := filepath.Join(dir, "audit-000002.jsonl"), filepath.Join(dir, "audit-000003.jsonl"), filepath.Join(dir, "c")
		os.Rename(a, c)
		os.Rename(b, a)
		os.Rename(c, b)
		wantDamage(t, dir, audit.Reordered, first+1)
	})
	t.Run("the last file is lost", func(t *testing.T) {
		dir := newLog(t, entries)
		names := segments(t, dir)
		kept := uint64(entries - len(linesOf(t, dir, names[len(names)-1])))
		os.Remove(filepath.Join(dir, names[len(names)-1]))
		wantDamage(t, dir, audit.CutOff, kept+1)
	})
	t.Run("a file of another log", func(t *testing.T) {
		dir, other := newLog(t, entries), writeLog(t, entries)
		text, _ := os.ReadFile(filepath.Join(other, "audit-000001.jsonl"))
		os.WriteFile(filepath.Join(dir, "audit-000001.jsonl"), text, 0o640)
		wantDamage(t, dir, audit.Changed, 1)
	})
}

func linesOf(t *testing.T, dir, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestTheHeadNoticesACutTailAndAnOldHead(t *testing.T) {
	t.Run("half of the last line is cut", func(t *testing.T) {
		dir := newLog(t, entries)
		lines := readLines(t, dir)
		lines[entries-1].text = lines[entries-1].text[:100]
		writeLines(t, dir, lines)
		wantDamage(t, dir, audit.Changed, entries)
	})
	t.Run("an old head", func(t *testing.T) {
		dir := newLog(t, entries)
		os.WriteFile(filepath.Join(dir, "head"), audit.ForgeHead(t, dir, entries-2), 0o640)
		wantDamage(t, dir, audit.BeyondHead, entries)
	})
	t.Run("no head", func(t *testing.T) {
		dir := newLog(t, entries)
		os.Remove(filepath.Join(dir, "head"))
		wantDamage(t, dir, audit.BeyondHead, 2)
	})
	t.Run("only the head", func(t *testing.T) {
		dir := newLog(t, entries)
		for _, name := range segments(t, dir) {
			os.Remove(filepath.Join(dir, name))
		}
		wantDamage(t, dir, audit.CutOff, 1)
		if _, err := audit.Open(dir, options); err == nil {
			t.Error("a log without its entries was opened as a new one")
		}
	})
	t.Run("a head that lags by one", func(t *testing.T) {
		dir := newLog(t, entries)
		os.WriteFile(filepath.Join(dir, "head"), audit.ForgeHead(t, dir, entries-1), 0o640)
		if report, err := audit.Verify(dir); err != nil || !report.Unacknowledged {
			t.Errorf("verify: %+v, %v", report, err)
		}
	})
}

func TestADamagedLogIsNotAppendedTo(t *testing.T) {
	dir := newLog(t, entries)
	lines := readLines(t, dir)
	lines[entries-2].text = bytes.Replace(lines[entries-2].text, []byte("decision"), []byte("deletion"), 1)
	writeLines(t, dir, lines)
	var damage *audit.DamageError
	if _, err := audit.Open(dir, options); !errors.As(err, &damage) {
		t.Errorf("open a damaged log: got %v, want a DamageError", err)
	}
}

func TestATornLineIsSetAsideAndNoted(t *testing.T) {
	for _, torn := range []string{`{"seq":21,"time":"2026-`, "\x00\x00\x00", "{}\n"} {
		dir := newLog(t, entries)
		lines := readLines(t, dir)
		lines = append(lines, lineAt{lines[entries-1].file, []byte(torn)})
		writeLines(t, dir, lines)
		if report, err := audit.Verify(dir); err != nil || report.Torn != len(torn) {
			t.Errorf("verify before: %d bytes torn, %v", report.Torn, err)
		}
		l, err := audit.Open(dir, options)
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		report, err := audit.Verify(dir)
		if err != nil || report.Torn != 0 || report.Last.Entry.Kind != audit.KindRecovered {
			t.Errorf("verify after: %+v, %v", report, err)
		}
		kept, _ := filepath.Glob(filepath.Join(dir, "*.torn"))
		if len(kept) != 1 || !strings.Contains(report.Last.Entry.Detail, filepath.Base(kept[0])) {
			t.Fatalf("set aside in %q, noted as %q", kept, report.Last.Entry.Detail)
		}
		if text, _ := os.ReadFile(kept[0]); string(text) != torn {
			t.Errorf("set aside %q, want %q", text, torn)
		}
	}
}

// TestALogOfThisFormatVerifies keeps the format from changing by accident. The
// hashes of the log in testdata were checked by another program.
func TestALogOfThisFormatVerifies(t *testing.T) {
	report, err := audit.Verify("testdata/log")
	if err != nil || report.Entries != 3 || report.Head != (audit.Head{Log: report.Log, Seq: 3, Hash: report.Last.Hash}) {
		t.Errorf("%+v, %v", report, err)
	}
}
