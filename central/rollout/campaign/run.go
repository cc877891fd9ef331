package campaign

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"portcullis/central/rollout"
	"portcullis/central/rollout/inventory"
	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

// A Carrier does what a campaign wants of a device. It is a push.Pusher.
type Carrier interface {
	Ask(context.Context, inventory.Device) (protocol.Status, error)
	Bring(context.Context, inventory.Device, push.Work, func(push.News)) (push.Outcome, error)
}

// A Runner works on a campaign. Without Keep and Order, nothing is kept and
// nobody is listened to.
type Runner struct {
	Campaign  *rollout.Campaign
	Release   push.Release
	Carrier   Carrier
	Inventory func(context.Context) ([]inventory.Device, error)
	Zone      *time.Location // of the plan's window; nil is UTC
	Keep      func([]rollout.Transition) error
	Order     func() (rollout.Kind, bool)
	Resume    rollout.Event            // how it begins
	Told      func(rollout.Transition) // what happened, after it is kept; from one goroutine
	Warn      func(error)              // what hinders no device yet

	events  chan rollout.Event
	stops   map[string]context.CancelFunc
	devices map[string]inventory.Device
	works   sync.WaitGroup
	renewed chan []inventory.Device
	asking  atomic.Bool // a look at devices is under way
	mu      sync.Mutex  // over devices, which tries read
}

// How often the runner looks at what time changes, and for devices that came or
// went.
const (
	tick    = time.Second
	refresh = time.Minute
)

// Run works until the campaign is idle or ctx is done. When it returns, nothing
// of it goes on.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer r.works.Wait()
	defer cancel()
	r.events, r.stops = make(chan rollout.Event, 64), map[string]context.CancelFunc{}
	r.renewed = make(chan []inventory.Device)
	all, err := r.Inventory(ctx)
	if err != nil {
		return err
	}
	if err := r.step(ctx, append(r.members(all), r.Resume)); err != nil {
		return err
	}
	ticker, renew := time.NewTicker(tick), time.NewTicker(refresh)
	defer ticker.Stop()
	defer renew.Stop()
	for !r.Campaign.Idle() {
		var events []rollout.Event
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e := <-r.events:
			events = append(events, e)
		case <-ticker.C:
		case <-renew.C:
			r.works.Go(func() { r.renew(ctx) })
		case all := <-r.renewed:
			events = r.members(all)
		}
		if err := r.step(ctx, r.gather(events)); err != nil {
			return err
		}
	}
	return nil
}

// gather adds what happened besides: with many devices, one step takes in what
// many of them tell.
func (r *Runner) gather(events []rollout.Event) []rollout.Event {
	for {
		select {
		case e := <-r.events:
			events = append(events, e)
			continue
		default:
		}
		if r.Order != nil {
			if kind, ok := r.Order(); ok {
				events = append(events, rollout.Event{Kind: kind})
			}
		}
		return events
	}
}

func (r *Runner) step(ctx context.Context, events []rollout.Event) error {
	now := time.Now().UTC()
	if r.Zone != nil {
		now = now.In(r.Zone)
	}
	changes, actions := r.Campaign.Step(now, events)
	if r.Keep != nil {
		if err := r.Keep(changes); err != nil {
			return err
		}
	}
	for _, t := range changes {
		r.Told(t)
	}
	for _, a := range actions {
		r.act(ctx, a)
	}
	return nil
}

func (r *Runner) act(ctx context.Context, a rollout.Action) {
	switch a.Kind {
	case rollout.Send:
		ctx, cancel := context.WithCancel(ctx)
		r.stops[a.Device] = cancel
		r.works.Go(func() {
			defer cancel()
			r.send(ctx, a)
		})
	case rollout.Stop:
		if stop := r.stops[a.Device]; stop != nil {
			stop()
		}
	case rollout.Watch:
		if r.asking.CompareAndSwap(false, true) {
			r.works.Go(func() { r.watch(ctx, a.Devices) })
		}
	}
}

// tell hands an event to the loop, unless that has ended.
func (r *Runner) tell(ctx context.Context, e rollout.Event) {
	select {
	case r.events <- e:
	case <-ctx.Done():
	}
}
