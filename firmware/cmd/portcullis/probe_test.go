package main

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
)

// respond answers a version query at 115200 baud, and at any other as a reader whose
// line is set otherwise: with noise. It returns the node, and where the questions are told.
func respond(t *testing.T) (node string, asked <-chan string) {
	t.Helper()
	device, held, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { device.Close(); held.Close() })
	questions := make(chan string, 100)
	go func() {
		defer close(questions)
		buf := make([]byte, 256)
		for {
			n, err := device.Read(buf)
			if err != nil {
				return
			}
			select {
			case questions <- string(buf[:n]):
			default: // enough were told
			}
			answer := []byte{0xC1, 'K', 0xFE}
			if speed(held) == 115200 && bytes.Contains(buf[:n], []byte("V\x00\x00")) {
				answer = []byte("V\x00\x04IDB1")
			}
			_, _ = device.Write(answer) // one that nobody takes is the test's to miss
		}
	}()
	return held.Name(), questions
}

// speed returns the rate of a line, in bits a second.
func speed(f *os.File) uint32 {
	t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS2)
	if err != nil {
		return 0
	}
	return t.Ospeed
}

func TestAProbeFindsTheReaderAndHowItsLineIsSet(t *testing.T) {
	node, asked := respond(t)
	p, err := reader.Load("elyctis-idbox")
	if err != nil {
		t.Fatal(err)
	}
	p.Probe.TimeoutMS, p.Probe.Tries = 50, 1
	// A machine that is busy can be later with its answer than that: then nothing
	// is found, and it is asked once more.
	var got reply
	for tries := 0; got.Profile == "" && tries < 20; tries++ {
		got = question{node: node, profiles: []reader.Profile{p}}.ask(t.Context())
	}
	if got.Profile != "elyctis-idbox" || got.Line != "115200 8N1" {
		t.Errorf("found %q at %q", got.Profile, got.Line)
	}
	if !slices.ContainsFunc(got.Heard, func(s string) bool { return strings.Contains(s, "elyctis-idbox at 9600 8N1: [..]A[..]") }) {
		t.Errorf("heard %q", got.Heard)
	}
	for len(asked) > 0 {
		if q := <-asked; strings.Trim(q, "V\x00") != "" {
			t.Errorf("it was sent %q, which is no probe", q)
		}
	}
}

// full is a disk that takes no more.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, unix.ENOSPC }

func TestAWatchThatCannotBeShownLetsTheReaderGo(t *testing.T) {
	node, _ := respond(t)
	p, err := reader.Load("elyctis-idbox")
	if err != nil {
		t.Fatal(err)
	}
	r := chosen{readerConfig{Name: "reader", Profile: p.Name, Port: node}, p}
	if err := watchReaders(t.Context(), full{}, []chosen{r}, true); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("it ends with %v, want ENOSPC", err)
	}
	port, err := tty.Open(t.Context(), node, tty.Line{Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1})
	if err != nil {
		t.Fatalf("the reader is not free: %v", err)
	}
	if err := port.Close(); err != nil {
		t.Error(err)
	}
}
