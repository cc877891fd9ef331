package firmware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/station"
)

// A GateReport is what the gate of a lane says of itself.
type GateReport struct {
	State    string     `json:"state"` // a drivers.GateState
	Detail   string     `json:"detail,omitempty"`
	Grant    uint64     `json:"grant,omitempty"` // the passage whose release is under way
	Until    *time.Time `json:"until,omitempty"` // when that lapses
	Passages uint64     `json:"passages"`        // since the start
	Unused   uint64     `json:"unused"`          // releases since the start on which nobody passed
	Tampered bool       `json:"tampered"`
}

// GateReport tells what the gate said last.
func (l *Lane) GateReport() GateReport {
	now := l.gateNow.Load()
	if now == nil {
		return GateReport{State: drivers.GateUnknown.String(), Detail: "gate: has not spoken"}
	}
	r := GateReport{
		State: now.State.String(), Detail: now.Detail, Grant: uint64(now.Grant),
		Passages: now.Passages, Unused: now.Unused, Tampered: now.Tampered,
	}
	if !now.Until.IsZero() {
		r.Until = &now.Until
	}
	return r
}

// gateSays deals with what the gate says.
func (l *Lane) gateSays(ctx context.Context, g drivers.GateStatus) {
	if was := l.page.gate; g.State != was.State || g.Tampered != was.Tampered {
		l.Logger.Info("gate", "state", g.State.String(), "tampered", g.Tampered, "detail", g.Detail)
	}
	l.page.gate = g
	l.gateNow.Store(&g)
	l.Metrics.gate(g)
	l.step(ctx, time.Now(), station.GateChanged{
		State: g.State.String(), Grant: uint64(g.Grant), Passages: g.Passages, Tampered: g.Tampered, Detail: g.Detail,
	})
}

// clearing is an operator who clears the tamper latch, and where to answer.
type clearing struct {
	by    string
	reply chan error
}

const maxName = 80

// The reasons for which a tamper latch is not cleared here.
var (
	ErrNoName  = fmt.Errorf("it must say who clears it, in %d letters at most", maxName)
	ErrNoLatch = errors.New("the gate has no tamper latch")
)

// ClearTamper lets the gate be released again after somebody tampered with it. The
// log has who said so.
func (l *Lane) ClearTamper(ctx context.Context, by string) error {
	if by == "" || len(by) > maxName {
		return fmt.Errorf("clear tamper latch: %w", ErrNoName)
	}
	c := clearing{by: by, reply: make(chan error, 1)}
	select {
	case l.clearings <- c:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-c.reply
}

// clearTamper asks the gate, which knows whether its cabinet is still open.
func (l *Lane) clearTamper(ctx context.Context, c clearing) {
	latch, ok := l.Gate.(drivers.TamperLatch)
	if !ok {
		c.reply <- fmt.Errorf("clear tamper latch: %w", ErrNoLatch)
		return
	}
	if !l.page.gate.Tampered {
		c.reply <- nil
		return
	}
	limited, cancel := context.WithTimeout(ctx, deviceTime)
	defer cancel()
	err := latch.ClearTamper(limited)
	if err == nil {
		l.step(ctx, time.Now(), station.TamperCleared{By: c.by})
	}
	c.reply <- err
}
