package reader_test

import (
	"context"
	"path/filepath"
	"slices"
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
				p, path := load(t, name), filepath.Join(t.TempDir(), "reader")
				device := sim.NewReader(p, path)
				t.Cleanup(func() { _ = device.Close() })
				return drivertest.ReaderBench{
					Profile: p, Port: path, Open: links.Open(p), Busy: tty.ErrBusy, Device: device, Cycles: cycles[name],
					New: func(p reader.Profile, port string, open reader.Opener) drivers.Reader {
						return reader.New(p, reader.Options{Find: reader.At(port), Open: open})
					},
				}
			})
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
