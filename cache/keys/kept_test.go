package keys

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestAKeptSecretIsSealedAndBoundToItsName(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	secret := [Size]byte(bytes.Repeat([]byte("k"), Size))
	must(t, r.Keep("identity", secret))
	if got, err := NewRing(dir, told(phrase)).Kept("identity"); err != nil || got != secret {
		t.Fatalf("it opens with %v", err)
	}
	file := mustRead(t, filepath.Join(dir, "identity.kept"))
	if bytes.Contains(file, secret[:]) {
		t.Error("it lies there plain")
	}
	must(t, os.WriteFile(filepath.Join(dir, "other.kept"), file, 0o600))
	if _, err := r.Kept("other"); !errors.Is(err, ErrDamaged) {
		t.Errorf("by another name it opens with %v", err)
	}
	if _, err := r.Kept("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that was never kept: %v", err)
	}
	for _, name := range []string{"", "device", ".x", "../x"} {
		if r.Keep(name, secret) == nil {
			t.Errorf("a secret can be kept as %q", name)
		}
	}
	must(t, r.Drop("other"), r.Drop("other"))
	if got := names(t, dir); got != "device.key identity.kept" {
		t.Errorf("there is %s", got)
	}
}

func TestAKeptSecretDiesWithTheDeviceKey(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	must(t, r.Keep("identity", [Size]byte{1}))
	copied := mustRead(t, filepath.Join(dir, "identity.kept"))
	must(t, r.Erase())
	if got := names(t, dir); got != "device.key" {
		t.Errorf("erasing leaves %s", got)
	}
	if _, err := r.Kept("identity"); !errors.Is(err, ErrErased) {
		t.Errorf("it opens with %v", err)
	}
	if err := r.Keep("identity", [Size]byte{1}); !errors.Is(err, ErrErased) {
		t.Errorf("another is kept with %v", err)
	}
	must(t, r.Make(), os.WriteFile(filepath.Join(dir, "identity.kept"), copied, 0o600))
	if _, err := r.Kept("identity"); !errors.Is(err, ErrDamaged) {
		t.Errorf("a copy from before opens with %v", err)
	}
}

func TestNoDeviceKeyIsMadeWhereAKeptSecretWouldBeLost(t *testing.T) {
	dir := t.TempDir()
	must(t, NewRing(dir, told(phrase)).Keep("identity", [Size]byte{1}), os.Remove(filepath.Join(dir, "device.key")))
	r := NewRing(dir, told(phrase))
	mustRefuse(t, r, ErrLost)
	if _, err := r.Kept("identity"); !errors.Is(err, ErrLost) {
		t.Errorf("it opens with %v", err)
	}
}
