package query

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portcullis/central/query/journal"
	"portcullis/protocol"
)

// A Log takes note of consultations: a [journal.Log].
type Log interface {
	// Append returns nil once the entry is on the disk.
	Append(ctx context.Context, e journal.Entry) error
	// Pseudonym returns what stands for a cleaned number in the log.
	Pseudonym(number string) string
}

// Options say what a service asks and whom it answers. Lists, Scopes and Log
// are needed; the rest has defaults.
type Options struct {
	Lists   map[string]Records // by name
	Scopes  Scopes
	Log     Log
	ItemKey []byte // seals item_ids; nil is a new one, so that IDs end with the process

	Deadline time.Duration // of a question to arrive, of its search, and of its entry in the log; 0 is 3 s
	Running  int           // searches at once; 0 is 64. Eight times as many wait for a place
	Rate     float64       // requests of one caller a second, in the long run; 0 is 50
	Burst    int           // requests of one caller at once; 0 is 100

	Caller  func(*http.Request) (Caller, bool) // nil is FromCertificate
	Metrics prometheus.Registerer              // nil is nowhere
	Now     func() time.Time                   // nil is time.Now
}

func (o Options) withDefaults() Options {
	if o.Deadline <= 0 {
		o.Deadline = 3 * time.Second
	}
	if o.Running <= 0 {
		o.Running = 64
	}
	if o.Rate <= 0 {
		o.Rate = 50
	}
	if o.Burst <= 0 {
		o.Burst = 100
	}
	if o.Caller == nil {
		o.Caller = FromCertificate
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// A Service answers queries. It is made by [New].
type Service struct {
	options Options
	items   items
	rate    rate
	places  places
	metrics metrics
}

// New returns a service.
func New(o Options) (*Service, error) {
	o = o.withDefaults()
	if o.Log == nil {
		return nil, errors.New("query: make service: there is no log of consultations")
	}
	items, err := newItems(o.ItemKey)
	if err != nil {
		return nil, fmt.Errorf("query: make service: %w", err)
	}
	s := &Service{options: o, items: items, places: newPlaces(o.Running), metrics: newMetrics()}
	s.rate = rate{every: max(1, time.Duration(float64(time.Second)/o.Rate)), burst: o.Burst, next: map[Caller]time.Time{}}
	if o.Metrics != nil {
		if err := s.metrics.register(o.Metrics); err != nil {
			return nil, fmt.Errorf("query: make service: %w", err)
		}
	}
	return s, nil
}

// Handler answers at protocol.SearchPath and protocol.DetailsPath.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle(protocol.SearchPath, s.handle(journal.Search, func(body []byte) (asked, error) {
		q, err := decodeSearch(body)
		return search{q}, err
	}))
	mux.Handle(protocol.DetailsPath, s.handle(journal.Details, func(body []byte) (asked, error) {
		q, err := decodeDetails(body)
		return details{q}, err
	}))
	return mux
}

// An asked is a query that arrived whole.
type asked interface {
	// ask finds the answer, and adds to the entry what was asked for.
	ask(ctx context.Context, s *Service, c Caller, e *journal.Entry) answer
	// reply is the message that tells the answer.
	reply(s *Service, c Caller, e journal.Entry, a answer) (any, error)
}

// An answer is what a query comes to. The zero value is not one: see codeOf.
type answer struct {
	code    protocol.ResultCode
	note    string // after the text of the code
	records []listed
}

func (s *Service) handle(kind string, decode func([]byte) (asked, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		e := journal.Entry{Time: s.options.Now(), Kind: kind, Request: newRequestID()}
		w.Header().Set("X-Request-ID", e.Request)
		c, q, p := s.admit(w, r, decode)
		if p != nil {
			s.metrics.refused.WithLabelValues(p.Type).Inc()
			writeProblem(w, p)
			return
		}
		e.Caller = c.Role.URI(c.Name).String()
		code, reply := s.answer(r.Context(), c, q, e)
		s.metrics.answered(kind, code, time.Since(began))
		writeJSON(w, http.StatusOK, "application/json", reply)
	})
}

// admit returns who asks and what, or why it is no query.
func (s *Service) admit(w http.ResponseWriter, r *http.Request, decode func([]byte) (asked, error)) (Caller, asked, *protocol.Problem) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return Caller{}, nil, problem(http.StatusMethodNotAllowed, protocol.ProblemRequest, "a query is sent by POST")
	}
	c, ok := s.options.Caller(r)
	if !ok {
		return Caller{}, nil, problem(http.StatusForbidden, protocol.ProblemDenied, "a query needs a certificate that names its holder")
	}
	if wait := s.rate.take(c, s.options.Now()); wait > 0 {
		seconds := (wait + time.Second - 1) / time.Second
		w.Header().Set("Retry-After", fmt.Sprint(int(seconds)))
		return Caller{}, nil, problem(http.StatusTooManyRequests, protocol.ProblemBusy, "this caller asks too often")
	}
	body, p := readBody(w, r, s.options.Deadline)
	if p != nil {
		return Caller{}, nil, p
	}
	q, err := decode(body)
	if err != nil {
		return Caller{}, nil, problem(http.StatusBadRequest, protocol.ProblemRequest, err.Error())
	}
	return c, q, nil
}

// answer finds the answer and has it logged before it returns the message that
// tells it. A query that its caller gives up is logged all the same.
func (s *Service) answer(ctx context.Context, c Caller, q asked, e journal.Entry) (protocol.ResultCode, any) {
	a := q.ask(ctx, s, c, &e)
	reply, err := q.reply(s, c, e, a)
	if err != nil {
		a = answer{code: protocol.UnexpectedError}
		reply, _ = q.reply(s, c, e, a) // which has no item to seal
	}
	e.Code, e.Count = int(a.code), len(a.records)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.Deadline)
	defer cancel()
	_, err = within(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.options.Log.Append(ctx, e)
	})
	if err != nil {
		s.metrics.unlogged.Inc()
		a = answer{code: protocol.UnexpectedError, note: "it could not be logged"}
		reply, _ = q.reply(s, c, e, a)
	}
	return a.code, reply
}

// grace is what a list that keeps its deadline has to say so.
const grace = 100 * time.Millisecond

// errPanic stands for what a list panicked with, which may hold anything.
var errPanic = errors.New("it panicked")

// within runs f, which may not outlast its context, and does not wait for one
// that does: a list whose disk hangs must not hold a lane. The context has a
// deadline.
func within[T any](ctx context.Context, f func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		o.value, o.err = guard(func() (T, error) { return f(ctx) })
		done <- o
	}()
	deadline, _ := ctx.Deadline()
	late := time.NewTimer(time.Until(deadline) + grace)
	defer late.Stop()
	select {
	case o := <-done:
		return o.value, o.err
	case <-late.C:
		var none T
		return none, context.DeadlineExceeded
	}
}

// guard makes an error of a panic: of one list it must not end what was found
// in others, nor the process.
func guard[T any](f func() (T, error)) (value T, err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return f()
}
