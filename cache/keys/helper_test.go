package keys

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/cache/list"
)

// Ask the test binary to be another process: one that opens a folder's keys
// and prints what it gets.
const (
	otherFolder = "PORTCULLIS_TEST_KEYS"
	otherTPM    = "PORTCULLIS_TEST_TPM"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(otherFolder)
	if dir == "" {
		os.Exit(m.Run())
	}
	var p Provider = Machine{}
	if device := os.Getenv(otherTPM); device != "" {
		p = TPM{Device: device}
	}
	key, err := NewRing(dir, p).Seal()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%x", key)
}

// otherProcess returns a process that prints the key of a folder.
func otherProcess(t *testing.T, dir, device string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0])
	c.Env = append(os.Environ(), otherFolder+"="+dir, otherTPM+"="+device)
	c.Stderr = os.Stderr
	return c
}

// cheap is as cheap as a key may be.
var cheap = cost{Memory: 8 << 10, Passes: 1, Lanes: 1}

const phrase = "seven herons cross the weir"

func told(s string) Passphrase {
	return Passphrase{Ask: func() ([]byte, error) { return []byte(s), nil }, cost: cheap}
}

// board writes what the kernel of some board offers, and returns its root.
func board(t *testing.T, files map[string]string) Machine {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
	}
	return Machine{root: root, cost: cheap}
}

func raspberry(t *testing.T, serial string) Machine {
	t.Helper()
	return board(t, map[string]string{"sys/firmware/devicetree/base/serial-number": serial + "\x00"})
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func mustSeal(t *testing.T, r *Ring) [Size]byte {
	t.Helper()
	key, err := r.Seal()
	must(t, err)
	return key
}

func mustRefuse(t *testing.T, r *Ring, want error) {
	t.Helper()
	if key, err := r.Seal(); !errors.Is(err, want) || key != [Size]byte{} {
		t.Fatalf("the key opens with %v, want %v", err, want)
	}
}

// plainKey puts the key of a list into a folder as a technician does.
func plainKey(t *testing.T, dir, name string) (list.Key, []byte) {
	t.Helper()
	secret := bytes.Repeat([]byte(name[:1]), Size)
	must(t, os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, name+suffix), secret, 0o600))
	key, err := list.NewKey(secret)
	must(t, err)
	return key, secret
}

func mustList(t *testing.T, r *Ring, name string, want list.Key) {
	t.Helper()
	got, err := r.List(name)
	must(t, err)
	if got != want {
		t.Fatalf("the key of list %s is another", name)
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

// names are the files of a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return strings.Join(all, " ")
}

// required skips a test for want of something, unless nothing may be skipped.
func required(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("PORTCULLIS_REQUIRE") != "" {
		t.Fatal("needs " + what)
	}
	t.Skip("needs " + what)
}
