package firmware_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

// A witness is a gate that looks into the log whenever it is released.
type witness struct {
	drivers.Gate
	look func()
}

func (w witness) Release(ctx context.Context, g drivers.Grant) error {
	w.look()
	return w.Gate.Release(ctx, g)
}

func TestTheRecordIsOnTheDiskBeforeTheGateIsReleased(t *testing.T) {
	seen := make(chan []audit.Entry, 1)
	atWork(t, openStore(t), func(b *bench) {
		b.parts.Gate = witness{b.parts.Gate, func() { seen <- b.recorded() }}
	}, func(b *bench) {
		for i, number := range []string{"U00000001", "U00000002", "U00000003"} {
			b.present(b.passport(number))
			if b.released() != i+1 {
				t.Fatalf("the gate was released %d times after %d documents", b.released(), i+1)
			}
			entries := <-seen
			e := entries[len(entries)-1]
			if e.Kind != "decision" || e.Verdict != "clear" || e.Lane != "1" || e.Subject == "" || e.Document != "P UTO" || e.Lists[0].Release != 1 {
				t.Errorf("as the gate was released for passage %d, the last entry was %+v", i, e)
			}
			if p, _ := b.last(); p.Number != e.Passage {
				t.Errorf("passage %d was let through on the record of passage %d", p.Number, e.Passage)
			}
			b.pass(10 * time.Second) // the traveller walks through
			b.mustBe(station.Ready)
		}
		want := []string{"log-opened", "decision", "passage", "decision", "passage", "decision", "passage"}
		if got := kinds(b.recorded()); !slices.Equal(got, want) {
			t.Errorf("the log has %v, want %v", got, want)
		}
	})
}

func TestALogThatFailsClosesTheLaneAndLosesNothing(t *testing.T) {
	atWork(t, openStore(t, "S00000001"), nil, func(b *bench) {
		b.breakLog(errors.New("the disk died"))
		b.present(b.passport("U00000001"))
		if p, _ := b.last(); p.Decision.Verdict() != inspect.Refer || !p.Decision.Has(inspect.LogFailed) || b.released() > 0 {
			t.Errorf("a document that would be clear: %v, released %d times", p.Decision.Codes(), b.released())
		}
		b.pass(10 * time.Second) // the referral has ended
		b.mustBe(station.Closed, inspect.LogFailed)
		if s := b.board.Snapshot(); s.Signal != drivers.SignalStop || s.Message != drivers.MessageClosed || s.Gate.State != drivers.GateLocked {
			t.Errorf("at the lane one sees %+v", s)
		}

		// An alert is one all the same, and is held back for the log.
		b.present(b.passport("S00000001"))
		p, _ := b.last()
		if p.Decision.Verdict() != inspect.Alert || b.board.Snapshot().Tone != drivers.ToneDocument {
			t.Errorf("a stolen document: %v, with tone %v", p.Decision.Codes(), b.board.Snapshot().Tone)
		}

		b.mendLog()
		b.pass(10 * time.Second)
		entries := b.recorded()
		at := slices.Index(kinds(entries), "log-restored")
		if at < 0 || len(entries) < at+3 || entries[at+1].Verdict != "refer" || entries[at+2].Verdict != "alert" || entries[at+2].Passage != p.Number {
			t.Fatalf("the log has %+v", entries)
		}
		if err := b.acknowledge(p.Number, station.HandedOver); err != nil {
			t.Error(err)
		}
		b.mustBe(station.Ready)
		b.present(b.passport("U00000002"))
		if b.released() != 1 {
			t.Error("with a log again, nobody is let through")
		}
	})
}

func TestALaneWithoutALogIsClosedFromTheStart(t *testing.T) {
	atWork(t, openStore(t), func(b *bench) { b.breakLog(errors.New("read-only")) }, func(b *bench) {
		b.mustBe(station.Closed, inspect.LogFailed)
		b.present(b.passport("U00000001"))
		if b.released() > 0 {
			t.Error("let through without a log")
		}
		b.pass(20 * time.Second)
		b.mustBe(station.Closed, inspect.LogFailed)
		b.mendLog()
		b.pass(10 * time.Second)
		b.mustBe(station.Ready)
	})
}

// acknowledge records an outcome as the page does.
func (b *bench) acknowledge(passage uint64, o station.Outcome) error {
	answered := make(chan error)
	go func() {
		answered <- b.lane.Acknowledge(b.t.Context(), console.Acknowledgement{Passage: strconv.FormatUint(passage, 10), Outcome: string(o)})
	}()
	defer synctest.Wait()
	return <-answered
}

func TestAnOutcomeIsOnTheDiskBeforeItIsAcknowledged(t *testing.T) {
	atWork(t, openStore(t, "S00000001"), nil, func(b *bench) {
		b.present(b.passport("S00000001"))
		p, _ := b.last()
		b.pass(time.Hour) // an alert does not end by itself
		b.mustBe(station.Alerted)
		if err := b.acknowledge(p.Number+1, station.Refused); !errors.Is(err, console.ErrUnknownPassage) {
			t.Errorf("an outcome for another passage: %v", err)
		}
		if err := b.lane.Acknowledge(t.Context(), console.Acknowledgement{Passage: "the last one", Outcome: string(station.Refused)}); !errors.Is(err, console.ErrUnknownPassage) {
			t.Errorf("an outcome for what is no passage: %v", err)
		}
		if err := b.acknowledge(p.Number, "let go"); !errors.Is(err, station.ErrUnknownOutcome) {
			t.Errorf("an outcome that is none: %v", err)
		}
		b.mustBe(station.Alerted)

		if err := b.acknowledge(p.Number, station.Refused); err != nil {
			t.Fatal(err)
		}
		entries := b.recorded()
		if e := entries[len(entries)-1]; e.Kind != "outcome" || e.Outcome != "refused" || e.Passage != p.Number || e.Officer == "" {
			t.Errorf("when it was acknowledged, the last entry was %+v", e)
		}
		b.mustBe(station.Ready)
		if err := b.acknowledge(p.Number, station.HandedOver); !errors.Is(err, console.ErrRecorded) {
			t.Errorf("a second outcome: %v", err)
		}
	})
}

func TestAnOutcomeThatIsNotRecordedLeavesTheAlert(t *testing.T) {
	atWork(t, openStore(t, "S00000001"), nil, func(b *bench) {
		b.present(b.passport("S00000001"))
		p, _ := b.last()
		b.breakLog(nil)
		if err := b.acknowledge(p.Number, station.HandedOver); err == nil {
			t.Error("acknowledged, and not recorded")
		}
		if b.state() != station.Alerted {
			t.Errorf("the lane is %s", b.state())
		}
		b.pass(10 * time.Second) // the log is opened again
		if err := b.acknowledge(p.Number, station.HandedOver); err != nil {
			t.Error(err)
		}
		if got := kinds(b.recorded()); got[len(got)-1] != "outcome" || slices.Contains(got[:len(got)-1], "outcome") {
			t.Errorf("the log has %v", got)
		}
	})
}

// TestNobodyWaitsForALaneThatIsNotThere gives an outcome to a lane that does
// not run.
func TestNobodyWaitsForALaneThatIsNotThere(t *testing.T) {
	store, dir := openStore(t), t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, store, dir)
		stop := b.run()
		stop()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := b.lane.Acknowledge(ctx, console.Acknowledgement{Passage: "1", Outcome: string(station.Refused)})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it says %v", err)
		}
	})
}

func TestPassagesAreNumberedOnAfterARestart(t *testing.T) {
	store, dir := openStore(t), t.TempDir()
	var first, second uint64
	for _, number := range []*uint64{&first, &second} {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(noon))
			b := newBench(t, store, dir)
			stop := b.run()
			synctest.Wait()
			b.present(b.passport("U00000001"))
			p, _ := b.last()
			*number = p.Number
			stop()
			s := b.board.Snapshot()
			if s.Signal != drivers.SignalOff || s.Relay || s.Sounding || s.Message != drivers.MessageClosed {
				t.Errorf("when the lane has ended, one sees %+v", s)
			}
		})
	}
	if first == 0 || second <= first {
		t.Errorf("the first passage is number %d, and after a restart it is number %d", first, second)
	}
}
