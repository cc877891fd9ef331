package reader_test

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/chardev"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/drivers/tty"
)

// TestMain is also the helper program that is run: "relay" and the port of a simulated
// reader passes on what goes either way.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "relay" {
		err := sim.Relay(context.Background(), os.Args[2], os.Stdin, os.Stdout)
		_ = os.Stdout.Close() // the race detector takes a second to end
		if err != nil {
			os.Exit(1)
		}
		return
	}
	_ = flag.Set("test.parallel", "16") // these tests wait for silence, and compute little
	os.Exit(m.Run())
}

// TestReader holds the reader of every built-in profile, and of the least profile of
// each family, to the contract, over the kind of link that the profile names.
func TestReader(t *testing.T) {
	for name, p := range profiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			drivertest.TestReader(t, func(t *testing.T) drivertest.ReaderBench { return newBench(t, p) })
		})
	}
}

func TestReaderOnANativePort(t *testing.T) {
	drivertest.NeedsTermios2(t)
	drivertest.TestReader(t, func(t *testing.T) drivertest.ReaderBench { return onPort(t, "native") })
}

// onPort is the bench of a reader on one of the openers.
func onPort(t *testing.T, port string) drivertest.ReaderBench {
	b := newBench(t, load(t, "sita-ocr"))
	b.Open = openers[port]
	return b
}

// openers are the ports that a reader can hang on.
var openers = map[string]reader.Opener{"tarm": opener(false), "native": opener(true)}

func opener(native bool) reader.Opener {
	return func(ctx context.Context, path string, l reader.Line) (reader.Link, error) {
		return tty.Open(ctx, path, tty.Line{Baud: l.Baud, DataBits: l.DataBits, Parity: l.Parity, StopBits: l.StopBits, Native: native})
	}
}

func TestUnpluggingAgainAndAgainLeavesNothingBehind(t *testing.T) {
	for name, p := range profiles(t) {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, p)
			if name == "sita-ocr" {
				b.Cycles = 20
			}
			drivertest.TestReaderLeaks(t, b)
		})
	}
}

// profiles returns the built-in profiles by their names, and the least ones.
func profiles(t *testing.T) map[string]reader.Profile {
	t.Helper()
	all := map[string]reader.Profile{}
	for _, name := range reader.Profiles() {
		all[name] = load(t, name)
	}
	least, err := filepath.Glob("testdata/profiles/*.toml")
	if err != nil || len(least) == 0 {
		t.Fatalf("no profiles: %v", err)
	}
	for _, file := range least {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := reader.ParseProfile(text)
		if err != nil {
			t.Fatal(err)
		}
		all["least "+p.Name] = p
	}
	return all
}

// newBench returns a reader and a simulated device of a profile.
func newBench(t *testing.T, p reader.Profile) drivertest.ReaderBench {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if l := p.Line; l.DTR+l.RTS != "" || p.Link == "serial" && (l.Parity != "none" || l.Baud == 256000) {
		drivertest.NeedsTermios2(t) // what tarm/serial cannot set
	}
	path, busy := filepath.Join(t.TempDir(), "reader"), tty.ErrBusy
	switch p.Link {
	case "helper":
		p.Command, busy = []string{self, "relay", path}, nil
	case "evdev", "hidraw":
		busy = chardev.ErrBusy
	}
	device := sim.NewReader(p, path)
	t.Cleanup(func() { _ = device.Close() })
	return drivertest.ReaderBench{
		Profile: p, Port: path, Open: sim.Opener(p), Busy: busy, Device: device,
		New: func(p reader.Profile, port string, open reader.Opener) drivers.Reader {
			return reader.New(p, reader.Options{Find: reader.At(port), Open: open})
		},
	}
}

// TestAReaderIsUnpluggedAThousandTimes runs when it is asked for: it takes minutes.
func TestAReaderIsUnpluggedAThousandTimes(t *testing.T) {
	rounds, _ := strconv.Atoi(os.Getenv("READER_SOAK_ROUNDS"))
	if rounds < 1 {
		t.Skip("takes minutes: make soak-readers")
	}
	for name := range openers {
		t.Run(name, func(t *testing.T) {
			b := onPort(t, name)
			b.Cycles = rounds
			drivertest.SoakReader(t, b, time.Minute)
		})
	}
}
