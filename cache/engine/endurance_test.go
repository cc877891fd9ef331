package engine_test

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/engine"
)

// The child processes learn from their environment what to work on.
const (
	childFolder = "ENGINE_TEST_FOLDER"
	childRound  = "ENGINE_TEST_ROUND"
)

// crowd is how many tables may wait on level 0 before the tests compact.
const crowd = 3

// size returns a model of millions of entries on the platforms that are in
// doubt, and of as many as take seconds elsewhere. An emulated processor is
// twenty times slower than a real one.
func size() *model {
	switch {
	case testing.Short() || strconv.IntSize == 64:
		return newModel(2_000, 100_000)
	case runtime.GOARCH == "arm":
		return newModel(6_200, 1_000_000)
	}
	return newModel(8_000, 2_000_000)
}

// open opens a database until the end of the test, after whatever a kill has left.
func open(t *testing.T, o badger.Options) *badger.DB {
	t.Helper()
	must(t, engine.DropEmpty(o.Dir))
	db, err := badger.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() }) // closing twice is allowed
	return db
}

// compact merges the tables on level 0 into the others, when there are enough.
func compact(t *testing.T, db *badger.DB, enough int) {
	t.Helper()
	if db.Levels()[0].NumTables < enough {
		return
	}
	if err := db.Flatten(1); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNothingIsLostThroughChangesCompactionsAndKills(t *testing.T) {
	dir := t.TempDir()
	holds := size()
	db := open(t, engine.Options(dir))
	since := newestAllocator()
	must(t, holds.fill(db))
	mustBeBounded(t, since)
	mustHoldBoundedTables(t, dir)
	must(t, db.Close())

	for range 3 {
		acknowledged := changeAndKill(t, dir, holds.round)
		for holds.round < acknowledged {
			holds = holds.next()
		}
		next := holds.next()
		db = open(t, engine.Options(dir))
		must(t, holds.verify(db, next))
		must(t, holds.write(db, next)) // what the child was at, again
		must(t, db.Close())
		holds = next
	}

	db = open(t, engine.Options(dir))
	compact(t, db, 1)
	mustBeBounded(t, since)
	most := mustHoldBoundedTables(t, dir)
	must(t, db.Close())
	db = open(t, engine.Options(dir))
	must(t, holds.verify(db, holds))
	t.Logf("a table has at most %d blocks, of %d that are safe", most, firstBuffer/spaceOfBlock)
	t.Logf("%d shards and %d small entries after %d rounds: %+v", len(holds.shards), len(holds.small), holds.round, levels(db))
}

// A kill may fall between the making of a log and its first byte, or between its
// last and its removal.
func TestAFolderOpensWhoseLogAKillLeftEmpty(t *testing.T) {
	for _, name := range []string{"00009.mem", "000009.vlog"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			m := newModel(20, 100)
			db := open(t, engine.Options(dir))
			must(t, m.fill(db))
			must(t, db.Close())
			must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
			must(t, m.verify(open(t, engine.Options(dir)), m))
		})
	}
}

func levels(db *badger.DB) (tables []string) {
	for _, l := range db.Levels() {
		if l.NumTables > 0 {
			tables = append(tables, fmt.Sprintf("level %d: %d tables, %d bytes", l.Level, l.NumTables, l.Size))
		}
	}
	return tables
}

// TestChangeUntilKilled is the child of the test above: it changes a database,
// compacts it now and then, and says so, until it is killed.
func TestChangeUntilKilled(t *testing.T) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		return // not a child
	}
	start, _ := strconv.Atoi(os.Getenv(childRound))
	m := size()
	for range start {
		m = m.next()
	}
	db := open(t, engine.Options(dir))
	since := newestAllocator()
	for {
		next := m.next()
		must(t, m.write(db, next))
		m = next
		mustBeBounded(t, since)
		fmt.Println("applied", m.round)
		compact(t, db, crowd)
		mustBeBounded(t, since)
	}
}

// changeAndKill lets a child process change a database for some rounds, kills
// it, and returns the last round that it acknowledged.
func changeAndKill(t *testing.T, dir string, round byte) (last byte) {
	t.Helper()
	last = round
	child := exec.Command(os.Args[0], "-test.run=^TestChangeUntilKilled$", "-test.short="+strconv.FormatBool(testing.Short()))
	child.Env = append(os.Environ(), childFolder+"="+dir, childRound+"="+strconv.Itoa(int(round)))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	must(t, err)
	must(t, child.Start())
	began := time.Now()
	lines := bufio.NewScanner(out)
	var said []string
	for left := 1; lines.Scan(); {
		said = append(said, lines.Text())
		n, ok := strings.CutPrefix(lines.Text(), "applied ")
		if !ok {
			continue
		}
		if left == 0 { // some way into the compaction or the next round
			pause := rand.N(time.Since(began) / 4)
			time.AfterFunc(pause, func() { child.Process.Kill() })
		}
		left--
		r, err := strconv.Atoi(n)
		must(t, err)
		last = byte(r)
	}
	var exit *exec.ExitError
	if err := child.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child ended by itself: %v\n%s", err, strings.Join(said, "\n"))
	}
	return last
}

// TestBadgersDefaultsLoseDataOn32BitPlatforms shows that the test above can
// fail, and why there are settings at all.
func TestBadgersDefaultsLoseDataOn32BitPlatforms(t *testing.T) {
	if strconv.IntSize == 64 {
		t.Skip("the fault is of 32-bit platforms")
	}
	child := exec.Command(os.Args[0], "-test.run=^TestFillWithDefaults$")
	child.Env = append(os.Environ(), childFolder+"="+t.TempDir())
	out, err := child.CombinedOutput()
	if err == nil {
		t.Error("nothing was lost: the settings may no longer be needed")
	}
	t.Logf("%v\n%.2000s", err, out)
}

// TestFillWithDefaults is the child of the test above.
func TestFillWithDefaults(t *testing.T) {
	dir := os.Getenv(childFolder)
	if dir == "" {
		return // not a child
	}
	o := badger.DefaultOptions(dir).WithValueLogFileSize(16 << 20).WithLogger(nil) // the default of 1 GiB cannot always be mapped
	m := newModel(12_000, 0)
	db := open(t, o)
	must(t, m.fill(db))
	must(t, m.write(db, m.next()))
	must(t, db.Close())
	fmt.Println("written and closed without an error")
	db = open(t, o)
	must(t, m.next().verify(db, m.next()))
}
