package display

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"portcullis/drivers"
)

// Address is the address that most displays have.
const Address = 0x3c

// The times of a display.
const (
	turn  = 2500 * time.Millisecond // of one language
	retry = time.Second             // between two attempts to reach a display
	anew  = time.Minute             // a display is set up again this often: one that lost its power answers, and is dark
)

// The reasons for which a display does not show a message.
var (
	ErrHalted = errors.New("the display was halted")
	ErrFailed = errors.New("the display does not answer")
)

// Config says where a display is, and what it speaks. Open is required.
type Config struct {
	Open       func() (Bus, error) // opens the bus; again, after the display failed
	Address    uint16              // Address if zero
	UpsideDown bool
	Languages  []string // in the order of their turns; Default if none
}

// Display is the drivers.Display of an SSD1306. It needs Run.
type Display struct {
	config  Config
	changed chan struct{} // there is another message

	panelMu sync.Mutex // guards what follows; held while the bus is used
	panel   *panel     // nil while there is none
	since   time.Time  // the panel was set up
	drawn   bool       // something was, and the display is not off

	mu      sync.Mutex // guards what follows; never held while the bus is used
	message drivers.Message
	failure error // of the last attempt to draw
	halted  bool
}

// New makes a display, blank. It need not be there.
func New(c Config) (*Display, error) {
	if c.Open == nil {
		return nil, errors.New("make display: no bus")
	}
	if c.Address == 0 {
		c.Address = Address
	}
	if len(c.Languages) == 0 {
		c.Languages = Default()
	}
	for _, l := range c.Languages {
		if !slices.Contains(Languages(), l) {
			return nil, fmt.Errorf("make display: no words in language %q; there are %v", l, Languages())
		}
	}
	return &Display{config: c, changed: make(chan struct{}, 1)}, nil
}

// Show notes what Run is to show, and returns at once. Its error is that of the
// last attempt: a display that does not answer is tried again until it does.
func (d *Display) Show(ctx context.Context, m drivers.Message) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("show %v: %w", m, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.halted {
		return fmt.Errorf("show %v: %w", m, ErrHalted)
	}
	if m != d.message {
		d.message = m
		d.tell()
	}
	if d.failure != nil {
		return fmt.Errorf("show %v: %w: %w", m, ErrFailed, d.failure)
	}
	return nil
}

// tell has Run look at what is to be shown now.
func (d *Display) tell() {
	select {
	case d.changed <- struct{}{}:
	default:
	}
}

// Halt blanks the display for good. It is worth calling again when it failed.
func (d *Display) Halt() error {
	d.mu.Lock()
	d.halted, d.message = true, drivers.MessageClosed
	d.mu.Unlock()
	if err := d.blank(); err != nil {
		return fmt.Errorf("halt display: %w", err)
	}
	return nil
}

// wanted returns what is to be shown, unless it is nothing.
func (d *Display) wanted() (m drivers.Message, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.message, !d.halted
}

func (d *Display) note(failure error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure = failure
}

var _ drivers.Display = (*Display)(nil)
