package audit

import (
	"bytes"
	"os"
	"testing"
)

// FuzzVerify changes the file of a log and its head to anything. Whatever
// verifies under the right head still has every acknowledged entry as it was.
func FuzzVerify(f *testing.F) {
	whole, head := readFile(f, "testdata/log/audit-000001.jsonl"), readFile(f, "testdata/log/head")
	f.Add(whole, head)
	f.Add(whole[:len(whole)-1], head)
	f.Add(append(bytes.Clone(whole), "{"...), head)
	f.Add(whole, head[:slotSize])
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, entries, headText []byte) {
		m := newMemory()
		m.files[segmentName(1)] = &memFile{folder: m, now: entries}
		m.files[headFile] = &memFile{folder: m, now: headText}
		w := walk{dir: m, visit: func(Record) error { return nil }}
		err := w.run(1)
		if !bytes.Equal(headText, head) {
			return
		}
		if err == nil && !bytes.HasPrefix(entries, whole) {
			t.Errorf("a changed log verifies: %q", entries)
		}
		if err != nil && bytes.Equal(entries, whole) {
			t.Errorf("an unchanged log does not verify: %v", err)
		}
	})
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
