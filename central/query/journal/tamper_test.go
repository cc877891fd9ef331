package journal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"portcullis/central/query/journal"
)

// forge changes an answer, and computes hashes anew from its line on.
func forge(t *testing.T, lines [][]byte, from, to int) [][]byte {
	t.Helper()
	prev := ""
	for i := from; i < to; i++ {
		var l struct {
			Seq   uint64          `json:"seq"`
			Time  string          `json:"time"`
			Entry json.RawMessage `json:"entry"`
			Prev  string          `json:"prev"`
			Hash  string          `json:"hash"`
		}
		if err := json.Unmarshal(lines[i], &l); err != nil {
			t.Fatal(err)
		}
		if i == from {
			l.Entry = bytes.Replace(l.Entry, []byte(`"code":1`), []byte(`"code":0`), 1)
		} else {
			l.Prev = prev
		}
		sum := sha256.Sum256(fmt.Appendf(nil, "portcullis consultations 1\n%d\n%s\n%s\n%s\n", l.Seq, l.Time, l.Prev, l.Entry))
		l.Hash = hex.EncodeToString(sum[:])
		prev = l.Hash
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		lines[i] = append(text, '\n')
	}
	return lines
}

// TestTamperingIsSeen does to a log what somebody could who does not have its
// key.
func TestTamperingIsSeen(t *testing.T) {
	edit := func(change func(lines [][]byte) [][]byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			data, err := os.ReadFile(first(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			lines := change(bytes.SplitAfter(data, []byte("\n")))
			if err := os.WriteFile(first(t, dir), bytes.Join(lines, nil), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, tamper := range map[string]func(*testing.T, string){
		"an answer is changed": edit(func(l [][]byte) [][]byte {
			l[3] = bytes.Replace(l[3], []byte(`"code":1`), []byte(`"code":0`), 1)
			return l
		}),
		"a space is added":                      edit(func(l [][]byte) [][]byte { l[3] = bytes.Replace(l[3], []byte(":"), []byte(": "), 1); return l }),
		"an entry is taken out":                 edit(func(l [][]byte) [][]byte { return append(l[:3], l[4:]...) }),
		"two are exchanged":                     edit(func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l }),
		"one stands twice":                      edit(func(l [][]byte) [][]byte { l[4] = l[3]; return l }),
		"an answer is changed, and hashed anew": edit(func(l [][]byte) [][]byte { return forge(t, l, 3, 4) }),
		"all that follows is hashed anew":       edit(func(l [][]byte) [][]byte { return forge(t, l, 3, len(l)-1) }),
		"the end is cut off":                    edit(func(l [][]byte) [][]byte { return l[:len(l)-2] }),
		"half a line at the end is": edit(func(l [][]byte) [][]byte {
			last := len(l) - 2
			l[last] = l[last][:20]
			return l
		}),
		"all is removed":      func(t *testing.T, dir string) { os.Remove(first(t, dir)) },
		"the head is removed": func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "head")) },
		"the head is of another key": func(t *testing.T, dir string) {
			other := filepath.Join(t.TempDir(), "other")
			fill(t, open(t, other, newKey(t), journal.Options{}), 3)
			data, err := os.ReadFile(filepath.Join(other, "head"))
			if err != nil {
				t.Fatal(err)
			}
			os.WriteFile(filepath.Join(dir, "head"), data, 0o600)
		},
		"the log of another is put there": func(t *testing.T, dir string) {
			other := filepath.Join(t.TempDir(), "other")
			fill(t, open(t, other, newKey(t), journal.Options{}), 12)
			os.Rename(first(t, other), first(t, dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, key := filepath.Join(t.TempDir(), "log"), newKey(t)
			l := open(t, dir, key, journal.Options{})
			fill(t, l, 10)
			l.Close()
			tamper(t, dir)
			_, err := journal.Verify(dir, key, nil)
			if damage := new(journal.DamageError); !errors.As(err, &damage) && !errors.Is(err, journal.ErrHead) {
				t.Errorf("verify: %v", err)
			}
			if l, err := journal.Open(dir, key, journal.Options{}); err == nil {
				l.Close()
				t.Error("it was opened")
			}
		})
	}
}
