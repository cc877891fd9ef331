package audit_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"portcullis/firmware/audit"
)

// childDir names the folder in which this test binary, started again, appends
// until it is killed.
const childDir = "AUDIT_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

// appendForEver says each entry that was acknowledged on its standard output.
func appendForEver(dir string) {
	l, err := audit.Open(dir, options)
	for i := 0; err == nil; i++ {
		if err = l.Append(audit.Entry{Kind: "decision", Detail: fmt.Sprintf("%d.%d", os.Getpid(), i)}); err == nil {
			_, err = fmt.Printf("%d.%d\n", os.Getpid(), i)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKillLosesNoAcknowledgedEntry kills a process that appends, again and
// again, each time after another number of entries.
func TestKillLosesNoAcknowledgedEntry(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	acknowledged := map[string]bool{}
	for round := range 12 {
		for _, entry := range appendUntilKilled(t, dir, 1+round*7%23) {
			acknowledged[entry] = true
		}
	}
	l, err := audit.Open(dir, options)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	report, err := audit.Walk(dir, func(r audit.Record) error {
		delete(acknowledged, r.Entry.Detail)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if len(acknowledged) > 0 || report.Entries < 100 {
		t.Errorf("of %d entries %d were acknowledged and are lost", report.Entries, len(acknowledged))
	}
}

// appendUntilKilled returns the entries that a child acknowledged before it
// was killed, which is soon after the n-th.
func appendUntilKilled(t *testing.T, dir string, n int) (entries []string) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		entries = append(entries, lines.Text())
		if len(entries) == n {
			child.Process.Kill() // what it said until then is still read
		}
	}
	child.Wait()
	if len(entries) < n {
		t.Fatalf("the child stopped by itself after %d entries", len(entries))
	}
	return entries
}
