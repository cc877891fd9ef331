package drivertest

import (
	"context"
	"sync"

	"portcullis/drivers/reader"
)

// counts is what went over the links of a meter.
type counts struct {
	opens, open  int // links opened, and open now
	reads, empty int // reads, and those that found nothing
	bytes        int // since the last open
}

// A meter counts what a reader does with its links.
type meter struct {
	opener reader.Opener

	mu      sync.Mutex // guards now and changed
	now     counts
	changed chan struct{} // closed and replaced at each change
}

func newMeter(o reader.Opener) *meter {
	return &meter{opener: o, changed: make(chan struct{})}
}

// counts returns the counts.
func (m *meter) counts() counts {
	now, _ := m.watch()
	return now
}

// watch returns the counts, and a channel that is closed when they change.
func (m *meter) watch() (counts, <-chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now, m.changed
}

func (m *meter) add(change func(*counts)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(&m.now)
	close(m.changed)
	m.changed = make(chan struct{})
}

// open is the opener that counts.
func (m *meter) open(ctx context.Context, path string, line reader.Line) (reader.Link, error) {
	link, err := m.opener(ctx, path, line)
	if err != nil {
		return nil, err
	}
	m.add(func(c *counts) {
		c.opens++
		c.open++
		c.bytes = 0
	})
	return &meteredLink{Link: link, meter: m}, nil
}

// A meteredLink is a link that its meter counts.
type meteredLink struct {
	reader.Link
	meter *meter
}

func (l *meteredLink) Read(ctx context.Context, b []byte) (int, error) {
	n, err := l.Link.Read(ctx, b)
	l.meter.add(func(c *counts) {
		c.reads++
		c.bytes += n
		if n == 0 {
			c.empty++
		}
	})
	return n, err
}

func (l *meteredLink) Close() error {
	err := l.Link.Close()
	l.meter.add(func(c *counts) { c.open-- })
	return err
}
