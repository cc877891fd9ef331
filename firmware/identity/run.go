package identity

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// The rhythm of Run.
const (
	lookEvery  = time.Minute // clocks jump, and a technician may enrol the device
	firstRetry = time.Minute // after a renewal that failed, and twice as long each time
	lastRetry  = 6 * time.Hour
)

// Run renews the certificate whenever that is due, until ctx is done. That
// central is not reached is logged once and tried again.
func (i *Identity) Run(ctx context.Context, central string, log *slog.Logger) error {
	failures := 0
	for pause := rand.N(lookEvery); ; {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		pause = i.tend(ctx, central, log, &failures)
	}
}

// tend renews the certificate if that is due, and returns how long to wait.
func (i *Identity) tend(ctx context.Context, central string, log *slog.Logger, failures *int) time.Duration {
	_ = i.Load() // what is wrong with it shows in its status
	if !i.isDue() || i.Leaving() {
		return lookEvery
	}
	err := i.Renew(ctx, central)
	if err != nil {
		*failures++
		if *failures == 1 && ctx.Err() == nil {
			log.Warn("the certificate of the device was not renewed", "error", err)
		}
		wait := min(firstRetry<<min(*failures-1, 20), lastRetry)
		return wait/2 + rand.N(wait/2)
	}
	*failures = 0
	log.Info("the certificate of the device was renewed")
	if i.isDue() { // one of the clocks is wrong, and another certificate would be no better
		return lastRetry
	}
	return lookEvery
}

func (i *Identity) isDue() bool {
	state := i.Status().State
	return state == StateRenewDue || state == StateExpired
}
