package reader_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/drivers/tty"
)

func TestReaderOnASerialPort(t *testing.T) {
	cycles := map[string]int{"sita-ocr": 50}
	for _, name := range reader.Profiles() {
		t.Run(name, func(t *testing.T) {
			drivertest.TestReader(t, func(t *testing.T) drivertest.ReaderBench {
				p := load(t, name)
				return simulated(t, p, links.Open(p), cycles[name])
			})
		})
	}
}

func TestReaderOnANativePort(t *testing.T) {
	drivertest.NeedsTermios2(t)
	drivertest.TestReader(t, func(t *testing.T) drivertest.ReaderBench {
		return simulated(t, load(t, "sita-ocr"), openers["native"], 50)
	})
}

// openers are the ports that a reader can hang on.
var openers = map[string]reader.Opener{"tarm": opener(false), "native": opener(true)}

func opener(native bool) reader.Opener {
	return func(ctx context.Context, path string, l reader.Line) (reader.Link, error) {
		return tty.Open(ctx, path, tty.Line{Baud: l.Baud, DataBits: l.DataBits, Parity: l.Parity, StopBits: l.StopBits, Native: native})
	}
}

// simulated is a bench for a reader that is simulated on a pseudo-terminal.
func simulated(t *testing.T, p reader.Profile, open reader.Opener, cycles int) drivertest.ReaderBench {
	path := filepath.Join(t.TempDir(), "reader")
	device := sim.NewReader(p, path)
	t.Cleanup(func() { _ = device.Close() })
	return drivertest.ReaderBench{
		Profile: p, Port: path, Open: open, Busy: tty.ErrBusy, Device: device, Cycles: cycles,
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
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			drivertest.SoakReader(t, simulated(t, load(t, "sita-ocr"), open, rounds), time.Minute)
		})
	}
}

// BenchmarkLastByteToReading measures from the write of a frame's last byte at
// the device's end of a pseudo-terminal until its reading is there.
func BenchmarkLastByteToReading(b *testing.B) {
	for _, name := range reader.Profiles() {
		b.Run(name, func(b *testing.B) { benchmarkReading(b, load(b, name)) })
	}
}

func benchmarkReading(b *testing.B, p reader.Profile) {
	path := filepath.Join(b.TempDir(), "reader")
	device := sim.NewReader(p, path)
	if err := device.Plug(); err != nil {
		b.Fatal(err)
	}
	defer device.Close()
	ctx, cancel := context.WithCancel(b.Context())
	events, ended := make(chan drivers.ReaderEvent), make(chan error, 1)
	go func() {
		ended <- reader.New(p, reader.Options{Find: reader.At(path), Open: links.Open(p)}).Run(ctx, events)
	}()
	for e := range events {
		if e.State == drivers.ReaderReady {
			break
		}
	}
	frame := []byte(encode(b, p, td3...))
	if p.Frame.Kind == "lines" {
		frame = frame[:len(frame)-1] // its CR ends the frame; the LF after it is late
	}
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		send(b, device, frame[:len(frame)-1])
		last := time.Now()
		send(b, device, frame[len(frame)-1:])
		if e := <-events; e.Reading == nil || len(e.Reading.Lines) != 2 {
			b.Fatal("not the reading")
		}
		took = append(took, time.Since(last))
	}
	cancel()
	if err := <-ended; err != nil {
		b.Error(err)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

func send(b *testing.B, device *sim.Reader, bytes []byte) {
	if err := device.Send(b.Context(), bytes); err != nil {
		b.Fatal(err)
	}
}
