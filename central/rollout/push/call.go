package push

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"portcullis/central/rollout/inventory"
	"portcullis/protocol"
)

// errPatience is the cause when a call gets no further.
var errPatience = errors.New("nothing came or went for too long")

// a line is how one device is called.
type line struct {
	client   *http.Client
	base     string
	patience time.Duration
	throttle *Throttle
	sent     int64
}

func (p *Pusher) line(d inventory.Device) (*line, error) {
	if d.Address == "" {
		return nil, &Error{Reason: ReasonNoAddress, Err: errors.New("the inventory has no address of it")}
	}
	return &line{client: p.Identity.Client(protocol.Device, d.Name), base: "https://" + d.Address, patience: p.patience(), throttle: p.Throttle}, nil
}

func (l *line) close() { l.client.CloseIdleConnections() }

// do calls the device, and reads its answer into v. The call ends when nothing
// moves for as long as the line's patience, and more if it says so.
func (l *line) do(ctx context.Context, method, path string, body *body, more time.Duration, v any) error {
	ctx, cancel := context.WithCancelCause(ctx)
	watch := time.AfterFunc(l.patience+more, func() { cancel(errPatience) })
	defer watch.Stop()
	r, err := http.NewRequestWithContext(ctx, method, l.base+path, nil)
	if err != nil {
		cancel(nil)
		return err
	}
	gone := body.attach(r, l, watch)
	defer func() { // the transport may read a body for longer than the call takes
		cancel(nil)
		<-gone
	}()
	response, err := l.client.Do(r)
	if err != nil {
		return cause(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return refusal(response)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // to its end: the connection is used again
	if err != nil {
		return cause(ctx, err)
	}
	if v == nil {
		return nil
	}
	if err := json.Unmarshal(data, v); err != nil {
		return &Error{Reason: ReasonAnswer, Err: err}
	}
	return nil
}

// cause tells of a call that was ended why it was.
func cause(ctx context.Context, err error) error {
	if why := context.Cause(ctx); why != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", why, err)
	}
	return err
}

// A body is what a request sends; nil is none.
type body struct {
	media  string
	data   io.Reader
	length int64
	rng    string // Content-Range
}

func jsonBody(v any) *body {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a message of package protocol always can be
	}
	return &body{media: "application/json", data: bytes.NewReader(data), length: int64(len(data))}
}

// attach makes the body that of a request. When gone is closed, nobody reads it
// any more.
func (b *body) attach(r *http.Request, l *line, watch *time.Timer) (gone chan struct{}) {
	gone = make(chan struct{})
	if b == nil || b.length == 0 {
		close(gone)
		return gone
	}
	r.Header.Set("Content-Type", b.media)
	if b.rng != "" {
		r.Header.Set("Content-Range", b.rng)
	}
	m := &moving{Reader: b.data, ctx: r.Context(), line: l, watch: watch, file: b.rng != ""}
	m.close = sync.OnceFunc(func() { close(gone) })
	r.Body, r.ContentLength = m, b.length
	return gone
}

// moving reads what is sent, no faster than the throttle lets it, and puts the
// end of patience off while something moves.
type moving struct {
	io.Reader
	ctx   context.Context
	line  *line
	watch *time.Timer
	file  bool // part of one, and counted
	close func()
}

// Close notes that the transport is done with the body.
func (m *moving) Close() error {
	m.close()
	return nil
}

// slice is how much is let through at a time, so that many devices share a
// bound evenly, and none waits for so long that it takes its line for dead.
const slice = 8 << 10

func (m *moving) Read(p []byte) (int, error) {
	if m.line.throttle != nil {
		p = p[:min(len(p), slice)]
	}
	n, err := m.Reader.Read(p)
	m.watch.Reset(time.Hour) // waiting for its turn is no fault of the device
	if err := m.line.throttle.wait(m.ctx, n); err != nil {
		return 0, err
	}
	m.watch.Reset(m.line.patience)
	if m.file {
		m.line.sent += int64(n)
	}
	return n, err
}
