package push

import "context"

// Wait exposes waiting for a throttle.
func (t *Throttle) Wait(ctx context.Context, n int) error { return t.wait(ctx, n) }
