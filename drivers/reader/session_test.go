package reader_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
)

// A talker is a reader that answers: what is sent to it is looked up, and the
// answer arrives.
type talker struct {
	answers func(sent string) string
	arrives chan string
	lines   chan reader.Line
	refuses atomic.Bool // what is written

	mu   sync.Mutex // guards sent
	sent []string
}

func newTalker(answers func(string) string) *talker {
	return &talker{answers: answers, arrives: make(chan string, 16), lines: make(chan reader.Line, 16)}
}

func (d *talker) open(_ context.Context, _ string, l reader.Line) (reader.Link, error) {
	d.lines <- l
	return d, nil
}

func (d *talker) Read(_ context.Context, b []byte) (int, error) {
	select {
	case s := <-d.arrives:
		return copy(b, s), nil
	case <-time.After(reader.ReadTick):
		return 0, nil
	}
}

func (d *talker) Write(_ context.Context, b []byte) error {
	if d.refuses.Load() {
		return os.ErrDeadlineExceeded
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sent = append(d.sent, string(b))
	if a := d.answers(string(b)); a != "" {
		d.arrives <- a
	}
	return nil
}

func (d *talker) Close() error { return nil }

func (d *talker) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer func() { d.sent = nil }()
	return strings.Join(d.sent, " ")
}

// parse returns a profile of pushed text with more to it.
func parse(t *testing.T, more string) reader.Profile {
	t.Helper()
	p, err := reader.ParseProfile([]byte("name = \"talker\"\n" + more))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// converse runs a supervisor over a talker until the test is over.
func converse(t *testing.T, p reader.Profile, d *talker) <-chan drivers.ReaderEvent {
	ctx, cancel := context.WithCancel(t.Context())
	events, ended := make(chan drivers.ReaderEvent, 64), make(chan error, 1)
	s := reader.New(p, reader.Options{Find: func() (string, error) { return "/dev/port", nil }, Open: d.open})
	go func() { ended <- s.Run(ctx, events) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return events
}

// states takes the states told so far.
func states(events <-chan drivers.ReaderEvent) (all []string) {
	synctest.Wait()
	for {
		select {
		case e := <-events:
			if e.Reading == nil {
				all = append(all, e.State.String())
			} else {
				all = append(all, e.Reading.String())
			}
		default:
			return all
		}
	}
}

func wantStates(t *testing.T, events <-chan drivers.ReaderEvent, want ...string) {
	t.Helper()
	if got := states(events); !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
}

const tlv = "[frame]\nkind = \"tlv\"\n"

// answer is an answer of a reader of family "tlv".
func answer(s string) string { return s[:1] + "\x00" + string(rune(len(s)-1)) + s[1:] }

var idbox = tlv + `
[probe]
send = 'V\x00\x00'
expect = 'V'
[arm]
when = "removal"
send = 'C\x00\x01\x01'
expect = 'C\x01'
[presence]
kind = "inferred"
`

func TestAReaderIsReadyOnceItAnsweredAndWasArmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTalker(func(sent string) string {
			switch sent[0] {
			case 'V':
				return answer("Vversion 1")
			case 'C':
				return answer("C\x01")
			}
			return ""
		})
		events := converse(t, parse(t, idbox), d)
		wantStates(t, events, "opening", "probing", "ready")
		if got := d.said(); got != "V\x00\x00 C\x00\x01\x01" {
			t.Errorf("said %q", got)
		}
		time.Sleep(4 * time.Second)
		if got := d.said(); got != "" {
			t.Errorf("said %q to a reader that waits for a document", got)
		}
		d.arrives <- encode(t, parse(t, idbox), td3...)
		synctest.Wait()
		if got := d.said(); got != "" {
			t.Errorf("said %q while the document is there", got)
		}
		time.Sleep(time.Second)
		if got := d.said(); got != "C\x00\x01\x01" {
			t.Errorf("said %q once it was taken away", got)
		}
		wantStates(t, events, "reading")
	})
}

func TestWhatWasReadFromALinkThatTakesNoMoreIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"stx\"\n[feedback]\ngood = 'G'\nbad = 'B'\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		wantStates(t, events, "opening", "ready")
		d.refuses.Store(true)
		both := encode(t, p, td3...)
		d.arrives <- both + both
		wantStates(t, events, "reading", "reading", "gone")
	})
}

func TestAReaderThatIsNotArmedIsDegradedUntilItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var deaf bool
		d := newTalker(func(sent string) string {
			if sent[0] == 'C' && deaf {
				return ""
			}
			return answer(sent[:1] + sent[3:])
		})
		deaf = true
		events := converse(t, parse(t, idbox), d)
		time.Sleep(4 * time.Second)
		wantStates(t, events, "opening", "probing", "degraded")
		synctest.Wait()
		d.mu.Lock()
		deaf = false
		d.mu.Unlock()
		time.Sleep(6 * time.Second)
		wantStates(t, events, "ready")
	})
}

func TestTheLineIsSetUntilAReaderAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var baud int
		d := newTalker(func(sent string) string {
			if baud != 115200 {
				return ""
			}
			return answer(sent[:1] + sent[3:])
		})
		p := parse(t, idbox+"[line]\ntry = [\"19200 8E1\", \"115200 8N1\"]\n")
		go func() {
			for l := range d.lines {
				d.mu.Lock()
				baud = l.Baud
				d.mu.Unlock()
			}
		}()
		defer close(d.lines)
		events := converse(t, p, d)
		time.Sleep(20 * time.Second)
		got := states(events)
		if len(got) < 3 || got[len(got)-1] != "ready" || slices.Contains(got, "gone") {
			t.Errorf("told %q, want probing and then ready", got)
		}
	})
}

func TestALineThatMakesNoSenseIsSetOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"lines\"\n[line]\ntry = [\"115200 8N1\"]\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		if l := <-d.lines; l.Baud != 9600 {
			t.Errorf("the line begins with %v", l)
		}
		for range 3 {
			d.arrives <- "\xff\x80\xfe\x00"
			time.Sleep(time.Second)
		}
		if l := <-d.lines; l.Baud != 115200 {
			t.Errorf("the line goes on with %v", l)
		}
		d.arrives <- encode(t, p, td3...)
		synctest.Wait()
		states(events)
		for range 5 { // it is the reader's line now
			d.arrives <- "\xff\x80\xfe\x00"
			time.Sleep(time.Second)
		}
		select {
		case l := <-d.lines:
			t.Errorf("a line that was proven is set to %v", l)
		default:
		}
	})
}

func TestAReaderIsToldWhatBecameOfAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"sita\"\n[feedback]\ngood = '+'\nbad = '-'\nignore = '.'\n[arm]\nwhen = \"read\"\nsend = 'go'\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		wrong := slices.Clone(td3)
		wrong[1] = strings.Replace(wrong[1], "L898902C36", "L898902C37", 1)
		d.arrives <- encode(t, p, td3...) + encode(t, p, wrong...) + encode(t, p) + "\x1e\x02M1\x03\x1f"
		time.Sleep(time.Second)
		if got, want := d.said(), "go + go - go - go ."; got != want {
			t.Errorf("said %q, want %q", got, want)
		}
		wantStates(t, events, "opening", "ready", "reading", "reading", "reading: no-read")
	})
}

func TestLinesRunTogetherAreCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"sita\"\n[zone]\nsplit = true\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		states(events)
		for _, zone := range [][]string{td3, td1} {
			d.arrives <- encode(t, p, strings.Join(zone, ""))
			if e := <-events; e.Reading == nil || !slices.Equal(e.Reading.Lines, zone) {
				t.Errorf("%v, want the lines cut", e.Reading)
			}
		}
	})
}

// A still is a reader that says what a test has it say.
type still struct {
	say  chan drivers.ReaderEvent
	fail chan error
}

func (s still) Run(ctx context.Context, events chan<- drivers.ReaderEvent) error {
	for {
		select {
		case e := <-s.say:
			events <- e
		case err := <-s.fail:
			return err
		case <-ctx.Done():
			return nil
		}
	}
}

func TestADocumentThatIsShownTwiceIsOnePresentation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, swipe, flat := reader.NewGroup(), still{make(chan drivers.ReaderEvent), make(chan error)}, still{make(chan drivers.ReaderEvent), make(chan error)}
		g.Add("swipe", swipe)
		g.Add("flatbed", flat)
		ctx, cancel := context.WithCancel(t.Context())
		events, ended := make(chan drivers.ReaderEvent, 64), make(chan error, 1)
		go func() { ended <- g.Run(ctx, events) }()
		read := func(s still, lines ...string) {
			r := drivers.Reading{Lines: lines, At: time.Now()}
			if lines == nil {
				r.Fault = drivers.FaultNoRead
			}
			s.say <- drivers.ReaderEvent{Reading: &r}
		}
		count := func() int { return len(states(events)) }
		for _, c := range []struct {
			what string
			do   func()
			want int
		}{
			{"one document at two readers", func() { read(swipe, td3...); read(flat, td3...); read(swipe, td3...) }, 1},
			{"another", func() { read(swipe, td1...) }, 1},
			{"the first again after a while", func() { time.Sleep(2 * time.Second); read(flat, td3...) }, 1},
			{"one that is left lying", func() {
				for range 20 {
					time.Sleep(time.Second)
					read(flat, td3...)
				}
			}, 0},
			{"failed attempts", func() { read(swipe); read(swipe) }, 2},
			{"misread alike twice", func() { read(swipe, td3[0], td3[0]); read(swipe, td3[0], td3[0]) }, 2},
		} {
			c.do()
			if got := count(); got != c.want {
				t.Errorf("%s: %d readings, want %d", c.what, got, c.want)
			}
		}
		swipe.fail <- errors.New("no such profile")
		if e := <-events; e.Reader != "swipe" || e.State != drivers.ReaderAbsent {
			t.Errorf("a reader that cannot be used is told of as %+v", e)
		}
		read(flat, td1...)
		if e := <-events; e.Reader != "flatbed" {
			t.Errorf("the other says %+v", e)
		}
		cancel()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "swipe") {
			t.Errorf("Run = %v, want the error of the reader that could not be used", err)
		}
	})
}

func TestNothingOfADocumentIsInATrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"sita\"\n")
		d := newTalker(func(string) string { return "" })
		var text strings.Builder
		ctx, cancel := context.WithCancel(t.Context())
		events, ended := make(chan drivers.ReaderEvent, 64), make(chan error, 1)
		s := reader.New(p, reader.Options{
			Find: func() (string, error) { return "/dev/port", nil }, Open: d.open,
			Trace: func(x reader.Trace) { text.WriteString(string(x.What) + " " + x.Text + "\n") },
		})
		go func() { ended <- s.Run(ctx, events) }()
		d.arrives <- encode(t, p, td3...)
		time.Sleep(time.Second)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		got := text.String()
		for _, want := range []string{"[1C][02]A<AAAAAAAAAAA<<", "44+44 cells, check digits hold", "ready"} {
			if !strings.Contains(got, want) {
				t.Errorf("the trace has no %q:\n%s", want, got)
			}
		}
		for _, line := range td3 {
			if strings.Contains(got, line[:9]) {
				t.Error("the trace holds a document")
			}
		}
	})
}
