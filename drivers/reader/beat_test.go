package reader_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/drivertest"
	"portcullis/drivers/reader"
)

// TestTheLoopBeats has a reader that is there, one that is not, and one that
// cannot be opened.
func TestTheLoopBeats(t *testing.T) {
	for name, open := range map[string]reader.Opener{
		"there": func(context.Context, string, reader.Line) (reader.Link, error) { return silent{}, nil },
		"busy": func(context.Context, string, reader.Line) (reader.Link, error) {
			return nil, errors.New("port is in use")
		},
		"absent": nil,
	} {
		t.Run(name, func(t *testing.T) {
			port := filepath.Join(t.TempDir(), "tty")
			if open != nil {
				if err := os.WriteFile(port, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			drivertest.TestBeater(t, func(t *testing.T) drivertest.BeaterRig {
				s := reader.New(load(t, "sita-ocr"), reader.Options{Find: reader.At(port), Open: open})
				return drivertest.BeaterRig{Beater: s, Run: func(ctx context.Context) error {
					events := make(chan drivers.ReaderEvent, 10000)
					return s.Run(ctx, events)
				}}
			})
		})
	}
}

// silent is a link on which nothing is sent.
type silent struct{}

func (silent) Read(ctx context.Context, _ []byte) (int, error) {
	select {
	case <-time.After(reader.ReadTick):
	case <-ctx.Done():
	}
	return 0, nil
}

func (silent) Write(context.Context, []byte) error { return nil }

func (silent) Close() error { return nil }

// A group comes round when all of its readers do.
func TestOneReaderThatStandsStillStopsTheBeatOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats atomic.Int64
		g := reader.NewGroup()
		stands := make(chan struct{})
		for _, name := range []string{"swipe", "flatbed"} {
			g.Add(name, reader.New(load(t, "sita-ocr"), reader.Options{
				Find: func() (string, error) {
					if name == "flatbed" && beats.Load() > 20 {
						<-stands
					}
					return "", reader.ErrAbsent
				},
			}))
		}
		g.OnBeat(func() { beats.Add(1) })
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx, make(chan drivers.ReaderEvent, 64)) }()
		time.Sleep(time.Minute)
		if n := beats.Load(); n < 20 || n > 25 {
			t.Errorf("%d beats in a minute, of which one reader stood still for most", n)
		}
		close(stands)
		before := beats.Load()
		time.Sleep(time.Minute)
		if beats.Load() < before+20 {
			t.Error("no beats once it goes on")
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
