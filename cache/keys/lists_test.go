package keys

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestAPlainKeyIsTakenIn(t *testing.T) {
	dir := t.TempDir()
	p := told(phrase)
	key, secret := plainKey(t, dir, "sltd")
	path := filepath.Join(dir, "sltd.key")
	r := NewRing(dir, p)
	mustList(t, r, "sltd", key)
	if !bytes.Equal(mustRead(t, path), secret) {
		t.Fatal("it was taken in before there was a device secret")
	}
	plain, err := os.Open(path) // its cells, after it has lost its name
	must(t, err)
	defer plain.Close()
	mustSeal(t, r)
	mustList(t, r, "sltd", key)
	if bytes.Contains(mustRead(t, path), secret) || !isSealed(mustRead(t, path)) {
		t.Error("the key still lies there plain")
	}
	left := make([]byte, Size)
	if _, err := plain.ReadAt(left, 0); err != nil || !bytes.Equal(left, make([]byte, Size)) {
		t.Error("the plain key was not overwritten")
	}
	if all := names(t, dir); all != "device.key sltd.key" {
		t.Errorf("the folder holds %s", all)
	}
	mustList(t, NewRing(dir, p), "sltd", key)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the sealed key is %v, %v", info.Mode(), err)
	}
}

func TestANewPlainKeyReplacesTheSealedOne(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	mustSeal(t, r)
	old, _ := plainKey(t, dir, "sltd")
	mustList(t, r, "sltd", old)
	path := filepath.Join(dir, "sltd.key")
	fresh, _ := plainKey(t, dir, "other")
	must(t, os.Rename(filepath.Join(dir, "other.key"), path))
	mustList(t, r, "sltd", fresh)
	mustList(t, NewRing(dir, told(phrase)), "sltd", fresh)
}

func TestTakeInSealsAllThatLiesPlain(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	if _, err := r.TakeIn(); err != nil {
		t.Errorf("of an empty folder: %v", err)
	}
	a, _ := plainKey(t, dir, "a")
	b, _ := plainKey(t, dir, "b")
	if _, err := r.TakeIn(); err == nil {
		t.Error("it takes keys in without a device secret")
	}
	mustSeal(t, r)
	if taken, err := r.TakeIn(); err != nil || len(taken) != 2 {
		t.Errorf("it took %v, %v", taken, err)
	}
	if taken, err := r.TakeIn(); err != nil || len(taken) != 0 {
		t.Errorf("the second time it took %v, %v", taken, err)
	}
	mustList(t, r, "a", a)
	mustList(t, r, "b", b)
}

// TestACrashWhileAKeyIsTakenInLosesNothing leaves the folder as each step does.
func TestACrashWhileAKeyIsTakenInLosesNothing(t *testing.T) {
	for name, crash := range map[string]func(r *Ring, sealed []byte) error{
		"with a second name": func(r *Ring, _ []byte) error { return os.Link(r.path("sltd"), r.plainPath("sltd")) },
		"sealed, and the plain one not overwritten": func(r *Ring, sealed []byte) error {
			return errors.Join(os.Rename(r.path("sltd"), r.plainPath("sltd")), os.WriteFile(r.path("sltd"), sealed, 0o600))
		},
		"half written": func(r *Ring, sealed []byte) error {
			return os.WriteFile(filepath.Join(r.dir, unfinished+"1"), sealed[:20], 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			r := NewRing(dir, told(phrase))
			mustSeal(t, r)
			key, secret := plainKey(t, dir, "sltd")
			sealed, err := sealList("sltd", r.derive(listLabel), Secret(secret))
			must(t, err, crash(r, sealed))
			after := NewRing(dir, told(phrase))
			mustList(t, after, "sltd", key)
			_, err = after.TakeIn()
			must(t, err)
			mustList(t, after, "sltd", key)
			if _, err := os.Stat(r.plainPath("sltd")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the plain key is still there: %v", err)
			}
		})
	}
}

// TestTheOnlyCopyIsNoLeftover has a plain key with a second name, which a crash
// leaves before there is a sealed one.
func TestTheOnlyCopyIsNoLeftover(t *testing.T) {
	r := NewRing(t.TempDir(), told(phrase))
	_, secret := plainKey(t, r.dir, "sltd")
	must(t, os.Link(r.path("sltd"), r.plainPath("sltd")), r.dropLeftover("sltd"))
	if !bytes.Equal(mustRead(t, r.path("sltd")), secret) {
		t.Error("it was overwritten")
	}
}

// TestManyMayTakeAKeyInAtOnce has several Rings do so, as processes would.
func TestManyMayTakeAKeyInAtOnce(t *testing.T) {
	dir := t.TempDir()
	mustSeal(t, NewRing(dir, told(phrase)))
	key, _ := plainKey(t, dir, "sltd")
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if got, err := NewRing(dir, told(phrase)).List("sltd"); err != nil || got != key {
				t.Errorf("one reads another key: %v", err)
			}
		})
	}
	all.Wait()
	mustList(t, NewRing(dir, told(phrase)), "sltd", key)
}

func TestAKeyThatWasNeverGivenIsToldFromOneThatIsBroken(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	mustSeal(t, r)
	if _, err := r.List("sltd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	a, _ := plainKey(t, dir, "a")
	mustList(t, r, "a", a)
	sealed := mustRead(t, r.path("a"))
	for name, file := range map[string][]byte{
		"empty": {}, "short": make([]byte, 31), "long": make([]byte, 33), "cut": sealed[:len(sealed)-1], "cut to the size of a plain one": sealed[:Size],
		"of another list": sealed,
	} {
		must(t, os.WriteFile(r.path("b"), file, 0o600))
		if _, err := r.List("b"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"", "device", "../a", ".a", "x/y"} {
		if _, err := r.List(name); err == nil {
			t.Errorf("a list may be called %q", name)
		}
	}
}
