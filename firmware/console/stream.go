package console

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// What a stream keeps to.
const (
	// BeatEvery is how often a stream says that the device is alive. A page
	// that hears nothing for two beats and a half says that the connection is lost.
	BeatEvery = 2 * time.Second

	maxStreams = 32               // beyond what a lane has screens for
	patience   = 10 * time.Second // with a page that takes nothing off the line
)

// beat is the time by the device's clock, and whether the lane still works.
type beat struct {
	Now     time.Time `json:"now"`
	Stalled bool      `json:"stalled"`
}

func officerPage(s shown) page   { return s.officer }
func travellerPage(s shown) page { return s.traveller }

// stream answers with a page's value, now and at each change, until the
// request ends. What the page saw before does not matter: a Last-Event-ID is
// answered with the whole value, as everything is.
func (s *Server) stream(pick func(shown) page) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case s.streams <- struct{}{}:
			defer func() { <-s.streams }()
		default:
			w.Header().Set("Retry-After", "5")
			refuse(w, problemBusy, "This device already feeds as many pages as it can.")
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		if r.Method == http.MethodHead {
			return
		}
		to := line{w, http.NewResponseController(w)}
		// What goes wrong is that the page has gone, which is its right.
		_ = s.feed(r.Context(), to, pick)
	}
}

// feed writes events until ctx is done or the page takes no more. A beat comes
// first, so that a page never takes the value of a lane that stands still for
// a live one.
func (s *Server) feed(ctx context.Context, to line, pick func(shown) page) error {
	tick := time.NewTicker(BeatEvery)
	defer tick.Stop()
	if err := s.beat(to, time.Now()); err != nil {
		return err
	}
	var sent uint64
	for {
		now, changed := s.current()
		if p := pick(now); p.id != sent {
			sent = p.id
			if err := to.send(fmt.Sprintf("id: %d\nevent: view\n", p.id), p.data); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case at := <-tick.C:
			if err := s.beat(to, at); err != nil {
				return err
			}
		}
	}
}

// beat tells a page that the device is alive.
func (s *Server) beat(to line, at time.Time) error {
	data, err := json.Marshal(beat{at, s.stalled(at)})
	if err != nil {
		return fmt.Errorf("encode beat: %w", err)
	}
	return to.send("event: beat\n", data)
}

// A line is a stream to one page.
type line struct {
	http.ResponseWriter
	control *http.ResponseController
}

// send writes one event, and waits for the page no longer than patience.
func (l line) send(head string, data []byte) error {
	err := l.control.SetWriteDeadline(time.Now().Add(patience))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := fmt.Fprintf(l, "%sdata: %s\n\n", head, data); err != nil {
		return err
	}
	return l.control.Flush()
}
