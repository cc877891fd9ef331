package campaign

import (
	"context"
	"sync"
	"time"

	"portcullis/central/rollout"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// members takes in the inventory, and returns who is there and who is gone.
func (r *Runner) members(all []inventory.Device) []rollout.Event {
	devices := make(map[string]inventory.Device, len(all))
	events := make([]rollout.Event, 0, len(all))
	for _, d := range all {
		devices[d.Name] = d
		events = append(events, r.heard(d))
	}
	for name := range r.Campaign.Devices {
		if _, ok := devices[name]; !ok {
			events = append(events, rollout.Event{Kind: rollout.Gone, Device: name})
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.devices = devices
	return events
}

// heard tells of a device of the inventory. One that never said anything was
// heard of too long ago for any campaign.
func (r *Runner) heard(d inventory.Device) rollout.Event {
	e := rollout.Event{Kind: rollout.Heard, Device: d.Name, Seen: d.Heard}
	if d.Never {
		e.Seen = time.Unix(0, 0)
	}
	if d.Status != nil {
		e.Reason, _ = push.Needless(*d.Status, push.Held(*d.Status, r.Campaign.List), r.Release)
	}
	return e
}

// renew asks the inventory again. If it does not answer, who was there stays.
func (r *Runner) renew(ctx context.Context) {
	all, err := r.Inventory(ctx)
	if err != nil {
		r.Warn(err)
		return
	}
	select {
	case r.renewed <- all:
	case <-ctx.Done():
	}
}

func (r *Runner) device(name string) (inventory.Device, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.devices[name]
	return d, ok
}

// send is one try at one device.
func (r *Runner) send(ctx context.Context, a rollout.Action) {
	e := r.bring(ctx, a)
	if ctx.Err() != nil {
		return // stopped, and that is known
	}
	e.Device, e.Attempt = a.Device, a.Attempt
	r.tell(ctx, e)
}

func (r *Runner) bring(ctx context.Context, a rollout.Action) rollout.Event {
	d, ok := r.device(a.Device)
	if !ok {
		return rollout.Event{Kind: rollout.Away, Text: "it is not in the inventory any more"}
	}
	p := r.Campaign.Plan
	work := push.Work{List: p.List, Release: r.Release, ID: push.WorkID(p.ID, p.Release, a.Device, a.Round)}
	out, err := r.Carrier.Bring(ctx, d, work, func(n push.News) {
		e := rollout.Event{Kind: rollout.Asked, Device: a.Device, Attempt: a.Attempt}
		if n.Before != nil {
			e.Kind, e.Sample = rollout.Met, sample(*n.Before, p.List)
		}
		r.tell(ctx, e)
	})
	switch {
	case err != nil:
		return failure(err, out)
	case out.Needless != "":
		return rollout.Event{Kind: rollout.Needless, Reason: out.Needless, Sample: sample(out.After, p.List)}
	}
	return rollout.Event{Kind: rollout.Done, Sent: out.Sent, Sample: sample(out.After, p.List)}
}

func failure(err error, out push.Outcome) rollout.Event {
	why := push.Explain(err)
	e := rollout.Event{Kind: rollout.Broke, Reason: why.Reason, Text: why.Err.Error(), Final: why.Final(), Refused: why.Refused, Sent: out.Sent}
	if why.Reason == push.ReasonAway {
		e.Kind = rollout.Away
	}
	return e
}

// sample is what a status says of how a device does with a list.
func sample(s protocol.Status, list string) rollout.Sample {
	held := push.Held(s, list)
	return rollout.Sample{
		Counters: rollout.Counters{Tally: rollout.Tally{Checked: s.Checked, Hits: s.Hits}, Started: s.Started},
		Release:  held.Release,
		Ready:    s.Ready,
		Sound:    held.State != "missing" && held.State != "broken",
	}
}

// atOnce is how many devices are asked how they do at the same time.
const atOnce = 16

// watch asks devices how they do. One that does not answer says nothing: it may
// be switched off.
func (r *Runner) watch(ctx context.Context, names []string) {
	defer r.asking.Store(false)
	Each(ctx, names, atOnce, func(name string) {
		d, ok := r.device(name)
		if !ok {
			return
		}
		if s, err := r.Carrier.Ask(ctx, d); err == nil {
			r.tell(ctx, rollout.Event{Kind: rollout.Observed, Device: name, Sample: sample(s, r.Campaign.List)})
		}
	})
}

// Each calls f for all, so many at once, and returns when all have ended.
func Each[T any](ctx context.Context, all []T, atOnce int, f func(T)) {
	var works sync.WaitGroup
	next := make(chan T)
	for range min(atOnce, len(all)) {
		works.Go(func() {
			for one := range next {
				f(one)
			}
		})
	}
feeding:
	for _, one := range all {
		select {
		case next <- one:
		case <-ctx.Done():
			break feeding
		}
	}
	close(next)
	works.Wait()
}
