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
	wait := firstRetry
	for pause := rand.N(lookEvery); ; {
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		pause = lookEvery
		_ = i.Load() // what is wrong with it shows in its status
		if s := i.Status().State; s != StateRenewDue && s != StateExpired || i.Leaving() {
			continue
		}
		err := i.Renew(ctx, central)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			log.Info("the certificate of the device was renewed")
			wait = firstRetry
		default:
			if wait == firstRetry {
				log.Warn("the certificate of the device was not renewed", "error", err)
			}
			pause = wait/2 + rand.N(wait/2)
			wait = min(2*wait, lastRetry)
		}
	}
}
