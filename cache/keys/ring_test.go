package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestADeviceKeepsTheKeyThatItMadeFirst(t *testing.T) {
	for name, p := range map[string]Provider{"passphrase": told(phrase), "machine": raspberry(t, "10000000abcd1234"), "unbound": board(t, nil)} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			r := NewRing(dir, p)
			first := mustSeal(t, r)
			if again := mustSeal(t, r); again != first {
				t.Error("the second time it is another")
			}
			r.Wipe()
			if again := mustSeal(t, r); again != first {
				t.Error("once wiped it is another")
			}
			if other := mustSeal(t, NewRing(dir, p)); other != first {
				t.Error("at the next start it is another")
			}
			if info, err := os.Stat(filepath.Join(dir, "device.key")); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("device.key is %v, %v", info.Mode(), err)
			}
			if all := names(t, dir); all != "device.key" {
				t.Errorf("the folder holds %s", all)
			}
		})
	}
}

func TestTwoDevicesHaveTwoKeys(t *testing.T) {
	m := raspberry(t, "10000000abcd1234")
	one, other := mustSeal(t, NewRing(t.TempDir(), m)), mustSeal(t, NewRing(t.TempDir(), m))
	if one == other {
		t.Error("they share one")
	}
}

// TestProcessesThatMakeTheKeyAtOnceUseTheSame starts several on a folder that
// has none.
func TestProcessesThatMakeTheKeyAtOnceUseTheSame(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	var outputs [4]bytes.Buffer
	var wait []func() error
	for i := range outputs {
		c := otherProcess(t, dir, "")
		c.Stdout = &outputs[i]
		must(t, c.Start())
		wait = append(wait, c.Wait)
	}
	for _, w := range wait {
		must(t, w())
	}
	want := fmt.Sprintf("%x", mustSeal(t, NewRing(dir, Machine{})))
	for i := range outputs {
		if got := outputs[i].String(); got != want {
			t.Errorf("process %d has another key", i)
		}
	}
}

func TestADamagedKeyIsNeverReplaced(t *testing.T) {
	dir := t.TempDir()
	p := told(phrase)
	mustSeal(t, NewRing(dir, p))
	path := filepath.Join(dir, "device.key")
	whole := mustRead(t, path)
	check := func(what string, file []byte) {
		t.Helper()
		must(t, os.WriteFile(path, file, 0o600))
		mustRefuse(t, NewRing(dir, p), ErrDamaged)
		if err := NewRing(dir, p).Make(); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: Make says %v", what, err)
		}
		if !bytes.Equal(mustRead(t, path), file) {
			t.Fatalf("%s: the file was changed", what)
		}
	}
	for n := 0; n < len(whole); n += 7 {
		check("truncated", whole[:n])
	}
	for n := 0; n < len(whole); n += 11 {
		flipped := bytes.Clone(whole)
		flipped[n] ^= 1
		check("a bit flipped", flipped)
	}
	check("the bare key of an older version", bytes.Repeat([]byte{7}, 32))
	check("a long file", bytes.Repeat([]byte("portcullis device key 1 "), 1<<16))
	must(t, os.WriteFile(path, whole, 0o600))
	mustSeal(t, NewRing(dir, p))
}

func TestALostKeyIsNotReplacedWhileOthersAreSealedUnderIt(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	plainKey(t, dir, "sltd")
	mustSeal(t, r)
	_, err := r.TakeIn()
	must(t, err, os.Remove(filepath.Join(dir, "device.key")))
	lost := NewRing(dir, told(phrase))
	mustRefuse(t, lost, ErrLost)
	if err := lost.Make(); !errors.Is(err, ErrLost) {
		t.Errorf("Make says %v", err)
	}
	if _, err := lost.List("sltd"); !errors.Is(err, ErrLost) || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("List says %v", err)
	}
}

func TestAnotherProviderIsRefused(t *testing.T) {
	dir := t.TempDir()
	mustSeal(t, NewRing(dir, told(phrase)))
	mustRefuse(t, NewRing(dir, Machine{}), ErrOtherProvider)
	if kind, err := KindOf(dir); kind != KindPassphrase || err != nil {
		t.Errorf("it is of kind %q, %v", kind, err)
	}
	if _, err := KindOf(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a key: %v", err)
	}
}

func TestMakeRefusesWhereThereIsAKey(t *testing.T) {
	r := NewRing(filepath.Join(t.TempDir(), "keys"), told(phrase))
	must(t, r.Make())
	key := mustSeal(t, r)
	if err := r.Make(); !errors.Is(err, ErrExists) {
		t.Errorf("the second time: %v", err)
	}
	if mustSeal(t, r) != key {
		t.Error("the key is another")
	}
}

// A reluctant provider counts the keys that are given up again.
type reluctant struct {
	Passphrase
	given *int
}

// Erase implements Provider.
func (r reluctant) Erase(json.RawMessage) error { *r.given++; return nil }

func TestAKeyThatCannotBeKeptIsGivenUp(t *testing.T) {
	given := 0
	r := NewRing(t.TempDir(), reluctant{told(phrase), &given})
	full := func(string, string) error { return syscall.ENOSPC }
	if err := r.makeSecret(full); !errors.Is(err, syscall.ENOSPC) || given != 1 || r.secret != nil {
		t.Errorf("%v, given up %d times", err, given)
	}
	if left := names(t, r.dir); left != "" {
		t.Errorf("it leaves %s", left)
	}
}

func TestAReadOnlyFolderServes(t *testing.T) {
	dir := t.TempDir()
	p := told(phrase)
	seal := mustSeal(t, NewRing(dir, p))
	key, secret := plainKey(t, dir, "sltd")
	readOnly(t, dir)
	r := NewRing(dir, p)
	if mustSeal(t, r) != seal {
		t.Error("the device key is another")
	}
	mustList(t, r, "sltd", key)
	if !bytes.Equal(mustRead(t, filepath.Join(dir, "sltd.key")), secret) {
		t.Error("the plain key was changed")
	}
	if _, err := r.TakeIn(); err == nil {
		t.Error("TakeIn says nothing")
	}
	if err := r.Erase(); err == nil {
		t.Error("Erase says nothing")
	}
}

func TestAReadOnlyFolderWithoutAKeySaysSo(t *testing.T) {
	dir := t.TempDir()
	readOnly(t, dir)
	if _, err := NewRing(dir, told(phrase)).Seal(); !errors.Is(err, syscall.EROFS) && !errors.Is(err, fs.ErrPermission) {
		t.Errorf("it says %v", err)
	}
}

// readOnly mounts a folder over itself, read-only.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	err := syscall.Mount(dir, dir, "", syscall.MS_BIND, "")
	if err == nil {
		t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
		err = syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
	}
	if err != nil {
		required(t, "a read-only mount: "+err.Error())
	}
}

func TestFilesThatOthersMayReadAreTold(t *testing.T) {
	dir := t.TempDir()
	r := NewRing(dir, told(phrase))
	mustSeal(t, r)
	plainKey(t, dir, "sltd")
	s, err := r.Status()
	must(t, err)
	if len(s.Exposed) != 0 {
		t.Errorf("of files of mode 0600: %v", s.Exposed)
	}
	must(t, os.Chmod(filepath.Join(dir, "sltd.key"), 0o644), os.Chmod(filepath.Join(dir, "device.key"), 0o640))
	s, err = r.Status()
	must(t, err)
	if got := strings.Join(s.Exposed, " "); got != "device.key sltd.key" {
		t.Errorf("of files of mode 0640 and 0644: %v", s.Exposed)
	}
}

// TestWhatRootMakesIsTheFoldersOwners looks at who owns a key that a command of
// root made in the appliance's folder.
func TestWhatRootMakesIsTheFoldersOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		required(t, "root")
	}
	dir := filepath.Join(t.TempDir(), "keys")
	must(t, os.Chown(filepath.Dir(dir), 1234, 5678))
	mustSeal(t, NewRing(dir, told(phrase)))
	for _, path := range []string{dir, filepath.Join(dir, "device.key")} {
		info, err := os.Stat(path)
		must(t, err)
		if s := info.Sys().(*syscall.Stat_t); s.Uid != 1234 || s.Gid != 5678 {
			t.Errorf("%s belongs to %d:%d", filepath.Base(path), s.Uid, s.Gid)
		}
	}
}

func TestNothingOfAKeyIsPrinted(t *testing.T) {
	secret := Secret(bytes.Repeat([]byte{0xab}, Size))
	r := &Ring{dir: "keys", provider: told(phrase), secret: &secret}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, secret) + fmt.Sprintf(verb, &secret) + fmt.Sprintf(verb, struct{ S Secret }{secret}); strings.Contains(text, "171") || strings.Contains(strings.ToLower(text), "ab") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	r.Wipe()
	if secret != (Secret{}) {
		t.Error("a wiped key is still in memory")
	}
}
