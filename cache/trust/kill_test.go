package trust_test

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

const (
	killFolder   = "TRUST_TEST_KILL_FOLDER" // of publications and the shelf of a child process
	killVersions = 60
)

// publications writes each state of a publisher into a folder of its own, named
// by the version of its timestamp. Every seventh has new keys.
func publications(t *testing.T, dir string) device {
	t.Helper()
	p := trusttest.New(t)
	p.Put("list", manifest, []byte("one"))
	for p.Timestamp.Signed.Version < killVersions {
		if p.Timestamp.Signed.Version%7 == 3 {
			p.Rotate([]string{"root", "timestamp", "list"}[p.Timestamp.Signed.Version/7%3])
		} else {
			all(p)
		}
		p.WriteFolder(filepath.Join(dir, fmt.Sprint(p.Timestamp.Signed.Version)))
	}
	return device{t: t, Options: p.Options(filepath.Join(dir, "shelf"))}
}

func publication(dir string, version int64) medium {
	return medium(filepath.Join(dir, fmt.Sprint(version)))
}

// TestRefreshUntilKilled is the child of the test below: it takes one publication
// after the other and says so, until it is killed.
func TestRefreshUntilKilled(t *testing.T) {
	dir := os.Getenv(killFolder)
	if dir == "" {
		return // not a child
	}
	first, err := os.ReadFile(filepath.Join(dir, "2", "1.root.json"))
	if err != nil {
		t.Fatal(err)
	}
	d := device{t: t, Options: trust.Options{Root: first, Shelf: filepath.Join(dir, "shelf")}}
	version, err := strconv.ParseInt(os.Getenv(killFolder+"_FROM"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for ; version <= killVersions; version++ {
		fmt.Println("begin", version)
		d.refreshes(publication(dir, version))
		fmt.Println("held", version)
	}
}

func TestKillingTheProcessLosesNothing(t *testing.T) {
	dir := t.TempDir()
	d := publications(t, dir)
	d.refreshes(publication(dir, 2))
	held, within := int64(2), 0
	for lines := 1; held < killVersions; lines++ {
		begun, said := refreshAndKill(t, dir, held+1, lines%9+1)
		held = max(held, said)
		if begun > held {
			within++
		}
		m, err := trust.Load(d.Options)
		if errors.Is(err, fs.ErrNotExist) && begun > held {
			// With new keys of the timestamp nothing is held for a moment.
			m, err = d.refreshes(publication(dir, begun)), nil
		}
		if err != nil {
			t.Fatal(err)
		}
		if v := m.Versions()["timestamp"]; v != held && v != begun {
			t.Fatalf("%d was acknowledged, %d begun, and %d is held", held, begun, v)
		}
		held = m.Versions()["timestamp"]
		d.holds(publication(dir, held), "list", manifest, "one")
	}
	if within == 0 {
		t.Error("no kill fell into a refresh")
	}
	t.Log(within, "kills fell into a refresh")
}

// refreshAndKill lets a child refresh, kills it when it has said some lines, and
// returns what it said last: what was begun, and what was held.
func refreshAndKill(t *testing.T, dir string, from int64, lines int) (begun, held int64) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestRefreshUntilKilled$")
	child.Env = append(os.Environ(), killFolder+"="+dir, fmt.Sprintf("%s_FROM=%d", killFolder, from))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for said := bufio.NewScanner(out); said.Scan(); {
		var version int64
		if _, err := fmt.Sscanf(said.Text(), "begin %d", &version); err == nil {
			begun = version
		} else if _, err := fmt.Sscanf(said.Text(), "held %d", &version); err == nil {
			held = version
		}
		if lines--; lines == 0 {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	return begun, held
}
