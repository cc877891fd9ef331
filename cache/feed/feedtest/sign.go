package feedtest

import (
	"os"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// Sign returns a manifest as a signed target.
func Sign(t testing.TB, m feed.Manifest) trust.Target {
	t.Helper()
	data, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return Target(t, feed.ListRole, feed.ReleasePath(m.List), data)
}

// Target returns any bytes as a target that a role has signed, and that a
// device has verified.
func Target(t testing.TB, role, path string, data []byte) trust.Target {
	t.Helper()
	p := trusttest.New(t)
	p.Put(role, path, data)
	p.Publish()
	m, err := trust.Refresh(t.Context(), p.Options(Shelf(t)), p)
	if err != nil {
		t.Fatal(err)
	}
	target, err := m.Fetch(t.Context(), p, role, path)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// Shelf returns a new folder for what is verified, in memory where there is one:
// thousands are made, and none is kept.
func Shelf(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "portcullis-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
