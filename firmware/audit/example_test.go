package audit_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"portcullis/firmware/audit"
)

func Example() {
	dir, _ := os.MkdirTemp("", "audit")
	defer os.RemoveAll(dir)

	log, err := audit.Open(dir, audit.Options{Software: "v1.0.0"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	log.Append(audit.Entry{Kind: "decision", Lane: "1", Verdict: "clear", Document: "P UTO"})

	report, err := audit.Verify(dir)
	fmt.Println(report.Entries, err)

	name := filepath.Join(dir, "audit-000001.jsonl")
	text, _ := os.ReadFile(name)
	os.WriteFile(name, bytes.Replace(text, []byte("clear"), []byte("alert"), 1), 0o640)
	_, err = audit.Verify(dir)
	fmt.Println(err)
	// Output:
	// 2 <nil>
	// read log: audit: entry 2 changed: audit-000001.jsonl line 2: it does not have its hash
}

func BenchmarkAppend(b *testing.B) {
	l, err := audit.Open(b.TempDir(), audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	for b.Loop() {
		if err := l.Append(typical); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	dir := b.TempDir()
	l, err := audit.Open(dir, audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for range 1000 {
		if err := l.Append(typical); err != nil {
			b.Fatal(err)
		}
	}
	l.Close()
	b.ResetTimer()
	for b.Loop() {
		if _, err := audit.Verify(dir); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "entries/s")
}

var typical = audit.Entry{
	Kind: "decision", Lane: "1", Passage: 7, Verdict: "refer", Reasons: []string{"expired", "lost"},
	Lists: []audit.ListUse{{Name: "sltd", Release: 12, Age: 60, State: "fresh"}}, Document: "P UTO", Subject: "k3vq7w2m5n4p6r8t",
	Policy: "p1", Software: "v1",
}
