package firmware

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
)

// A Loop is a part of the appliance that runs until its context is done.
type Loop struct {
	Name string
	Run  func(context.Context) error
}

// Run runs the loops until ctx is done or one of them fails, which stops the
// others, and returns when the last has ended. A loop that returns nil before
// ctx is done has finished its work, and stops nothing.
func Run(ctx context.Context, loops ...Loop) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, l := range loops {
		g.Go(func() error {
			if err := l.Run(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", l.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}
