package board

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"portcullis/drivers"
)

// A Page is the display of a lane that has none of its own: travellers look at
// the page that the device serves, and Message is what it shows.
type Page struct {
	mu      sync.Mutex // guards what follows
	message drivers.Message
	halted  bool
}

var errPageHalted = errors.New("the display was halted")

// Show puts a message on the page.
func (p *Page) Show(ctx context.Context, m drivers.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("show %v: %w", m, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.halted {
		return fmt.Errorf("show %v: %w", m, errPageHalted)
	}
	p.message = m
	return nil
}

// Message returns what the page shows.
func (p *Page) Message() drivers.Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.message
}

// Halt blanks the page for good.
func (p *Page) Halt() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.message, p.halted = drivers.MessageClosed, true
	return nil
}

var _ drivers.Display = (*Page)(nil)
