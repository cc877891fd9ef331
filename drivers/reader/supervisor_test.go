package reader_test

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

func TestAReaderComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "reader")
		if e := b.wants("absent"); !strings.Contains(e.Detail, "reader: no such port") {
			t.Errorf("detail is %q", e.Detail)
		}
		b.quiet(time.Hour)
		b.node("tty1")
		b.link("tty1", "reader")
		b.wants("opening", "ready")
		b.port.send <- encode(t, load(t, "sita-ocr"), td3...)
		b.wants("reading: none")
		b.remove("reader")
		b.remove("tty1")
		b.port.fail <- errors.New("line hung up")
		if e := b.wants("gone"); e.Detail != "line hung up" {
			t.Errorf("detail is %q", e.Detail)
		}
		b.quiet(time.Hour)
		b.node("tty2")
		b.link("tty2", "reader")
		began := time.Now()
		b.wants("opening", "ready")
		if took := time.Since(began); took > reader.LookPause || b.opened.Load() != "tty2" {
			t.Errorf("opened %s after %v, want tty2 within %v", b.opened.Load(), took, reader.LookPause)
		}
		b.stop()
	})
}

func TestAReadingSaysWhenItsLastByteArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for profile, text := range map[string]string{
			"sita-ocr": encode(t, load(t, "sita-ocr"), td3...),
			"lines":    td3[0] + "\r\n" + td3[1], // ended by silence alone
		} {
			b := start(t, profile, "tty", "tty")
			b.wants("opening", "ready")
			time.Sleep(time.Second)
			b.port.send <- text[:50]
			time.Sleep(60 * time.Millisecond)
			b.port.send <- text[50:]
			sent := time.Now()
			if e := b.wants("reading: none"); !e.At.Equal(sent) || !e.Reading.At.Equal(sent) || len(e.Reading.Lines) != 2 {
				t.Errorf("%s: %d lines at %v, want 2 at %v", profile, len(e.Reading.Lines), e.Reading.At, sent)
			}
			b.stop()
		}
	})
}

func TestUnplugInAFrameIsATruncatedReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.send <- encode(t, load(t, "sita-ocr"), td3...)[:40]
		b.port.fail <- errors.New("line hung up")
		b.wants("reading: truncated", "gone", "opening", "ready")
		b.port.send <- encode(t, load(t, "sita-ocr"), td1...)
		b.wants("reading: none")
		b.stop()
	})
}

func TestSilenceInAFrameIsATruncatedReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.send <- encode(t, load(t, "sita-ocr"), td3...)[:40]
		sent := time.Now()
		e := b.wants("reading: truncated")
		if took := time.Since(sent); took > 3*reader.ReadTick || !e.Reading.At.Equal(sent) {
			t.Errorf("told after %v, at %v; want the time of its last byte", took, e.Reading.At)
		}
		b.stop()
	})
}

func TestWhatIsNoDocumentIsNoReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.send <- "\x0e\x02\x11B1234\x03\x0f\x1e\x02M1\x03\x1f\x0e\x02\x03\x0f"
		b.quiet(time.Minute)
		b.port.send <- "\x1e\x02M1\x03\x1d" // could be a document whose start byte was hit
		b.wants("reading: malformed")
		b.stop()
	})
}

func TestOpeningIsTriedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty")
		b.refuses(errors.New("open port: port is in use"))
		b.wants("absent")
		b.node("tty")
		b.wants("opening")
		if e := b.wants("opening"); e.Detail != "open port: port is in use" {
			t.Errorf("detail is %q", e.Detail)
		}
		b.quiet(time.Hour)
		if n := b.opens.Load(); n < 300 || n > 370 {
			t.Errorf("%d attempts in an hour, want about 360", n)
		}
		b.refuses(nil)
		b.wants("ready")
		b.stop()
	})
}

func TestALinkThatHoldsNotIsOpenedEverMoreRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		go func() {
			for {
				select {
				case b.port.fail <- errors.New("line hung up"):
				case <-t.Context().Done():
					return
				}
			}
		}()
		for end := time.Now().Add(time.Hour); time.Now().Before(end); {
			b.wants("opening", "ready", "gone")
		}
		if n := b.opens.Load(); n < 300 || n > 370 {
			t.Errorf("%d attempts in an hour, want about 360", n)
		}
		b.stop()
	})
}

func TestASilentLineIsReadTenTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.quiet(time.Hour)
		if n := b.port.reads.Load(); n > 36_001 {
			t.Errorf("%d reads in an hour, want 36000", n)
		}
		b.stop()
	})
}

func TestAnAbsentReaderIsLookedForOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty")
		b.wants("absent")
		b.quiet(time.Minute)
		before := b.finds.Load()
		b.quiet(time.Hour)
		if n := b.finds.Load() - before; n < 3599 || n > 3601 {
			t.Errorf("looked for %d times in an hour, want 3600", n)
		}
		if n := b.opens.Load(); n != 0 {
			t.Errorf("%d attempts to open what is not there", n)
		}
		b.stop()
	})
}

func TestBytesThatTheLineSpoiltAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.bad.Store(3)
		b.quiet(time.Second)
		b.port.bad.Store(5)
		b.quiet(time.Second)
		want := []string{"3 bytes with a wrong parity or stop bit", "2 bytes with a wrong parity or stop bit"}
		if got := b.traced(reader.TraceBad); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
		b.stop()
	})
}

func TestPausesStayWithinTheirBounds(t *testing.T) {
	for _, limit := range []time.Duration{reader.LookPause, reader.OpenPause} {
		got := reader.Pauses(limit, 20)
		for i, d := range got {
			if d < reader.MinPause || d > limit || i > 0 && d < got[i-1] && d < limit*3/4 {
				t.Errorf("pause %d of %v is %v", i, got, d)
			}
		}
		if got[0] > reader.MinPause*5/4 || got[19] != limit {
			t.Errorf("pauses are %v, want %v to %v", got, reader.MinPause, limit)
		}
	}
}

func TestASlowConsumerLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const sent = 1000
		p := load(t, "sita-ocr")
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		var taken atomic.Int64
		go func() {
			for i := range sent {
				b.port.send <- encode(t, p, fmt.Sprintf("P<UTO%04d", i))
				taken.Add(1)
			}
		}()
		time.Sleep(time.Hour)
		if n := taken.Load(); n < reader.QueueLength || n > reader.QueueLength+3 {
			t.Errorf("%d frames were read meanwhile, want about %d", n, reader.QueueLength)
		}
		for i := range sent {
			if e := b.wants("reading: none"); e.Reading.Lines[0] != fmt.Sprintf("P<UTO%04d", i) {
				t.Fatalf("reading %d is out of order", i)
			}
		}
		b.stop()
	})
}

func TestRunEndsWhenNobodyTakesItsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.send <- strings.Repeat(encode(t, load(t, "sita-ocr")), 900)
		time.Sleep(time.Hour)
		b.stop()
	})
}

// While the queue is full nobody reads, and the port keeps what comes. That is
// no silence on the line.
func TestAPauseOfOursBreaksNoFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := load(t, "sita-ocr")
		frame := encode(t, p, td3...)
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		const many = reader.QueueLength + 20
		b.port.send <- strings.Repeat(encode(t, p), many) + frame[:40]
		go func() { b.port.send <- frame[40:] }()
		time.Sleep(time.Hour)
		for range many {
			b.wants("reading: no-read")
		}
		b.wants("reading: none")
		b.stop()
	})
}

// A machine that was suspended, or a process that was, reads late what came in
// time.
func TestAReadThatReturnsLateBreaksNoFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		frame := encode(t, load(t, "sita-ocr"), td3...)
		b := start(t, "sita-ocr", "tty", "tty")
		b.wants("opening", "ready")
		b.port.send <- frame[:40]
		b.port.stall.Store(int64(time.Minute))
		b.port.send <- frame[40:]
		b.wants("reading: none")
		b.port.stall.Store(0)
		b.stop()
	})
}

func TestAPatternThatFitsTwoPortsIsNoGuess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "ttyUSB*", "ttyUSB0", "ttyUSB1")
		e := b.wants("absent")
		for _, want := range []string{"2 ports match", "ttyUSB0", "ttyUSB1", "name one"} {
			if !strings.Contains(e.Detail, want) {
				t.Errorf("detail is %q, want it to say %q", e.Detail, want)
			}
		}
		b.quiet(time.Minute)
		b.remove("ttyUSB0")
		b.wants("opening", "ready")
		b.node("ttyUSB0") // another device: no reason to let go of this one
		b.quiet(time.Minute)
		b.port.fail <- errors.New("line hung up")
		b.wants("gone")
		if e := b.wants("gone"); !strings.Contains(e.Detail, "2 ports match") {
			t.Errorf("detail is %q", e.Detail)
		}
		b.stop()
	})
}

func TestTwoLinksToOnePortAreOnePort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "by-*")
		b.link("gone", "by-path") // a link that leads nowhere is no port
		b.wants("absent")
		b.node("tty")
		b.link("tty", "by-id")
		b.link("tty", "by-serial")
		b.wants("opening", "ready")
		if b.opened.Load() != "tty" {
			t.Errorf("opened %s, want tty", b.opened.Load())
		}
		b.stop()
	})
}

func TestAPortThatGoesBeforeItIsOpenedIsAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty")
		b.refuses(&fs.PathError{Op: "open", Path: "tty", Err: fs.ErrNotExist})
		b.wants("absent")
		b.node("tty")
		b.wants("opening", "absent")
		b.stop()
	})
}

func TestRunEndsWithWhatNoWaitingMends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, "sita-ocr", "tty")
		b.wants("absent")
		b.refuses(&wire.SettingError{Key: "line.baud", Cause: "5 baud is not supported"})
		b.node("tty")
		b.wants("opening")
		var bad *wire.SettingError
		if err := <-b.ended; !errors.As(err, &bad) {
			t.Errorf("Run = %v, want the opener's error", err)
		}
		if err := <-startWith(t, reader.Profile{}, "tty").ended; !errors.As(err, &bad) {
			t.Errorf("Run without a profile = %v, want a SettingError", err)
		}
	})
}

func TestNothingOfADocumentIsPrinted(t *testing.T) {
	f := wire.Frame{Kind: wire.KindOCR, Lines: td3, Bytes: 94}
	r := reader.Assemble(load(t, "sita-ocr").Zone, f)
	e := drivers.ReaderEvent{Reading: &r}
	for _, format := range []string{"%v", "%+v", "%s"} {
		if s := fmt.Sprintf(format, f) + fmt.Sprintf(format, r) + fmt.Sprintf(format, e); strings.Contains(s, "ERIKSSON") {
			t.Errorf("%s prints %s", format, s)
		}
	}
}
