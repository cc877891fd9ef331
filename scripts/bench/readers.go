package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"portcullis/cache"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
	"portcullis/drivers/sim"
)

// readerFigures are what the documents of one kind of reader take.
type readerFigures struct {
	Profile   string  `json:"profile"`
	Family    string  `json:"family"`
	Documents int     `json:"documents"`
	Frame     latency `json:"frame_ns"`   // from the last byte on the link to the frame
	Verdict   latency `json:"verdict_ns"` // from there to the verdict
}

// readersFigures are those of every built-in profile that a lane can be driven by
// here: a helper is a maker's.
type readersFigures struct {
	Records int             `json:"list_records"`
	Bare    latency         `json:"bare_read_ns"` // from the last byte until a program that only reads the port has it
	Readers []readerFigures `json:"readers"`
}

// benchReaders sends documents through a lane by each kind of reader.
func benchReaders(ctx context.Context, o options, store *cache.Store, dir string) (*readersFigures, error) {
	f := &readersFigures{Records: int(store.Status()[0].Records)}
	bare, err := bareReads(ctx, dir, max(o.docs/10/rounds, 1))
	if err != nil {
		return nil, fmt.Errorf("bare reads: %w", err)
	}
	f.Bare = over(bare, func(s sample) time.Duration { return s.frame })
	for _, name := range reader.Profiles() {
		p, err := reader.Load(name)
		if err != nil {
			return nil, err
		}
		if p.Zone.PairMS > 0 {
			continue // its lines come one by one, and the time between them is its own
		}
		documents := max(o.docs/10/rounds, 1)
		say("readers: %s, %d documents", name, documents*rounds)
		all, err := travel(ctx, store, filepath.Join(dir, name), p, documents)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		f.Readers = append(f.Readers, readerFigures{
			Profile: name, Family: p.Frame.Kind, Documents: documents * rounds,
			Frame:   over(all, func(s sample) time.Duration { return s.frame }),
			Verdict: over(all, func(s sample) time.Duration { return s.port + s.decide - s.frame }),
		})
	}
	return f, nil
}

// bareReads is what the figures stand beside: a program that reads a port of the same
// kind, and does nothing with the bytes.
func bareReads(ctx context.Context, dir string, documents int) (all [][]sample, err error) {
	p, err := reader.Load(benchProfile)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "bare")
	device := sim.NewReader(p, path)
	if err := device.Plug(); err != nil {
		return nil, err
	}
	defer device.Close()
	port, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	defer port.Close()
	frame := make([]byte, 94) // of a passport
	for range rounds + 1 {
		var samples []sample
		for range documents {
			time.Sleep(pause)
			took, err := bareRead(ctx, device, port, frame)
			if err != nil {
				return nil, err
			}
			samples = append(samples, sample{frame: took})
		}
		all = append(all, samples)
	}
	return all, nil
}

func bareRead(ctx context.Context, device *sim.Reader, port *os.File, frame []byte) (time.Duration, error) {
	if err := device.Send(ctx, frame[1:]); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(port, frame[1:]); err != nil {
		return 0, err
	}
	had, failed := make(chan time.Time, 1), make(chan error, 1)
	go func() {
		_, err := io.ReadFull(port, make([]byte, 1))
		had <- time.Now()
		failed <- err
	}()
	time.Sleep(pause) // until it waits
	start := time.Now()
	if err := device.Send(ctx, frame[:1]); err != nil {
		return 0, err
	}
	if err := <-failed; err != nil {
		return 0, err
	}
	return (<-had).Sub(start), nil
}

// cut cuts a document's bytes where they become a frame: what comes before, the
// byte, record or report that completes it, and what follows.
func (b *benchLane) cut(frame []byte) (before, last, after []byte, err error) {
	framer, err := wire.New(b.profile.Frame)
	if err != nil {
		return nil, nil, nil, err
	}
	unit := b.profile.Frame.Unit()
	for end := unit; end <= len(frame); end += unit {
		if found := framer.Push(b.start, frame[end-unit:end]); len(found) > 0 {
			return frame[:end-unit], frame[end-unit : end], frame[end:], nil
		}
	}
	return nil, nil, nil, fmt.Errorf("the frames of %s end by silence", b.profile.Name)
}

func (t *table) readers(f *readersFigures) {
	t.row("a program that only reads the port", "last byte to bytes, p50", micros(f.Bare.P50), micros(f.Bare.Best.P50), "")
	t.row("a program that only reads the port", "last byte to bytes, p99", micros(f.Bare.P99), micros(f.Bare.Best.P99), "")
	for _, r := range f.Readers {
		of := fmt.Sprintf("%s (%s), %d documents", r.Profile, r.Family, r.Documents)
		t.row(of, "last byte to frame, p50", micros(r.Frame.P50), micros(r.Frame.Best.P50), times(float64(f.Bare.P50)/float64(r.Frame.P50)))
		t.row(of, "last byte to frame, p99", micros(r.Frame.P99), micros(r.Frame.Best.P99), times(float64(f.Bare.P99)/float64(r.Frame.P99)))
		t.row(of, "frame to verdict, p50", micros(r.Verdict.P50), micros(r.Verdict.Best.P50), "")
		t.row(of, "frame to verdict, p99", micros(r.Verdict.P99), micros(r.Verdict.Best.P99), "")
	}
}
