package sync_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// pipes are a network without a machine: it keeps the time of the test.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inBubble runs a test in which time passes by itself, with a device whose
// server is at the other end of a pipe.
func inBubble(t *testing.T, interval time.Duration, test func(t *testing.T, d *device)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := make(pipes)
		transport := &http.Transport{DialContext: network.dial}
		source := sync.HTTP(&url.URL{Scheme: "http", Host: "central", Path: "/lists"}, &http.Client{Transport: transport})
		d := newDevice(t, func(c *sync.Config) { c.Source, c.Interval = source, interval })
		web := &http.Server{Handler: d.server}
		go web.Serve(network)
		defer web.Close()
		defer transport.CloseIdleConnections()
		test(t, d)
	})
}

// running runs the device until the returned function ends it.
func (d *device) running(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run ends with %v", err)
		}
	}
}

// gaps are the times between times.
func gaps(times []time.Time) (gaps []time.Duration) {
	for i := 1; i < len(times); i++ {
		gaps = append(gaps, times[i].Sub(times[i-1]))
	}
	return gaps
}

func TestRunLooksAtEachIntervalGiveOrTakeATenth(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		d.server.publish(publisher().Release(t, records))
		start := time.Now()
		stop := d.running(t)
		time.Sleep(time.Hour)
		stop()
		times := d.server.lookedAt()
		all := gaps(times)
		if times[0] != start || len(all) < 50 || len(all) > 70 {
			t.Errorf("%d looks, the first after %s", len(times), times[0].Sub(start))
		}
		if least, most := slices.Min(all), slices.Max(all); least < 54*time.Second || most > 66*time.Second || most-least < time.Second {
			t.Errorf("the gaps are from %s to %s", least, most)
		}
		if s := d.Status(); s.Code != sync.Current || !s.Since.Equal(start) || time.Since(s.LastSuccess) > 66*time.Second {
			t.Errorf("the status is %+v", s)
		}
	})
}

func TestRunBacksOffUpToTheIntervalAndRecovers(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		one := publisher().Release(t, records)
		d.server.publish(one)
		d.server.fail(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(http.StatusBadGateway)
			return true
		})
		stop := d.running(t)
		time.Sleep(10 * time.Minute)
		times := d.server.lookedAt()
		for i, gap := range gaps(times) {
			want := min(time.Second<<i, time.Minute)
			if gap < want/2 || gap > want {
				t.Errorf("gap %d is %s, want %s to %s", i, gap, want/2, want)
			}
		}
		if s := d.Status(); s.Code != sync.FetchFailed || !strings.Contains(s.Detail, "502") || len(times) < 10 {
			t.Errorf("after %d looks the status is %+v", len(times), s)
		}
		d.server.fail(nil)
		time.Sleep(time.Minute)
		d.mustHold(t, one, records)
		stop()
	})
}

func TestRunLeavesAServerAloneThatAsksForIt(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		for wish, want := range map[string]time.Duration{"600": 10 * time.Minute, "999999": time.Hour, "never": 0} {
			d.server.fail(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
				w.Header().Set("Retry-After", wish)
				w.WriteHeader(http.StatusTooManyRequests)
				return true
			})
			stop := d.running(t)
			time.Sleep(5 * time.Hour)
			stop()
			all := gaps(d.server.lookedAt())
			if least, most := slices.Min(all), slices.Max(all); least < want || most > max(want, time.Minute) {
				t.Errorf("Retry-After %s: the gaps are from %s to %s", wish, least, most)
			}
		}
	})
}

func TestPokeWakesAtOnce(t *testing.T) {
	inBubble(t, time.Hour, func(t *testing.T, d *device) {
		p := publisher()
		d.server.publish(p.Release(t, records))
		stop := d.running(t)
		synctest.Wait()
		two := p.Release(t, records[10:])
		d.server.publish(two)
		start := time.Now()
		for range 3 {
			d.Poke() // which never waits
		}
		synctest.Wait()
		if time.Now() != start {
			t.Errorf("it took %s", time.Since(start))
		}
		d.mustHold(t, two, records[10:])
		stop()
	})
}

// A file that is bad for good must not be fetched at each interval, by whoever
// many devices; and nothing else waits for it.
func TestBadFilesAreTriedLessAndLessOften(t *testing.T) {
	t.Parallel()
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		p := publisher()
		one := p.Release(t, records)
		d.server.publish(one)
		d.server.change(name(one, feed.Snapshot), flip)
		stop := d.running(t)
		time.Sleep(8 * time.Hour)
		looks, fetches := 0, 0
		for _, asked := range d.server.asked() {
			if asked == sync.TimestampFile {
				looks++
			} else {
				fetches++
			}
		}
		if looks < 8*55 || fetches < 8 || fetches > 30 {
			t.Errorf("in eight hours it looked %d times and fetched %d times", looks, fetches)
		}
		if s := d.Status(); s.Code != sync.FileMismatch || time.Since(s.Since) < 7*time.Hour {
			t.Errorf("the status is %+v", s)
		}

		d.Poke()
		synctest.Wait()
		mustEqual(t, "requests after a poke", d.server.asked(), []string{sync.TimestampFile, name(one, feed.Snapshot)})

		two := p.Release(t, records[10:])
		d.server.publish(two)
		time.Sleep(66 * time.Second)
		d.mustHold(t, two, records[10:])
		stop()
	})
}

func TestOlderReleaseBecomesAStateWhenItPersists(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		p := publisher()
		one, two := p.Release(t, records), p.Release(t, records[10:])
		d.server.publish(one)
		old := d.server.published()
		d.server.publish(two)
		stop := d.running(t)
		synctest.Wait()
		d.server.reset(old)
		time.Sleep(9 * time.Minute)
		if s := d.Status(); s.Code != sync.Current || time.Since(s.LastSuccess) < 8*time.Minute {
			t.Errorf("while a cache may be late the status is %+v", s)
		}
		d.server.fail(func(w http.ResponseWriter, _ *http.Request, _ []byte) bool {
			w.WriteHeader(http.StatusBadGateway)
			return true
		})
		time.Sleep(time.Minute) // a cut between is no end of it
		d.server.fail(nil)
		time.Sleep(3 * time.Minute)
		if s := d.Status(); s.Code != sync.Rollback || !strings.Contains(s.Detail, "older") {
			t.Errorf("when it persists the status is %+v", s)
		}
		d.mustHold(t, two, records[10:])
		d.server.republish()
		time.Sleep(2 * time.Minute)
		if s := d.Status(); s.Code != sync.Current || time.Since(s.LastSuccess) > 66*time.Second {
			t.Errorf("when it is over the status is %+v", s)
		}
		d.server.reset(old)
		time.Sleep(9 * time.Minute) // and the patience begins anew
		if s := d.Status(); s.Code != sync.Current {
			t.Errorf("the next time the status is %+v", s)
		}
		stop()
	})
}

// dripping answers with n bytes at a time, each after a while, and cuts the
// connection after that many times.
func dripping(n int, after time.Duration, times int) func(http.ResponseWriter, *http.Request, []byte) bool {
	return func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		left := times
		var from int
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(data)-1, len(data)))
			w.WriteHeader(http.StatusPartialContent)
		}
		for piece := range slices.Chunk(data[from:], n) {
			select {
			case <-time.After(after):
			case <-r.Context().Done():
				return true
			}
			w.Write(piece)
			w.(http.Flusher).Flush()
			if left--; left == 0 {
				panic(http.ErrAbortHandler)
			}
		}
		return true
	}
}

func TestSourcesThatAreTooSlowAreCutOff(t *testing.T) {
	one := publisher().Release(t, records)
	onlyFiles := func(f func(http.ResponseWriter, *http.Request, []byte) bool) func(http.ResponseWriter, *http.Request, []byte) bool {
		return func(w http.ResponseWriter, r *http.Request, data []byte) bool { return !isMetadata(r) && f(w, r, data) }
	}
	silent := func(_ http.ResponseWriter, r *http.Request, _ []byte) bool {
		<-r.Context().Done()
		return true
	}
	for why, c := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request, []byte) bool
		want  string
	}{
		"metadata drips": {dripping(100, 10*time.Second, -1), "deadline"},
		"no metadata":    {silent, "deadline"},
		"file drips":     {onlyFiles(dripping(100, 10*time.Second, -1)), "less than 8192 bytes came in 30s"},
		"no file":        {onlyFiles(silent), "less than 8192 bytes came in 30s"},
	} {
		t.Run(why, func(t *testing.T) {
			inBubble(t, time.Minute, func(t *testing.T, d *device) {
				d.server.publish(one)
				d.server.fail(c.fault)
				start := time.Now()
				d.mustFail(t, sync.FetchFailed)
				if took := time.Since(start); took != 30*time.Second || !strings.Contains(d.Status().Detail, c.want) {
					t.Errorf("after %s: %q, want %q", took, d.Status().Detail, c.want)
				}
				d.server.fail(nil)
				d.mustSucceed(t)
				d.mustHold(t, one, records)
			})
		})
	}
}

func TestSourcesThatAreSlowButSteadyAreGood(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		one := publisher().Release(t, feedtest.Records(1, 12_000))
		d.server.publish(one)
		d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			return !isMetadata(r) && dripping(9000, 29*time.Second, -1)(w, r, data)
		})
		start := time.Now()
		d.mustSucceed(t)
		if took := time.Since(start); took < 5*time.Minute {
			t.Errorf("it took %s", took)
		}
		mustEqual(t, "requests", d.server.asked(), []string{sync.TimestampFile, name(one, feed.Snapshot)})
	})
}

func TestRunTakesUpALineThatBreaksAgainAndAgain(t *testing.T) {
	inBubble(t, time.Minute, func(t *testing.T, d *device) {
		one := publisher().Release(t, records)
		d.server.publish(one)
		d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			if isMetadata(r) {
				return false
			}
			return dripping(9000, 25*time.Second, 3)(w, r, data)
		})
		stop := d.running(t)
		time.Sleep(30 * time.Minute)
		stop()
		d.mustHold(t, one, records)
	})
}
