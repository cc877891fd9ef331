package cache

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"portcullis/cache/list"
)

// A workroom is memory that one worker uses again for each shard.
type workroom struct {
	opened  []byte
	records []list.Record
	coder   *list.Coder // of the list that is worked on
}

// inParallel calls f for every number below n, on as many cores as there are,
// until one fails or ctx is done. Between two calls each worker lets look-ups
// go first.
func inParallel(ctx context.Context, n int, f func(i int, room *workroom) error) error {
	workers, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(runtime.GOMAXPROCS(0), n) {
		workers.Go(func() error {
			var room workroom
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return context.Cause(ctx)
				}
				if err := f(i, &room); err != nil {
					return err
				}
				runtime.Gosched()
			}
		})
	}
	return workers.Wait()
}
