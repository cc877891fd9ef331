package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"portcullis/cache"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
	"portcullis/firmware"
	"portcullis/firmware/console"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/mrz"
	"portcullis/scripts/bench/job"
)

// everyAlert is how often a traveller's document is a listed one.
const everyAlert = 20

// pause is how long the next traveller takes to step up. By then the lane has
// told its pages of the one before.
const pause = 3 * time.Millisecond

// patient is far more than a document takes: what waits so long hangs.
const patient = 30 * time.Second

// benchPath sends documents through a lane at work.
func benchPath(ctx context.Context, o options, store *cache.Store, dir string) (*pathFigures, error) {
	say("path: %d documents", o.docs)
	profile, err := reader.Load(benchProfile)
	if err != nil {
		return nil, err
	}
	f := &pathFigures{Documents: o.docs / rounds * rounds, Records: int(store.Status()[0].Records)}
	all, err := travel(ctx, store, dir, profile, f.Documents/rounds)
	if err != nil {
		return nil, err
	}
	f.Port = over(all, func(s sample) time.Duration { return s.port })
	f.Decide = over(all, func(s sample) time.Duration { return s.decide })
	f.Verdict = over(all, func(s sample) time.Duration { return s.port + s.decide })
	f.Gate = over(all, func(s sample) time.Duration { return s.gate })
	return f, nil
}

// travel has travellers present so many documents a round at a lane with a reader
// of a profile: a round of them to warm up, then those that count.
func travel(ctx context.Context, store *cache.Store, dir string, p reader.Profile, documents int) (all [][]sample, err error) {
	b, err := newBenchLane(store, dir, p)
	if err != nil {
		return nil, err
	}
	defer b.device.Close()
	lane, done := context.WithCancel(ctx)
	defer done()
	err = firmware.Run(lane,
		firmware.Loop{Name: "lane", Run: b.lane.Run},
		firmware.Loop{Name: "board", Run: b.board.Run},
		firmware.Loop{Name: "travellers", Run: func(ctx context.Context) error {
			defer done() // or the lane would wait for more
			for range rounds + 1 {
				samples, err := b.round(ctx, documents)
				if err != nil {
					return err
				}
				all = append(all, samples)
			}
			return nil
		}},
	)
	return all, cmp.Or(err, ctx.Err())
}

// A sample is what one document took.
type sample struct {
	port   time.Duration // from the last byte until the reader's driver had it
	decide time.Duration // from there to the verdict
	frame  time.Duration // from the last byte until there was a frame
	gate   time.Duration // from the last byte to the command to the gate; 0 for an alert
}

// round presents one document after another.
func (b *benchLane) round(ctx context.Context, documents int) (samples []sample, err error) {
	for range documents {
		s, err := b.document(ctx)
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return samples, nil
}

// over returns what one thing took over the rounds, but for the one to warm up.
func over(all [][]sample, of func(sample) time.Duration) latency {
	var rounds []job.Latency
	for _, samples := range all[1:] {
		rounds = append(rounds, percentiles(samples, of))
	}
	return overRounds(rounds)
}

func percentiles(samples []sample, of func(sample) time.Duration) job.Latency {
	var all []time.Duration
	for _, s := range samples {
		if d := of(s); d > 0 {
			all = append(all, d)
		}
	}
	return job.LatencyOf(all)
}

// document has one traveller present a document, and sees it through.
func (b *benchLane) document(ctx context.Context) (s sample, err error) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	if _, err := receive(ctx, b.ready); err != nil {
		return s, err
	}
	b.count++
	want := inspect.Clear
	number := fmt.Sprintf("U%08d", b.count)
	if b.count%everyAlert == 0 {
		want, number = inspect.Alert, "SPEC00001"
	}
	frame, err := b.frame(number)
	if err != nil {
		return s, err
	}
	time.Sleep(pause)
	before, last, after, err := b.cut(frame)
	if err != nil {
		return s, err
	}
	// All but the last bytes, which then wake the lane alone.
	if err := b.device.Send(ctx, before); err != nil {
		return s, err
	}
	start := time.Now()
	if err := b.device.Send(ctx, last); err != nil {
		return s, err
	}
	p, err := receive(ctx, b.decided)
	if err != nil {
		return s, err
	}
	if p.Decision.Verdict() != want {
		return s, fmt.Errorf("the verdict is %s, want %s", p.Decision.Verdict(), want)
	}
	arrived := b.start.Add(time.Duration(b.arrived.Load()))
	s.port, s.decide = arrived.Sub(start), p.Elapsed
	s.frame = b.start.Add(time.Duration(b.framed.Load())).Sub(start)
	if err := b.device.Send(ctx, after); err != nil {
		return s, err
	}
	if want == inspect.Clear {
		released, err := receive(ctx, b.gate.released)
		s.gate = released.Sub(start)
		return s, err
	}
	return s, b.lane.Acknowledge(ctx, console.Acknowledgement{Passage: fmt.Sprint(p.Number), Outcome: string(station.HandedOver)})
}

// frame returns the bytes of a passport of that number, as the reader sends it.
func (b *benchLane) frame(number string) ([]byte, error) {
	now := time.Now()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{
		Code: "P", IssuingState: "UTO", Number: number, Primary: "ERIKSSON", Secondary: "ANNA MARIA", Nationality: "UTO",
		BirthDate: now.AddDate(-30, 0, 0).Format("060102"), Sex: "F", ExpiryDate: now.AddDate(4, 0, 0).Format("060102"),
	})
	if err != nil {
		return nil, err
	}
	return wire.Encode(b.profile.Frame, lines)
}

// receive takes a value from a channel, or gives up with ctx.
func receive[T any](ctx context.Context, from <-chan T) (value T, err error) {
	select {
	case value = <-from:
		return value, nil
	case <-ctx.Done():
		return value, fmt.Errorf("wait for the lane: %w", ctx.Err())
	}
}
