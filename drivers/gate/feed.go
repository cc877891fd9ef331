package gate

import (
	"context"
	"sync"

	"portcullis/drivers"
)

// backlog is how many changes a slow watcher may be behind.
const backlog = 64

// A feed hands each change of a status to every watcher, and waits for none.
type feed struct {
	mu       sync.Mutex // guards what follows
	status   drivers.GateStatus
	watchers map[*watcher]bool
}

// A watcher is what one caller of watch has yet to be told.
type watcher struct {
	queue []drivers.GateStatus
	more  chan struct{}
}

// publish tells every watcher of a status, if it is a new one.
func (f *feed) publish(s drivers.GateStatus) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s == f.status {
		return
	}
	f.status = s
	for w := range f.watchers {
		w.push(s)
	}
}

// watch delivers the status and each change of it until ctx is done.
func (f *feed) watch(ctx context.Context, status chan<- drivers.GateStatus) {
	w := f.join()
	defer f.leave(w)
	for {
		for s, ok := f.pop(w); ok; s, ok = f.pop(w) {
			select {
			case status <- s:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-w.more:
		case <-ctx.Done():
			return
		}
	}
}

func (f *feed) join() *watcher {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := &watcher{more: make(chan struct{}, 1)}
	w.push(f.status)
	if f.watchers == nil {
		f.watchers = make(map[*watcher]bool)
	}
	f.watchers[w] = true
	return w
}

func (f *feed) leave(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.watchers, w)
}

func (f *feed) pop(w *watcher) (s drivers.GateStatus, ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(w.queue) == 0 {
		return s, false
	}
	s, w.queue = w.queue[0], w.queue[1:]
	return s, true
}

func (w *watcher) push(s drivers.GateStatus) {
	if len(w.queue) == backlog {
		w.queue = w.queue[1:]
	}
	w.queue = append(w.queue, s)
	select {
	case w.more <- struct{}{}:
	default:
	}
}
