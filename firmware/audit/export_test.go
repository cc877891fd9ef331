package audit

import "testing"

// ForgeHead returns the head file as it was when seq was the last entry.
func ForgeHead(t testing.TB, dir string, seq uint64) []byte {
	t.Helper()
	m := newMemory()
	f, _ := m.open(headFile, toCreate)
	log := ""
	_, err := Walk(dir, func(r Record) error {
		if log == "" {
			log = r.Entry.Log
		}
		if r.Seq > seq {
			return nil
		}
		return Head{Log: log, Seq: r.Seq, Hash: r.Hash}.write(f)
	})
	if seq > 0 && m.files[headFile].now == nil {
		t.Fatal(err)
	}
	return m.files[headFile].now
}
