package tty_test

import (
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"portcullis/drivers/drivertest"
	"portcullis/drivers/tty"
)

// What a reader pushed while nobody read it is of a document that may be gone.
func TestWhatCameBeforeAPortWasOpenedIsThrownAway(t *testing.T) {
	for name, native := range map[string]bool{"tarm": false, "native": true} {
		t.Run(name, func(t *testing.T) {
			if native {
				drivertest.NeedsTermios2(t)
			}
			reader, node, err := pty.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			defer node.Close()
			if _, err := term.MakeRaw(int(node.Fd())); err != nil {
				t.Fatal(err)
			}
			if _, err := reader.WriteString("old"); err != nil {
				t.Fatal(err)
			}
			for n := 0; n < len("old"); {
				if n, err = unix.IoctlGetInt(int(node.Fd()), unix.TIOCINQ); err != nil {
					t.Fatal(err)
				}
			}
			port, err := tty.Open(t.Context(), node.Name(), tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1, Native: native})
			if err != nil {
				t.Fatal(err)
			}
			defer port.Close()
			if _, err := reader.WriteString("new"); err != nil {
				t.Fatal(err)
			}
			var got []byte
			for late := time.Now().Add(time.Minute); len(got) < len("new") && time.Now().Before(late); {
				b := make([]byte, 16)
				n, err := port.Read(t.Context(), b)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, b[:n]...)
			}
			if string(got) != "new" {
				t.Errorf("read %q", got)
			}
		})
	}
}
