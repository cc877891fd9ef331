package keys_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

func saying(text string) keys.Passphrase {
	return func(string) ([]byte, error) { return []byte(text), nil }
}

func TestARingSignsWithTheKeysOfItsFolders(t *testing.T) {
	one, two := keys.Folder(filepath.Join(t.TempDir(), "new")), keys.Folder(t.TempDir())
	var made []keys.Public
	for _, dir := range []keys.Folder{one, two, two} {
		key, err := dir.NewRole(nil)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, key)
	}
	ring, err := keys.Open(nil, string(one), string(two))
	if err != nil || len(ring.Keys()) != 3 {
		t.Fatal(ring, err)
	}
	for _, key := range made {
		signs(t, ring, key)
	}
	if ring, err = keys.Open(nil, string(one)); err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Signer(made[1].ID); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("%v, want %v", err, keys.ErrNoKey)
	}
	if _, err := keys.Open(nil, filepath.Join(string(one), "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want %v", err, fs.ErrNotExist)
	}
}

// signs wants go-tuf to accept what a ring signs with a key.
func signs(t *testing.T, ring *keys.Ring, key keys.Public) {
	t.Helper()
	signer, err := ring.Signer(key.ID)
	if err != nil {
		t.Fatal(err)
	}
	root := metadata.Root()
	tuf, _ := metadata.KeyFromPublicKey(key.Key)
	if err := root.Signed.AddKey(tuf, "root"); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Sign(signer); err != nil {
		t.Fatal(err)
	}
	if err := root.VerifyDelegate("root", root); err != nil {
		t.Error(err)
	}
}

func TestASealedKeyOpensWithItsPassphraseAlone(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	key, err := dir.NewRole(saying("three words more"))
	if err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(string(dir), key.Short()+".pem")
	if data, _ := os.ReadFile(private); !bytes.Contains(data, []byte("ENCRYPTED")) {
		t.Error("it is not sealed")
	}
	var asked string
	ring, err := keys.Open(func(file string) ([]byte, error) { asked = file; return []byte("three words more"), nil }, string(dir))
	if err != nil || asked != "" {
		t.Fatalf("%v; asked for %q before it was needed", err, asked)
	}
	signs(t, ring, key)
	if asked != private {
		t.Errorf("asked for %q, want %q", asked, private)
	}
	for name, ask := range map[string]keys.Passphrase{"wrong": saying("four"), "empty": saying(""), "none": nil} {
		ring, err := keys.Open(ask, string(dir))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Signer(key.ID); !errors.Is(err, keys.ErrPassphrase) || strings.Contains(err.Error(), "four") {
			t.Errorf("%s: %v, want %v", name, err, keys.ErrPassphrase)
		}
	}
	if _, err := keys.Folder(t.TempDir()).NewRole(saying("")); err == nil {
		t.Error("an empty passphrase was taken")
	}
}

func TestRoleKeysThatAreOpenOrStrangeAreNotUsed(t *testing.T) {
	dir := keys.Folder(t.TempDir())
	key, err := dir.NewRole(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := dir.NewRole(nil)
	if err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(string(dir), key.Short()+".pem")
	if info, err := os.Stat(private); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	strange, _ := os.ReadFile(filepath.Join(string(dir), other.Short()+".pem"))
	for name, change := range map[string]func() error{
		"open":    func() error { return os.Chmod(private, 0o640) },
		"strange": func() error { return errors.Join(os.Chmod(private, 0o600), os.WriteFile(private, strange, 0o600)) },
		"no PEM":  func() error { return os.WriteFile(private, []byte("secret"), 0o600) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		ring, err := keys.Open(nil, string(dir))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ring.Signer(key.ID); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
