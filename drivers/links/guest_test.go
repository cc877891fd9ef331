package links_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// wedge is a reader that types, found by what QEMU's keyboard calls itself. Nothing
// ends what it types but its lines.
const wedge = `
name = "wedge"
link = "evdev"
[[match]]
product = "^QEMU USB Keyboard$"
[frame]
kind = "keys"
idle_ms = 10000
`

// A keyboard is plugged in, types a document, is pulled in the middle of another, and
// comes back: all on the kernel's own devices.
func TestInTheMachineAKeyboardIsAReader(t *testing.T) {
	if os.Getenv("PORTCULLIS_GUEST") == "" {
		t.Skip("runs in the guest machine: make guest")
	}
	p, err := reader.ParseProfile([]byte(wedge))
	if err != nil {
		t.Fatal(err)
	}
	typed := make(chan struct{}, 1024)
	open := func(ctx context.Context, path string, l reader.Line) (reader.Link, error) {
		link, err := links.Open(p)(ctx, path, l)
		if err != nil {
			return nil, err
		}
		return tap{link, typed}, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	events, ended := make(chan drivers.ReaderEvent, 64), make(chan error, 1)
	go func() {
		ended <- reader.New(p, reader.Options{Find: links.Finder{}.Find(p, ""), Open: open}).Run(ctx, events)
	}()
	until := func(s drivers.ReaderState) {
		t.Helper()
		for {
			if e := next(t, events); e.Reading == nil && e.State == s {
				return
			}
		}
	}
	until(drivers.ReaderAbsent)
	lines := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	for range 2 {
		fmt.Println("host: keyboard wedge")
		until(drivers.ReaderReady)
		strike(t, typed, lines[0]+"\r"+lines[1]+"\r")
		if e := next(t, events); e.Reading == nil || !slices.Equal(e.Reading.Lines, lines) {
			t.Errorf("what was typed is read as %v", e.Reading)
		}
		strike(t, typed, lines[0][:8])
		fmt.Println("host: pull wedge")
		if e := next(t, events); e.Reading == nil || e.Reading.Lines != nil && reader.Holds(e.Reading.Lines) {
			t.Errorf("half a document is read as %v", e.Reading)
		}
		until(drivers.ReaderGone)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// strike has the host type a text, no more at once than the keyboard keeps.
func strike(t *testing.T, typed <-chan struct{}, text string) {
	t.Helper()
	for part := range slices.Chunk([]byte(text), 4) {
		fmt.Printf("host: type %q\n", part)
		for range part {
			select {
			case <-typed:
			case <-time.After(time.Minute):
				t.Fatal("a key was lost")
			}
		}
	}
}

func next(t *testing.T, events <-chan drivers.ReaderEvent) drivers.ReaderEvent {
	t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(time.Minute):
		t.Fatal("nothing is told")
	}
	panic("unreachable")
}

// A tap tells of each character that is struck.
type tap struct {
	reader.Link
	typed chan<- struct{}
}

func (l tap) Read(ctx context.Context, b []byte) (int, error) {
	n, err := l.Link.Read(ctx, b)
	unit := wire.Framing{Kind: "keys"}.Unit()
	for record := range slices.Chunk(b[:n-n%unit], unit) {
		tail := record[unit-8:]
		kind, code, value := binary.LittleEndian.Uint16(tail), binary.LittleEndian.Uint16(tail[2:]), binary.LittleEndian.Uint32(tail[4:])
		if shift := code == 42 || code == 54; kind == 1 && value == 1 && !shift {
			l.typed <- struct{}{}
		}
	}
	return n, err
}
