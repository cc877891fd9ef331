package console

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options is what a console is made of. Every zero field has a meaning.
type Options struct {
	// Acknowledge records what an officer says came of a passage, and returns
	// when that is durable: nil, [ErrUnknownPassage], [ErrRecorded], or what
	// went wrong. Nil refuses every outcome.
	Acknowledge func(context.Context, Acknowledgement) error

	// Ready tells why the lane cannot take a traveller, or nil when it can.
	// Nil is always ready.
	Ready func() error

	// Metrics answers GET /metrics. Nil is no such page.
	Metrics http.Handler

	// Within is how often the lane promises to call Publish. When it does
	// not, the pages say that the lane stands still, and /healthz fails. Zero
	// is no promise.
	Within time.Duration

	// Desk is where the officer is, as the traveller sees it: "left",
	// "right", or "" for no arrow.
	Desk string

	// Hosts are the names under which browsers may call this device, beside
	// localhost and any address in figures.
	Hosts []string

	// Log hears of requests that failed in the device. Nil drops them.
	Log *slog.Logger
}

// An Acknowledgement is what an officer says came of a passage.
type Acknowledgement struct {
	Passage string // Passage.ID
	Outcome string // Outcome.Code
}

// What Acknowledge may say.
var (
	// ErrUnknownPassage: no passage of that id waits for an outcome.
	ErrUnknownPassage = errors.New("console: no such passage")
	// ErrRecorded: the passage has its outcome, and that is not changed here.
	ErrRecorded = errors.New("console: outcome is already recorded")
)

// A Server serves the pages of one lane. Make one with New.
type Server struct {
	options Options
	log     *slog.Logger
	phrases map[string][]Phrase
	files   map[string]file
	streams chan struct{} // a place for each open stream

	order  sync.Mutex // of whoever changes what is shown; guards what follows
	lane   []byte     // the last View as it was published
	alarms []Fault

	mu      sync.Mutex // guards what follows
	shown   shown
	changed chan struct{} // closed when shown is replaced
}

// New returns a server that shows a closed lane until the first Publish.
func New(o Options) *Server {
	s := &Server{
		options: o,
		log:     o.Log,
		phrases: loadPhrases(),
		files:   loadFiles(),
		streams: make(chan struct{}, maxStreams),
		changed: make(chan struct{}),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.Publish(View{Now: time.Now()})
	return s
}

// Publish replaces what the pages show. It may be called as often as the lane
// likes, and never waits for a page. The View may be changed after it returns.
func (s *Server) Publish(v View) {
	s.order.Lock()
	defer s.order.Unlock()
	next := s.render(v.complete())
	s.lane = next.officer.data
	if len(s.alarms) > 0 {
		next = s.alarmed(next)
	}
	s.show(next)
}

// Alarm shows faults before those that the lane publishes, until the next Alarm.
// It is for what the lane cannot tell because it stands still itself.
func (s *Server) Alarm(faults []Fault) {
	s.order.Lock()
	defer s.order.Unlock()
	s.alarms = slices.Clone(faults)
	now, _ := s.current()
	s.show(s.alarmed(now))
}

// alarmed returns what the lane has published with the alarms in it. When and
// to whom the lane spoke last stays as it was.
func (s *Server) alarmed(now shown) shown {
	var v View
	_ = json.Unmarshal(s.lane, &v) // we made it
	v.Faults = append(slices.Clone(s.alarms), v.Faults...)
	now.officer = s.render(v.complete()).officer
	return now
}

// show replaces what the pages show.
func (s *Server) show(next shown) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next.number(s.shown)
	s.shown = next
	close(s.changed)
	s.changed = make(chan struct{})
}

// current returns what is shown now, and a channel that is closed when it is
// not any more.
func (s *Server) current() (shown, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown, s.changed
}

// stalled tells whether the lane has broken its promise to publish.
func (s *Server) stalled(at time.Time) bool {
	now, _ := s.current()
	return s.options.Within > 0 && at.Sub(now.published) > s.options.Within
}
