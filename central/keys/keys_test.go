package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/central/keys"
)

func TestKeysAreReadAsTheyWereMade(t *testing.T) {
	dir := keys.Folder(filepath.Join(t.TempDir(), "new", "keys"))
	made, err := dir.NewSigner()
	if err != nil {
		t.Fatal(err)
	}
	madeList, err := dir.NewList("sltd")
	if err != nil {
		t.Fatal(err)
	}

	signer, err := dir.Signer()
	if err != nil || !made.Equal(signer.Public()) {
		t.Errorf("signer: %v", err)
	}
	public, err := dir.Public()
	if err != nil || !made.Equal(public) {
		t.Errorf("public key: %v", err)
	}
	if !ed25519.Verify(public, []byte("x"), ed25519.Sign(signer, []byte("x"))) {
		t.Error("the halves do not fit")
	}
	if key, err := dir.List("sltd"); key != madeList || err != nil {
		t.Errorf("list key: %v", err)
	}
	for name, mode := range map[string]fs.FileMode{"release.key": 0o600, "release.pub": 0o644, "sltd.key": 0o600} {
		if info, err := os.Stat(filepath.Join(string(dir), name)); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info.Mode(), err, mode)
		}
	}
	if left, _ := os.ReadDir(string(dir)); len(left) != 3 {
		t.Errorf("the folder holds %v", left)
	}
}

func TestNoKeyIsOverwritten(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	if _, err := dir.NewSigner(); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.NewList("sltd"); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	if _, err := dir.NewSigner(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("signer: %v, want %v", err, fs.ErrExist)
	}
	if _, err := dir.NewList("sltd"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("list key: %v, want %v", err, fs.ErrExist)
	}
	if !bytes.Equal(before, files(t, dir)) {
		t.Error("a file has changed")
	}
}

func TestNoOtherKeyComesToStandBesideAnOldPublicOne(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	dir.NewSigner()
	if err := os.Remove(filepath.Join(string(dir), keys.SignerFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := dir.NewSigner(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want %v", err, fs.ErrExist)
	}
	if _, err := dir.Signer(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a private key was made: %v", err)
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

func TestFilesThatAreNoKeysAreRefused(t *testing.T) {
	const x25519 = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIHB8u2+K0NwvHyUYBvGPPN8fZpBJuuRt7nwMKlvU3Y1Z\n-----END PRIVATE KEY-----\n"
	for name, data := range map[string]string{"empty": "", "no PEM": "secret", "another PEM": "-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----\n", "no DER": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "another key": x25519} {
		dir := keys.Folder(t.TempDir())
		write(t, dir, "release.key", data, 0o600)
		write(t, dir, "release.pub", data, 0o644)
		write(t, dir, "sltd.key", data, 0o600)
		_, signer := dir.Signer()
		_, public := dir.Public()
		_, list := dir.List("sltd")
		if signer == nil || public == nil || list == nil {
			t.Errorf("%s: %v, %v, %v", name, signer, public, list)
		}
		if data != "" && strings.Contains(errors.Join(signer, public, list).Error(), data) {
			t.Errorf("%s: the error tells what is in the file", name)
		}
	}
	dir := keys.Folder(t.TempDir())
	if _, err := dir.Signer(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestPrivateKeysThatOthersCanReadAreNotUsed(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	dir.NewSigner()
	dir.NewList("sltd")
	for _, name := range []string{"release.key", "sltd.key"} {
		if err := os.Chmod(filepath.Join(string(dir), name), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := dir.Signer(); !errors.Is(err, keys.ErrOpen) {
		t.Errorf("signer: %v, want %v", err, keys.ErrOpen)
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
