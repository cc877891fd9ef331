package keys_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/central/keys"
)

func TestAListKeyIsReadAsItWasMade(t *testing.T) {
	dir := keys.Folder(filepath.Join(t.TempDir(), "new", "keys"))
	made, err := dir.NewList("sltd")
	if err != nil {
		t.Fatal(err)
	}
	if key, err := dir.List("sltd"); key != made || err != nil {
		t.Errorf("list key: %v", err)
	}
	if info, err := os.Stat(filepath.Join(string(dir), "sltd.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 600", info.Mode(), err)
	}
	if left, _ := os.ReadDir(string(dir)); len(left) != 1 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestNoListKeyIsOverwritten(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	if _, err := dir.NewList("sltd"); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if _, err := dir.NewList("sltd"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("list key: %v, want %v", err, fs.ErrExist)
	}
	if !bytes.Equal(before, files(t, dir)) {
		t.Error("a file has changed")
	}
}

func TestListsHaveNamesThatAreFreeAndProper(t *testing.T) {
	for _, name := range []string{"", "release", "device", "../sltd", "SLTD", "a b"} {
		dir := keys.Folder(t.TempDir())
		if _, err := dir.NewList(name); err == nil || len(files(t, dir)) > 0 {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestFilesThatAreNoListKeysAreRefused(t *testing.T) {
	for name, data := range map[string]string{"empty": "", "short": "secret", "long": strings.Repeat("secret", 10)} {
		dir := keys.Folder(t.TempDir())
		write(t, dir, "sltd.key", data, 0o600)
		_, err := dir.List("sltd")
		if err == nil || data != "" && strings.Contains(err.Error(), data) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := keys.Folder(t.TempDir()).List("sltd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestListKeysThatOthersCanReadAreNotUsed(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	dir.NewList("sltd")
	if err := os.Chmod(filepath.Join(string(dir), "sltd.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.List("sltd"); !errors.Is(err, keys.ErrOpen) {
		t.Errorf("list key: %v, want %v", err, keys.ErrOpen)
	}
}

func write(t *testing.T, dir keys.Folder, name, data string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(dir), name), []byte(data), mode); err != nil {
		t.Fatal(err)
	}
}

// files is what all files of a folder hold.
func files(t *testing.T, dir keys.Folder) (all []byte) {
	t.Helper()
	entries, err := os.ReadDir(string(dir))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(string(dir), e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, e.Name()...), data...)
	}
	return all
}
