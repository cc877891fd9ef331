package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"portcullis/central/registry"
)

func TestATerminalShowsABar(t *testing.T) {
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	p := newProgress(tty)
	p.tell(registry.Progress{Bytes: 50, Total: 100})
	p.end()
	tty.Close()
	var shown bytes.Buffer
	shown.ReadFrom(screen) // which ends with an error once the other end is closed
	if !strings.Contains(shown.String(), "import") || !strings.Contains(shown.String(), "50%") {
		t.Errorf("the terminal shows %q", shown.String())
	}
}

func TestALineIsShownEveryFewSecondsWithoutATerminal(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.tell(registry.Progress{Bytes: 50, Total: 100})
	if out.Len() > 0 {
		t.Errorf("at once there is %q", out.String())
	}
	p.last = p.last.Add(-betweenLines)
	p.tell(registry.Progress{Bytes: 51, Total: 100, Taken: 7, Rejected: 1})
	p.tell(registry.Progress{Bytes: 52, Total: 100})
	if want := "import: 51%, 7 records taken in, 1 lines rejected\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if time.Since(p.last) > time.Minute {
		t.Error("the last line is not noted")
	}
}
