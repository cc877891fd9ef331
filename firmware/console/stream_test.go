package console_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/firmware/console"
)

func TestAPageGetsTheWholeViewAtOnceAndAtEachChange(t *testing.T) {
	s, url := serve(t, console.Options{})
	s.Publish(sample())
	page := open(t, http.DefaultClient, url+"/events")

	first := page.view()
	if got := decode[console.View](t, first.Data); got.Last == nil || got.Last.Headline != sample().Last.Headline {
		t.Errorf("first view = %s", first.Data)
	}
	next := sample()
	next.State, next.Waiting = "ready", false
	s.Publish(next)
	second := page.view()
	if got := decode[console.View](t, second.Data); got.State != "ready" || len(got.Recent) != 2 {
		t.Errorf("second view = %s, want the whole of it", second.Data)
	}
	if first.ID == second.ID {
		t.Errorf("both views have the id %s", first.ID)
	}
}

func TestBeforeTheFirstPublishTheLaneIsClosed(t *testing.T) {
	_, url := serve(t, console.Options{})
	if got := decode[console.View](t, open(t, http.DefaultClient, url+"/events").view().Data); got.State != "" || got.Last != nil {
		t.Errorf("view = %+v, want nothing known", got)
	}
	if got := open(t, http.DefaultClient, url+"/traveller/events").view().Data; !strings.Contains(got, `"message":"closed"`) {
		t.Errorf("the traveller is told %s", got)
	}
}

func TestAPageThatComesBackGetsTheWholeViewWhateverItSawLast(t *testing.T) {
	s, url := serve(t, console.Options{})
	s.Publish(sample())
	for _, id := range []string{"", "2", "1", "18446744073709551615", "-1", "x\ty"} {
		e := open(t, http.DefaultClient, url+"/events", "Last-Event-ID", id).view()
		if got := decode[console.View](t, e.Data); got.Last == nil || e.ID != "2" {
			t.Errorf("after %q: id %s, %s", id, e.ID, e.Data)
		}
	}
}

func TestAViewIsSentAgainOnlyWhenMoreThanTheTimeChanged(t *testing.T) {
	s, url := serve(t, console.Options{})
	v := sample()
	s.Publish(v)
	page := open(t, http.DefaultClient, url+"/events")
	first := page.view()
	for range 5 {
		v.Now = v.Now.Add(time.Second)
		s.Publish(v)
	}
	v.State = "ready"
	s.Publish(v)
	if got := page.view(); got.ID != "3" || first.ID != "2" {
		t.Errorf("ids %s and %s, want 2 and 3", first.ID, got.ID)
	}
}

func TestTheViewMayBeChangedAfterPublish(t *testing.T) {
	s, url := serve(t, console.Options{Acknowledge: func(context.Context, console.Acknowledgement) error { return nil }})
	v := sample()
	s.Publish(v)
	v.Recent[0].Headline, v.Last.Headline, v.Outcomes[0].Code = "changed", "changed", "changed"
	if got := do(s.Handler(), "POST", "/api/v1/passages/01K5/outcome", `{"outcome":"owner"}`, "Content-Type", asJSON).Code; got != 204 {
		t.Errorf("an outcome that was published is refused with %d", got)
	}
	if got := open(t, http.DefaultClient, url+"/events").view().Data; strings.Contains(got, "changed") {
		t.Errorf("view = %s", got)
	}
}

func TestAPageShowsNoMoreThanTheNewestPassages(t *testing.T) {
	s, url := serve(t, console.Options{})
	v := sample()
	for i := range 50 {
		v.Recent = append(v.Recent, console.Passage{ID: fmt.Sprint(i)})
	}
	s.Publish(v)
	got := decode[console.View](t, open(t, http.DefaultClient, url+"/events").view().Data)
	if len(got.Recent) != console.MaxRecent || got.Recent[0].ID != v.Recent[0].ID {
		t.Errorf("%d passages from %s on", len(got.Recent), got.Recent[0].ID)
	}
}

func TestAViewThatCannotBeEncodedIsAClosedLane(t *testing.T) {
	s, url := serve(t, console.Options{})
	v := sample()
	v.Since = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC)
	s.Publish(v)
	got := decode[console.View](t, open(t, http.DefaultClient, url+"/events").view().Data)
	if got.State != "" || got.Last != nil || len(got.Faults) != 1 || got.Faults[0].Code != "page-unusable" {
		t.Errorf("view = %+v", got)
	}
}

func TestTheTravellerIsToldTheSameWhateverTheReason(t *testing.T) {
	s, url := serve(t, console.Options{Desk: "left"})
	alert := sample()
	refer := sample()
	refer.State, refer.Last.Verdict, refer.Last.Kind = "referred", "refer", "system"
	var told []string
	for _, v := range []console.View{alert, refer} {
		s.Publish(v)
		told = append(told, open(t, http.DefaultClient, url+"/traveller/events").view().Data)
	}
	if told[0] != told[1] {
		t.Errorf("an alert tells\n%s\nand a refer\n%s", told[0], told[1])
	}
	type notice struct {
		Message, Desk string
		Phrases       []console.Phrase
	}
	got := decode[notice](t, told[0]) // refuses any field but these
	if got.Message != "officer" || got.Desk != "left" || len(got.Phrases) != 6 {
		t.Errorf("the traveller is told %+v", got)
	}
}

func TestAChangeThatIsNotTheTravellersDoesNotReachTheirPage(t *testing.T) {
	s, url := serve(t, console.Options{})
	v := sample()
	s.Publish(v)
	page := open(t, http.DefaultClient, url+"/traveller/events")
	page.view()
	v.Last.Headline, v.State = "another reason", "referred"
	s.Publish(v)
	v.Traveller = "proceed"
	s.Publish(v)
	if got := page.view(); !strings.Contains(got.Data, `"message":"proceed"`) {
		t.Errorf("the page was sent %s in between", got.Data)
	}
}

// inFakeTime runs a server without a network, in a bubble of fake time.
func inFakeTime(t *testing.T, o console.Options, run func(*testing.T, *console.Server, *http.Client)) {
	synctest.Test(t, func(t *testing.T) {
		s, l := console.New(o), newPipes()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l) }()
		run(t, s, l.client())
		stop()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

func TestABeatComesAtOnceAndThenEveryTwoSeconds(t *testing.T) {
	inFakeTime(t, console.Options{}, func(t *testing.T, s *console.Server, c *http.Client) {
		begun := time.Now()
		page := open(t, c, "http://127.0.0.1/events")
		for i, want := range []string{"beat", "view", "beat", "beat", "beat"} {
			e := page.next()
			if e.Name != want {
				t.Fatalf("event %d = %s, want %s", i, e.Name, want)
			}
			if e.Name != "beat" {
				continue
			}
			beat := decode[struct {
				Now     time.Time
				Stalled bool
			}](t, e.Data)
			if !beat.Now.Equal(time.Now()) || beat.Stalled {
				t.Errorf("beat %d = %+v at %s", i, beat, time.Now())
			}
		}
		if got := time.Since(begun); got != 3*console.BeatEvery {
			t.Errorf("three beats took %s", got)
		}
	})
}

func TestAStreamOutlivesEveryTimeLimitOfTheServer(t *testing.T) {
	inFakeTime(t, console.Options{}, func(t *testing.T, s *console.Server, c *http.Client) {
		page := open(t, c, "http://127.0.0.1/events")
		for begun := time.Now(); time.Since(begun) < time.Hour; {
			page.next()
		}
	})
}

func TestALaneThatStopsReportingIsSaidToStandStill(t *testing.T) {
	inFakeTime(t, console.Options{Within: 5 * time.Second}, func(t *testing.T, s *console.Server, c *http.Client) {
		stalled := func(page *stream) bool {
			for {
				if e := page.next(); e.Name == "beat" {
					return strings.Contains(e.Data, `"stalled":true`)
				}
			}
		}
		page := open(t, c, "http://127.0.0.1/events")
		if stalled(page) {
			t.Error("stands still at the start")
		}
		time.Sleep(6 * time.Second)
		late := open(t, c, "http://127.0.0.1/traveller/events")
		if !stalled(late) {
			t.Error("a page that opens while the lane stands still is not told so first")
		}
		if got := status(t, c, "http://127.0.0.1/healthz"); got != http.StatusServiceUnavailable {
			t.Errorf("healthz = %d while the lane stands still", got)
		}
		s.Publish(sample())
		time.Sleep(time.Second)
		if got := status(t, c, "http://127.0.0.1/healthz"); got != http.StatusOK {
			t.Errorf("healthz = %d after the lane reported", got)
		}
	})
}

func status(t *testing.T, c *http.Client, url string) int {
	t.Helper()
	a, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	return a.StatusCode
}

// A page that takes nothing off the line must cost the lane nothing, and lose
// its place in the end. The pipe holds no byte, so every write waits for it.
func TestASlowPageHoldsUpNobodyAndLosesItsPlace(t *testing.T) {
	inFakeTime(t, console.Options{}, func(t *testing.T, s *console.Server, c *http.Client) {
		var places int
		for ; ; places++ {
			a, err := c.Get("http://127.0.0.1/events")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { a.Body.Close() })
			if a.StatusCode == http.StatusServiceUnavailable {
				break
			}
			if places > 1000 {
				t.Fatal("no limit to the pages that a device feeds")
			}
		}
		v, begun := sample(), time.Now()
		for i := range 1000 {
			v.Lane = fmt.Sprint(i)
			s.Publish(v)
		}
		if took := time.Since(begun); took != 0 {
			t.Errorf("1000 views took %s with %d pages that read nothing", took, places)
		}
		time.Sleep(time.Minute)
		page := open(t, c, "http://127.0.0.1/events")
		if got := decode[console.View](t, page.view().Data); got.Lane != "999" {
			t.Errorf("lane %s, want the newest view", got.Lane)
		}
	})
}

func TestServeEndsItsStreamsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, l := console.New(console.Options{}), newPipes()
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Serve(ctx, l) }()
		page := open(t, l.client(), "http://127.0.0.1/events")
		page.view()
		begun := time.Now()
		stop()
		for ok := true; ok; {
			_, ok = page.read()
		}
		if err := <-ended; err != nil || time.Since(begun) > time.Second {
			t.Errorf("Serve = %v after %s", err, time.Since(begun))
		}
	})
}

func TestServeSaysWhenItCannotListen(t *testing.T) {
	l := newPipes()
	l.Close()
	if err := console.New(console.Options{}).Serve(t.Context(), l); err == nil {
		t.Error("Serve on a closed listener says nothing")
	}
}
