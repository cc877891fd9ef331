package drivertest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

// An OLED is a display of 128 by 64 dots with an SSD1306 at address 0x3c, at the
// other end of an I2C bus. It takes commands and dots as the controller does
// (Solomon Systech, SSD1306 data sheet, rev 1.1, section 9), one to a message.
type OLED struct {
	mu      sync.Mutex // guards what follows
	gone    bool
	delay   time.Duration // that each message takes
	ram     [1024]byte
	on      bool
	segmap  bool // A1: columns from the other side
	comdown bool // C8: rows from the other side
	col     window
	page    window
	command byte   // that waits for arguments
	args    []byte // of it
	tried   int    // messages that were begun
}

// A window is where dots go, and where the next goes.
type window struct{ from, to, at byte }

// next moves on, and says whether it has come round.
func (w *window) next() (round bool) {
	if w.at == w.to {
		w.at = w.from
		return true
	}
	w.at++
	return false
}

// arguments is how many arguments a command has, if it has any.
var arguments = map[byte]int{
	0x20: 1, 0x21: 2, 0x22: 2, 0x26: 6, 0x27: 6, 0x29: 5, 0x2a: 5, 0x81: 1, 0x8d: 1,
	0xa3: 2, 0xa8: 1, 0xd3: 1, 0xd5: 1, 0xd9: 1, 0xda: 1, 0xdb: 1,
}

// NewOLED returns a display that has just been given power.
func NewOLED() *OLED {
	o := new(OLED)
	o.Restart()
	return o
}

// Restart takes the power away for a moment: the display is dark, and its memory
// holds noise.
func (o *OLED) Restart() {
	o.mu.Lock()
	defer o.mu.Unlock()
	noise := rand.New(rand.NewPCG(1, 2))
	for i := range o.ram {
		o.ram[i] = byte(noise.Uint32())
	}
	o.on, o.segmap, o.comdown, o.args = false, false, false, nil
	o.col, o.page = window{to: 127}, window{to: 7}
}

// Unplug takes the display off the bus, or puts it back, without power before.
func (o *OLED) Unplug(gone bool) {
	if gone {
		o.Restart()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gone = gone
}

// Delay makes each message take so long, as on a bus that hangs.
func (o *OLED) Delay(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.delay = d
}

// Tried returns how many messages were begun.
func (o *OLED) Tried() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.tried
}

// Dots returns what somebody sees who looks at the display: 128 bytes for each 8
// rows, the lowest bit on top. Upright is columns and rows from the other side.
// A display that is off shows nothing.
func (o *OLED) Dots() (dots [1024]byte, on bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.on || o.gone {
		return dots, false
	}
	for y := range 64 {
		for x := range 128 {
			fromX, fromY := x, y
			if !o.segmap {
				fromX = 127 - x
			}
			if !o.comdown {
				fromY = 63 - y
			}
			dots[x+y/8*128] |= (o.ram[fromX+fromY/8*128] >> (fromY % 8) & 1) << (y % 8)
		}
	}
	return dots, true
}

// Tx takes one message.
func (o *OLED) Tx(addr uint16, w, r []byte) error {
	o.mu.Lock()
	o.tried++
	delay := o.delay
	o.mu.Unlock()
	time.Sleep(delay)
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.gone || addr != 0x3c:
		return fmt.Errorf("i2c: %w", syscall.EREMOTEIO)
	case len(w) < 2 || len(r) > 0:
		return fmt.Errorf("i2c: %w", syscall.EINVAL)
	case w[0] == 0x40:
		o.write(w[1:])
	case w[0] == 0x00 && len(w) == 2:
		o.take(w[1])
	default:
		return fmt.Errorf("drivertest: no such message: % x", w[:2])
	}
	return nil
}

// Close closes the bus.
func (o *OLED) Close() error { return nil }

func (o *OLED) write(dots []byte) {
	for _, d := range dots {
		o.ram[int(o.col.at)+int(o.page.at)*128] = d
		if o.col.next() {
			o.page.next()
		}
	}
}

// take takes a command, or an argument of the one before.
func (o *OLED) take(b byte) {
	if o.args == nil {
		o.command = b
		o.args = make([]byte, 0, 6)
	} else {
		o.args = append(o.args, b)
	}
	if len(o.args) < arguments[o.command] {
		return
	}
	switch o.command {
	case 0x21:
		o.col = window{o.args[0] & 127, o.args[1] & 127, o.args[0] & 127}
	case 0x22:
		o.page = window{o.args[0] & 7, o.args[1] & 7, o.args[0] & 7}
	case 0xa0, 0xa1:
		o.segmap = o.command == 0xa1
	case 0xc0, 0xc8:
		o.comdown = o.command == 0xc8
	case 0xae, 0xaf:
		o.on = o.command == 0xaf
	}
	o.args = nil
}
