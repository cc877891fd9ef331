package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
	"portcullis/drivers/sim"
	"portcullis/firmware/console"
)

// TestWhatAReaderSendsWrongIsNamedAndNeverCleared sends what real readers send
// on bad days, each time with a document behind it that is cleared.
func TestWhatAReaderSendsWrongIsNamedAndNeverCleared(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	good := 0
	for _, c := range []struct {
		name  string
		fault string // as the metrics name it; none for a frame that is whole
		send  func(context.Context, *sim.Reader) error
	}{
		{"noise", "noise", func(ctx context.Context, r *sim.Reader) error { return r.Noise(ctx, 300) }},
		{"half a frame", "truncated", func(ctx context.Context, r *sim.Reader) error { return r.Half(ctx, l.unlisted(t)) }},
		{"100 KB without an end", "too-long", func(ctx context.Context, r *sim.Reader) error { return r.Endless(ctx, 100<<10) }},
		{"could not read", "no-read", func(ctx context.Context, r *sim.Reader) error { return r.NoRead(ctx) }},
		{"a frame of one short line", "malformed", func(ctx context.Context, r *sim.Reader) error { return r.Present(ctx, []string{"P<U"}) }},
		{"lower case", "none", func(ctx context.Context, r *sim.Reader) error { return r.Present(ctx, lower(l.unlisted(t))) }},
		{"a byte that is no letter, in the number", "none", bent(l, t, 1, 3, 0xFF)},
		{"a byte that is no letter, in the name", "none", bent(l, t, 0, 20, 0xFF)},
		{"a mark of the reader, in the date of birth", "none", bent(l, t, 1, 15, '*')},
		{"another digit", "none", bent(l, t, 1, 9, '?')},
	} {
		before := l.readings(t, c.fault)
		if err := c.send(t.Context(), l.reader); err != nil {
			t.Fatal(err)
		}
		l.await(t, c.name+" as a bad reading", func(v console.View) bool { return v.State == "again" || v.State == "referred" })
		if now := l.readings(t, c.fault); now <= before {
			t.Errorf("%s: %d readings with fault %s, as before", c.name, now, c.fault)
		}
		if l.cleared() != good {
			t.Errorf("%s: cleared", c.name)
		}
		l.await(t, "a lane that takes a document", func(v console.View) bool { return v.State == "again" || v.State == "ready" })
		if p := l.decide(t, l.unlisted(t)); p.Verdict != "clear" {
			t.Errorf("%s: the document behind it: %s: %s", c.name, p.Verdict, p.Headline)
		}
		good++
		l.ready(t)
	}
	if l.cleared() != good {
		t.Errorf("%d of %d good documents were cleared", l.cleared(), good)
	}
}

func lower(lines []string) []string {
	for i := range lines {
		lines[i] = strings.ToLower(lines[i])
	}
	return lines
}

// bent returns what presents a document with one cell replaced.
func bent(l *lane, t *testing.T, line, column int, by byte) func(context.Context, *sim.Reader) error {
	return func(ctx context.Context, r *sim.Reader) error {
		lines := l.unlisted(t)
		cells := []byte(lines[line])
		cells[column] = by
		lines[line] = string(cells)
		return r.Present(ctx, lines)
	}
}

// readings returns how many readings the metrics count with a fault.
func (l *lane) readings(t *testing.T, fault string) int {
	t.Helper()
	return l.metric(t, fmt.Sprintf("portcullis_readings_total{fault=%q}", fault))
}

// metric returns the value of a metric, 0 if there is none.
func (l *lane) metric(t *testing.T, name string) (n int) {
	t.Helper()
	response, err := http.Get(l.address + "metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), name+" "); ok {
			fmt.Sscan(value, &n)
		}
	}
	return n
}

func TestTwoDocumentsInOneGoAreOneAfterTheOther(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	if err := l.reader.Glued(t.Context(), l.unlisted(t), l.unlisted(t)); err != nil {
		t.Fatal(err)
	}
	v := l.await(t, "two passages", func(v console.View) bool { return len(v.Recent) == 2 })
	second, first := v.Recent[0], v.Recent[1]
	if first.Verdict != "clear" || second.Verdict != "refer" || second.Reasons[0].Code != "lane-busy" {
		t.Errorf("the first: %s; the second: %s: %+v", first.Verdict, second.Verdict, second.Reasons)
	}

	// A frame that breaks off where another begins takes nothing from it.
	l.ready(t)
	if err := l.reader.Half(t.Context(), l.unlisted(t)); err != nil {
		t.Fatal(err)
	}
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "clear" {
		t.Errorf("after a broken frame: %s: %s", p.Verdict, p.Headline)
	}
}

// TestAReaderThatIsPulledClosesTheLaneUntilItIsBack pulls the plug between
// documents and in the middle of one; the port comes back under another name.
func TestAReaderThatIsPulledClosesTheLaneUntilItIsBack(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.mustClear(t)
	whole := l.unlisted(t)
	for _, c := range []struct {
		name          string
		before, after func() error
	}{
		{name: "between documents"},
		{
			name:   "in the middle of a document",
			before: func() error { return l.reader.Half(t.Context(), whole) },
			after:  func() error { return l.reader.Send(t.Context(), secondHalf(t, whole)) },
		},
	} {
		l.ready(t)
		if c.before != nil {
			if err := c.before(); err != nil {
				t.Fatal(err)
			}
		}
		cleared, node := l.cleared(), l.reader.Node()
		if err := l.reader.Unplug(); err != nil {
			t.Fatal(err)
		}
		f := l.fault(t, "reader-gone", true)
		v := l.await(t, "a closed lane", func(v console.View) bool { return v.State == "closed" && v.Traveller == "closed" })
		if v.Reader.State != "gone" || f.Text == "" || f.Do == "" || f.Since.IsZero() {
			t.Errorf("%s: the page shows\n%s", c.name, plain(v))
		}
		if n := l.metric(t, `portcullis_readers_ready{reader="sita-ocr"}`); n != 0 {
			t.Errorf("%s: the metrics say that it is ready", c.name)
		}
		if err := l.reader.Plug(); err != nil {
			t.Fatal(err)
		}
		if l.reader.Node() == node {
			t.Fatal("the reader came back under the same name")
		}
		l.fault(t, "reader-gone", false)
		if n := l.metric(t, `portcullis_readers_ready{reader="sita-ocr"}`); n != 1 {
			t.Errorf("%s: the metrics do not say that it is ready", c.name)
		}
		if c.after != nil {
			if err := c.after(); err != nil {
				t.Fatal(err)
			}
			l.await(t, "the rest of a document as a bad reading", func(v console.View) bool { return v.State == "again" })
		}
		if l.cleared() != cleared {
			t.Errorf("%s: cleared", c.name)
		}
		if p := l.decide(t, l.unlisted(t)); p.Verdict != "clear" {
			t.Errorf("%s: after it: %s: %s", c.name, p.Verdict, p.Headline)
		}
	}
}

// secondHalf is what is left of a frame after its half.
func secondHalf(t *testing.T, lines []string) []byte {
	t.Helper()
	profile, err := reader.Load("sita-ocr")
	if err != nil {
		t.Fatal(err)
	}
	frame, err := wire.Encode(profile.Frame, lines)
	if err != nil {
		t.Fatal(err)
	}
	return frame[len(frame)/2:]
}
