package display

import (
	"context"
	"fmt"
	"time"

	"portcullis/drivers"
)

// Run shows messages until ctx is done, and then blanks the display.
func (d *Display) Run(ctx context.Context) error {
	timer := time.NewTimer(turn)
	d.tell()
	defer timer.Stop()
	shown, at := drivers.MessageClosed, 0
	for {
		turned := false
		select {
		case <-ctx.Done():
			if err := d.blank(); err != nil {
				return fmt.Errorf("blank display: %w", err)
			}
			return nil
		case <-d.changed:
		case <-timer.C:
			turned = true
		}
		m, ok := d.wanted()
		switch {
		case !ok:
			continue // halted: there is nothing to do but to wait for the end
		case m != shown:
			shown, at = m, 0
		case turned:
			at = (at + 1) % len(d.config.Languages)
		}
		timer.Reset(d.show(time.Now(), m, d.config.Languages[at]))
	}
}

// show draws a message and says when to draw again.
func (d *Display) show(now time.Time, m drivers.Message, language string) (next time.Duration) {
	err := d.draw(now, Render(m, language))
	d.note(err)
	if err != nil {
		return retry
	}
	return turn
}

// draw draws a frame, on a display that is set up for it if need be. A display
// that fails is given up, and set up from the beginning the next time.
func (d *Display) draw(now time.Time, f *Frame) (err error) {
	d.panelMu.Lock()
	defer d.panelMu.Unlock()
	if _, ok := d.wanted(); !ok {
		return nil // halted meanwhile
	}
	if d.panel != nil && now.Sub(d.since) >= anew {
		_ = d.panel.bus.Close() // what is wrong with it shows when it is set up
		d.panel = nil
	}
	if d.panel == nil {
		if d.panel, err = openPanel(d.config); err != nil {
			return err
		}
		d.since = now
	}
	d.drawn = true
	if err := d.panel.draw(f); err != nil {
		_ = d.panel.bus.Close()
		d.panel = nil
		return err
	}
	return nil
}

// blank turns the display off, if anything was drawn on it.
func (d *Display) blank() (err error) {
	d.panelMu.Lock()
	defer d.panelMu.Unlock()
	if !d.drawn {
		return nil
	}
	if d.panel == nil {
		if d.panel, err = openPanel(d.config); err != nil {
			return err
		}
	}
	err = d.panel.off()
	d.panel, d.drawn = nil, err != nil
	return err
}
