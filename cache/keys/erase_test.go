package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// used is a folder of keys in use: one sealed, one plain, one unfinished.
func used(t *testing.T, p Provider) *Ring {
	t.Helper()
	dir := t.TempDir()
	r := NewRing(dir, p)
	mustSeal(t, r)
	key, _ := plainKey(t, dir, "sltd")
	mustList(t, r, "sltd", key)
	plainKey(t, dir, "other")
	must(t, os.WriteFile(filepath.Join(dir, unfinished+"123"), []byte("half a key"), 0o600))
	return r
}

func mustBeErased(t *testing.T, r *Ring) {
	t.Helper()
	mustRefuse(t, r, ErrErased)
	for _, name := range []string{"sltd", "other", "never"} {
		if _, err := r.List(name); !errors.Is(err, ErrErased) {
			t.Errorf("the key of list %s: %v", name, err)
		}
	}
	s, err := r.Status()
	must(t, err)
	if s.State != StateErased || len(s.Lists) != 0 || len(s.BoundTo) != 0 || s.Problem != "" {
		t.Errorf("the status is %+v", s)
	}
	if all := names(t, r.dir); all != "device.key" {
		t.Errorf("the folder holds %s", all)
	}
}

func TestErasedKeysAreGoneUntilNewOnesAreMade(t *testing.T) {
	r := used(t, told(phrase))
	before := mustSeal(t, r)
	file := mustRead(t, r.path(deviceName))
	e, err := parseEnvelope(file)
	must(t, err)
	cells, err := os.Open(r.path(deviceName))
	must(t, err)
	defer cells.Close()

	if IsErased(r.dir) {
		t.Error("keys that open are said to be erased")
	}
	must(t, r.Erase())
	mustBeErased(t, r)
	if !IsErased(r.dir) {
		t.Error("erased keys are not said to be")
	}
	after := make([]byte, len(file))
	_, err = cells.ReadAt(after, 0)
	must(t, err)
	for _, part := range [][]byte{file[len(file)-100 : len(file)-10], e.Params, []byte("sealed")} {
		if bytes.Contains(after, part) {
			t.Error("the sealed secret was not overwritten where it lay")
		}
	}
	must(t, r.Erase())
	mustBeErased(t, NewRing(r.dir, told(phrase)))

	must(t, r.Make())
	if mustSeal(t, NewRing(r.dir, told(phrase))) == before {
		t.Error("the key is the one that was erased")
	}
}

// TestErasingCanBeInterrupted stops after each step, as a power cut does, and
// goes on with the next start.
func TestErasingCanBeInterrupted(t *testing.T) {
	for done := range len((&eraser{}).steps()) {
		r := used(t, told(phrase))
		before := mustSeal(t, r)
		x := eraser{ring: r}
		for _, step := range x.steps()[:done] {
			must(t, step())
		}
		next := NewRing(r.dir, told(phrase))
		if key, err := next.Seal(); err == nil && key != before || err != nil && !errors.Is(err, ErrErased) {
			t.Errorf("after %d steps there is a new key, or %v", done, err)
		}
		must(t, next.Erase())
		mustBeErased(t, next)
	}
}

func TestErasingGoesOnWhereAPartFails(t *testing.T) {
	r := used(t, told(phrase))
	refusal := errors.New("refused")
	r.provider = unwilling{told(phrase), refusal}
	if err := r.Erase(); !errors.Is(err, refusal) {
		t.Errorf("it says %v", err)
	}
	mustRefuse(t, r, ErrErased)
	if all := names(t, r.dir); all != "device.key" {
		t.Errorf("the folder holds %s", all)
	}
	if s, err := r.Status(); err != nil || s.State != StateErased || s.Problem == "" {
		t.Errorf("the status is %+v, %v", s, err)
	}
	if err := r.Make(); err == nil {
		t.Error("a new key takes the place of one that is not destroyed")
	}
	r.provider = told(phrase)
	must(t, r.Erase())
	mustBeErased(t, r)
}

// An unwilling provider cannot destroy its part.
type unwilling struct {
	Passphrase
	refusal error
}

// Erase implements Provider.
func (u unwilling) Erase(json.RawMessage) error { return u.refusal }

func TestADamagedOrForeignKeyCanBeErased(t *testing.T) {
	for name, file := range map[string][]byte{
		"empty": {}, "cut": []byte(deviceHeader + " 00"), "of an older version": make([]byte, 32), "long": make([]byte, 100_000),
	} {
		t.Run(name, func(t *testing.T) {
			r := used(t, told(phrase))
			must(t, os.WriteFile(r.path(deviceName), file, 0o400))
			must(t, NewRing(r.dir, told(phrase)).Erase())
			mustBeErased(t, NewRing(r.dir, told(phrase)))
		})
	}
}

// TestWhatWasMadeReadOnlyIsErasedToo erases as a user without privileges.
func TestWhatWasMadeReadOnlyIsErasedToo(t *testing.T) {
	if os.Geteuid() != 0 {
		required(t, "root, to be another user")
	}
	const user = 1234
	r := used(t, told(phrase))
	must(t, os.Chown(filepath.Dir(r.dir), user, -1), os.Chown(r.dir, user, -1))
	for _, name := range strings.Fields(names(t, r.dir)) {
		must(t, os.Chown(filepath.Join(r.dir, name), user, -1), os.Chmod(filepath.Join(r.dir, name), 0o400))
	}
	runtime.LockOSThread() // it is the thread that is another user to the file system
	defer runtime.UnlockOSThread()
	must(t, syscall.Setfsuid(user))
	err := r.Erase()
	must(t, syscall.Setfsuid(0), err)
	mustBeErased(t, r)
}

// TestWhatAnotherProcessErasesIsErasedHere has two Rings on one folder, as an
// appliance and a command have.
func TestWhatAnotherProcessErasesIsErasedHere(t *testing.T) {
	r := used(t, told(phrase))
	before := mustSeal(t, r)
	other := NewRing(r.dir, told(phrase))
	must(t, other.Erase())
	mustBeErased(t, r)
	must(t, other.Make())
	fresh, _ := plainKey(t, r.dir, "sltd")
	mustList(t, r, "sltd", fresh) // which takes it in under the new secret
	mustList(t, NewRing(r.dir, told(phrase)), "sltd", fresh)
	if key := mustSeal(t, r); key == before || key != mustSeal(t, other) {
		t.Error("it still has the old key")
	}
}

func TestErasingNeedsNoRoom(t *testing.T) {
	r := used(t, told(phrase))
	full := t.TempDir()
	if err := syscall.Mount("tmpfs", full, "tmpfs", 0, "size=64k"); err != nil {
		required(t, "a file system of its own: "+err.Error())
	}
	t.Cleanup(func() { syscall.Unmount(full, syscall.MNT_DETACH) })
	must(t, os.CopyFS(full, os.DirFS(r.dir)))
	if err := os.WriteFile(filepath.Join(full, "filler"), make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	r = NewRing(full, told(phrase))
	must(t, r.Erase(), os.Remove(filepath.Join(full, "filler")))
	mustBeErased(t, r)
}

func TestADeviceThatNeverHadAKeyCanBeErased(t *testing.T) {
	r := NewRing(t.TempDir(), told(phrase))
	must(t, r.Erase())
	mustBeErased(t, r)
	if err := NewRing(filepath.Join(t.TempDir(), "none"), told(phrase)).Erase(); err == nil {
		t.Error("a folder that is not there is erased")
	}
}
