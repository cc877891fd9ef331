package push

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portcullis/central/rollout/inventory"
	"portcullis/protocol"
)

// A Pusher brings releases to devices. It can be used by many at once.
type Pusher struct {
	Identity   Identity
	Repository Repository
	Part       int64         // bytes of a file that are sent at once; 0 is 1 MiB
	Patience   time.Duration // for a device that is silent; 0 is 30 s
	Throttle   *Throttle
}

func (p *Pusher) part() int64             { return cmp.Or(p.Part, 1<<20) }
func (p *Pusher) patience() time.Duration { return cmp.Or(p.Patience, 30*time.Second) }

// Work is what is to be done at a device.
type Work struct {
	List    string
	Release Release
	ID      string // of the install: the same work has the same one
}

// WorkID names an install by what it is for, so that it is the same one after a
// crash of the tool. Round counts installs that ended without success.
func WorkID(campaign string, release uint64, device string, round int) string {
	h := sha256.New()
	for _, part := range []string{campaign, strconv.FormatUint(release, 10), device, strconv.Itoa(round)} {
		h.Write(append([]byte(part), 0))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// News is what a push tells while it goes on: what the device said before, and
// that it was asked to install.
type News struct {
	Before *protocol.Status
	Asked  bool
}

// An Outcome is what came of a push.
type Outcome struct {
	Needless string // why nothing was sent, if nothing was
	Sent     int64  // bytes of files
	After    protocol.Status
}

// Ask returns what a device says of itself.
func (p *Pusher) Ask(ctx context.Context, d inventory.Device) (protocol.Status, error) {
	l, err := p.line(d)
	if err != nil {
		return protocol.Status{}, err
	}
	defer l.close()
	return l.status(ctx)
}

func (l *line) status(ctx context.Context) (s protocol.Status, err error) {
	err = l.do(ctx, http.MethodGet, protocol.StatusPath, nil, 0, &s)
	return s, err
}

// Held returns how a device holds a list; the zero Held is not at all.
func Held(s protocol.Status, list string) protocol.Held {
	for _, h := range s.Lists {
		if h.Name == list {
			return h
		}
	}
	return protocol.Held{Name: list}
}

// Bring brings a device what the work says, or finds that it needs nothing.
func (p *Pusher) Bring(ctx context.Context, d inventory.Device, w Work, tell func(News)) (out Outcome, err error) {
	l, err := p.line(d)
	if err != nil {
		return out, err
	}
	defer l.close()
	defer func() { out.Sent = l.sent }()
	before, err := l.status(ctx)
	if err != nil {
		return out, err
	}
	tell(News{Before: &before})
	held := Held(before, w.List)
	if out.Needless, err = Needless(before, held, w.Release); out.Needless != "" || err != nil {
		out.After = before
		return out, err
	}
	files, err := p.Repository.Needed(ctx, w.List, held)
	if err != nil {
		return out, &Error{Reason: ReasonNoFile, Err: err}
	}
	for _, file := range files {
		if err := p.put(ctx, l, w.List, file); err != nil {
			return out, err
		}
	}
	if err := l.install(ctx, w, func() { tell(News{Asked: true}) }); err != nil {
		return out, err
	}
	if out.After, err = l.status(ctx); err != nil {
		return out, err
	}
	return out, taken(before, out.After, w)
}

// Needless says why a device needs nothing, if it does not, and refuses one that
// cannot be helped. A release that is held but not known to be the newest any
// more is sent again, because what proves its age is new.
func Needless(s protocol.Status, held protocol.Held, r Release) (reason string, err error) {
	switch {
	case s.Erased:
		return "", &Error{Reason: ReasonErased, Err: errors.New("the device has erased itself, and must be provisioned anew")}
	case held.Release > r.Sequence:
		return ReasonNewer, nil
	case held.Release < r.Sequence || held.State == "broken" || held.State == "missing" || held.Bad > 0:
		return "", nil
	case held.Root != r.Root:
		return "", &Error{Reason: ReasonForked, Err: fmt.Errorf("it holds another list as release %d", r.Sequence)}
	case held.State != "" && held.State != "fresh":
		return "", nil
	}
	return ReasonSame, nil
}

// taken reports whether a device has what it was brought, and works.
func taken(before, after protocol.Status, w Work) error {
	held := Held(after, w.List)
	switch {
	case held.Release < w.Release.Sequence || held.Release == w.Release.Sequence && held.Root != w.Release.Root:
		return &Error{Reason: ReasonNotTaken, Err: fmt.Errorf("it holds release %d", held.Release), Refused: true}
	case before.Ready && !after.Ready:
		return &Error{Reason: ReasonNotReady, Err: fmt.Errorf("it says %s", strings.Join(after.Faults, ", ")), Refused: true}
	}
	return nil
}
