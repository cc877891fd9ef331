package registrytest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/central/registry"
)

// childJob is the variable that makes a test's program an importer.
const childJob = "REGISTRYTEST_JOB"

type child struct {
	Place string
	Job   registry.Job
}

// Main runs the tests of a package, or, in a process that one of them has
// started to kill it, an import.
func Main(m *testing.M, open Opener) {
	text := os.Getenv(childJob)
	if text == "" {
		os.Exit(m.Run())
	}
	if err := importAs(text, open); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func importAs(text string, open Opener) error {
	var c child
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	s, err := open(c.Place)
	if err != nil {
		return err
	}
	r, err := registry.Open(ctx, s, "sltd", Key())
	if err != nil {
		return err
	}
	if _, err := r.Import(ctx, c.Job, Today, func(registry.Progress) { fmt.Println("batch") }); err != nil {
		return err
	}
	return r.Close()
}

// killedImport runs a job in a process that is killed behind a batch, and
// reports whether it was.
func killedImport(t *testing.T, place string, job registry.Job, behind int) bool {
	t.Helper()
	text, err := json.Marshal(child{place, job})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childJob+"="+string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for told := bufio.NewScanner(out); told.Scan(); {
		if behind--; behind == 0 {
			cmd.Process.Kill()
		}
	}
	err = cmd.Wait()
	if err != nil && behind > 0 {
		t.Fatal(err)
	}
	return err != nil
}

func killedImportGoesOn(t *testing.T, open Opener, fresh func(*testing.T) string) {
	killed(t, open, fresh, nothing, registry.Job{Files: []string{writeRecords(t, 2*lines, true)}})
}

func killedLoadGoesOn(t *testing.T, open Opener, fresh func(*testing.T) string) {
	before := func(d desk) { d.create(passport(1), passport(2)) }
	killed(t, open, fresh, before, registry.Job{Files: []string{writeRecords(t, 2*lines, true)}, Replace: true, SkipInvalid: true})
}

func killed(t *testing.T, open Opener, fresh func(*testing.T) string, prepare func(desk), job registry.Job) {
	want := uninterrupted(t, open, fresh(t), prepare, job)
	place := fresh(t)
	d := openDesk(t, open, place)
	prepare(d)
	d.must(d.Close())
	kills := 0
	for behind := range 3 {
		if killedImport(t, place, job, behind+1) {
			kills++
		}
	}
	if kills == 0 {
		t.Error("no import was killed")
	}
	d = openDesk(t, open, place)
	p, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	if diff := cmp.Diff(want, d.outcome(p, job)); diff != "" {
		t.Errorf("after %d kills: -want +got\n%s", kills, diff)
	}
}

// ImportThroughCrash imports into a store whose server crashes on the way, and
// comes back.
func ImportThroughCrash(t *testing.T, open Opener, fresh func(*testing.T) string, crash, restart func()) {
	job := registry.Job{Files: []string{writeRecords(t, 4*lines, true)}}
	want := uninterrupted(t, open, fresh(t), nothing, job)
	d := openDesk(t, open, fresh(t))
	var crashed sync.WaitGroup
	batches := 0
	_, err := d.Import(ctx, job, Today, func(registry.Progress) {
		if batches++; batches == 2 {
			crashed.Go(crash) // while the next ones are written
		}
	})
	crashed.Wait()
	if err == nil {
		t.Error("the import did not notice the crash")
	}
	restart()
	p, err := d.Import(ctx, job, Today, silent)
	d.must(err)
	if diff := cmp.Diff(want, d.outcome(p, job)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
