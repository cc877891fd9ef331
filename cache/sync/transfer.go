package sync

import (
	"context"
	"fmt"
	"io"
	"time"

	"portcullis/cache/feed"
)

// A transfer appends to a part what a source gives, up to the size that the
// release names, however much more there is.
type transfer struct {
	from     io.Reader
	to       io.Writer
	file     feed.File
	done     int64
	pace     *pace
	progress func(done int64)
}

func (t *transfer) run(ctx context.Context) error {
	buf := make([]byte, 64<<10)
	for t.done < t.file.Size {
		if err := context.Cause(ctx); err != nil { // a disk would go on
			return t.broken(ctx, err)
		}
		n, err := t.from.Read(buf[:min(int64(len(buf)), t.file.Size-t.done)])
		if _, err := t.to.Write(buf[:n]); err != nil {
			return local(SpoolFailed, err)
		}
		t.done += int64(n)
		t.pace.came(n)
		t.progress(t.done)
		if err != nil && t.done < t.file.Size {
			return t.broken(ctx, err)
		}
	}
	return nil
}

func (t *transfer) broken(ctx context.Context, err error) error {
	switch {
	case context.Cause(ctx) != nil:
		err = context.Cause(ctx)
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	return fail(FetchFailed, fmt.Errorf("get %s: it broke off after %d of %d bytes: %w", t.file.Name, t.done, t.file.Size, withoutAddress(err)))
}

// A source must give this many bytes in each such time: a slower one keeps a
// device from being up to date as surely as none.
const (
	paceBytes = 8 << 10
	paceTime  = 30 * time.Second
)

var errSlow = fmt.Errorf("less than %d bytes came in %s", paceBytes, paceTime)

// A pace cuts off a source that is too slow.
type pace struct {
	timer  *time.Timer
	cancel context.CancelCauseFunc
	left   int // bytes that must come before the timer fires
}

// keepPace returns a context that ends when bytes come too slowly.
func keepPace(ctx context.Context) (context.Context, *pace) {
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(paceTime, func() { cancel(errSlow) })
	return ctx, &pace{timer: timer, cancel: cancel, left: paceBytes}
}

// came notes that bytes have come.
func (p *pace) came(n int) {
	if p.left -= n; p.left <= 0 {
		p.timer.Reset(paceTime)
		p.left = paceBytes
	}
}

func (p *pace) stop() {
	p.timer.Stop()
	p.cancel(nil)
}
