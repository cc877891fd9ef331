package journal_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"portcullis/central/query/journal"
)

// childDir names the folder in which this test binary, started again, appends
// until it is killed.
const childDir = "JOURNAL_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		appendForEver(dir)
	}
	os.Exit(m.Run())
}

// appendForEver says each entry that was acknowledged on its standard output.
func appendForEver(dir string) {
	key, err := journal.ReadKey(filepath.Join(dir, "log.key"))
	if err != nil {
		panic(err)
	}
	l, err := journal.Open(filepath.Join(dir, "log"), key, journal.Options{SegmentBytes: 5000})
	if err != nil {
		panic(err)
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				e := entry(i)
				e.Request = fmt.Sprintf("%d.%d.%d", os.Getpid(), g, i)
				if err := l.Append(context.Background(), e); err != nil {
					panic(err)
				}
				fmt.Println(e.Request)
			}
		})
	}
	all.Wait()
}

// TestKillLosesNoAcknowledgedEntry kills a process that appends, again and
// again, each time after another number of entries.
func TestKillLosesNoAcknowledgedEntry(t *testing.T) {
	dir := t.TempDir()
	key, err := journal.NewKey(filepath.Join(dir, "log.key"))
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for round := range 10 {
		for _, request := range appendUntilKilled(t, dir, 1+round*13%47) {
			acknowledged[request] = true
		}
	}
	told := len(acknowledged)
	open(t, filepath.Join(dir, "log"), key, journal.Options{})
	report, err := journal.Verify(filepath.Join(dir, "log"), key, func(r journal.Record) error {
		delete(acknowledged, r.Request)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if len(acknowledged) > 0 || report.Entries < uint64(told) {
		t.Errorf("of %d acknowledged entries %d are lost; %+v", told, len(acknowledged), report)
	}
}

// appendUntilKilled returns the entries that a child acknowledged before it was
// killed, which is soon after the n-th.
func appendUntilKilled(t *testing.T, dir string, n int) (requests []string) {
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
		requests = append(requests, lines.Text())
		if len(requests) == n {
			child.Process.Kill()
		}
	}
	child.Wait()
	if len(requests) < n {
		t.Fatalf("the child ended after %d entries", len(requests))
	}
	return requests
}
