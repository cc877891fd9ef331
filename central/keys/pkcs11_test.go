//go:build cgo

package keys_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/central/keys"
)

const module = "/usr/lib/softhsm/libsofthsm2.so"

// token makes a token of SoftHSM, and returns the URI of a key in it.
func token(t *testing.T) func(object string) string {
	t.Helper()
	if _, err := os.Stat(module); err != nil {
		if os.Getenv("PORTCULLIS_REQUIRE") == "1" {
			t.Fatal("softhsm2 is missing: install the package softhsm2")
		}
		t.Skip("softhsm2 is missing: install the package softhsm2")
	}
	dir := t.TempDir()
	write(t, keys.Folder(dir), "conf", fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir), 0o600)
	write(t, keys.Folder(dir), "pin", "1234\n", 0o600)
	t.Setenv("SOFTHSM2_CONF", filepath.Join(dir, "conf"))
	out, err := exec.Command("softhsm2-util", "--init-token", "--free", "--label", "desk one", "--pin", "1234", "--so-pin", "5678").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return func(object string) string {
		return "pkcs11:token=desk%20one;object=" + object + "?module-path=" + module + "&pin-source=" + filepath.Join(dir, "pin")
	}
}

func TestKeysInATokenSign(t *testing.T) {
	uri := token(t)
	var made [2]keys.Public
	for i, name := range []string{"root", "targets"} {
		var err error
		if made[i], err = keys.NewInToken(uri(name)); err != nil {
			t.Fatal(err)
		}
	}
	if _, ok := made[0].Key.(ed25519.PublicKey); !ok {
		t.Errorf("the token made a %T", made[0].Key)
	}
	ring, err := keys.Open(nil, uri("root"), uri("targets"))
	if err != nil {
		t.Fatal(err)
	}
	defer ring.Close()
	for _, key := range made {
		signs(t, ring, key)
	}
}

func TestNoKeyOfATokenIsMadeTwice(t *testing.T) {
	uri := token(t)
	if _, err := keys.NewInToken(uri("root")); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.NewInToken(uri("root")); err == nil || !strings.Contains(err.Error(), "there is a key root") {
		t.Error(err)
	}
}

func TestATokenThatDoesNotOpenSaysWhy(t *testing.T) {
	uri := token(t)
	if _, err := keys.NewInToken(uri("root")); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Open(nil, uri("other")); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("another object: %v", err)
	}
	if _, err := keys.Open(nil, strings.Replace(uri("root"), "desk", "dusk", 1)); err == nil || !strings.Contains(err.Error(), "no such token") {
		t.Errorf("another token: %v", err)
	}
	if _, err := keys.Open(nil, strings.Replace(uri("root"), module, "/dev/null", 1)); err == nil || !strings.Contains(err.Error(), "no PKCS#11 module") {
		t.Errorf("no module: %v", err)
	}
	_, file, _ := strings.Cut(uri("root"), "pin-source=")
	if err := os.WriteFile(file, []byte("4321"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Open(nil, uri("root")); err == nil || strings.Contains(err.Error(), "4321") {
		t.Errorf("another PIN: %v", err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Open(nil, uri("root")); err == nil || !strings.Contains(err.Error(), "others can read it") {
		t.Errorf("an open PIN file: %v", err)
	}
	if _, err := keys.Open(nil, uri("root")+"&pin-value=1234"); err == nil {
		t.Error("a PIN in the URI was taken")
	}
}
