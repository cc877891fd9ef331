package durable_test

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"portcullis/durable"
)

func TestOneHoldsALockAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	for range 2 {
		l, err := durable.Hold(path, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := durable.Hold(path, 0o600); !errors.Is(err, durable.ErrHeld) {
			t.Errorf("a second time: %v", err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A process that is being started has a copy of every file that is open.
func TestALockEndsThoughItsFileIsOpenElsewhere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	l, err := durable.Hold(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	copied, err := unix.Dup(durable.FD(l))
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(copied)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := durable.Hold(path, 0o600)
	if err != nil {
		t.Fatal("it is still held: ", err)
	}
	again.Close()
}
