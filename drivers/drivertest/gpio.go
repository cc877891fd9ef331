package drivertest

import (
	"fmt"
	"sync"
	"syscall"
	"time"

	"periph.io/x/conn/v3/gpio"
)

// A Chip imitates a GPIO chip as the Linux kernel offers it, with its wires:
// what hangs on a line outside, and every level that the outside has seen. It
// reproduces what makes real lines dangerous:
//
//   - a line belongs to one process at a time (EBUSY);
//   - a line that becomes an output drives low until it is told otherwise;
//   - a line whose process has gone becomes an input, and takes the level that
//     the wiring gives it;
//   - a line whose chip has gone fails every call (ENODEV), for good;
//   - edges that nobody takes are dropped, the oldest first.
//
// A program uses it through a [Process]: by pins like those of periph.io, or by
// the kernel's own interface.
type Chip struct {
	mu     sync.Mutex // guards what follows and all that is in it
	lines  map[string]*wire
	names  []string // by their numbers
	label  string
	number int // of /dev/gpiochipN
	start  time.Time
}

// A Seen is a level that the outside saw, and since when.
type Seen struct {
	At    time.Time
	Level gpio.Level
}

// A wire is one line of the chip. The pull is that of the pin after a reset,
// which the lines of a Raspberry Pi have downwards from GPIO9 on.
type wire struct {
	owner    *Process
	fd       int // of the request that holds the line; 0 when none does
	consumer string
	output   bool
	low      bool       // edges and levels of the request are those of an active-low line
	drives   gpio.Level // as an output
	pull     gpio.Pull  // asked for as an input
	edges    gpio.Edge
	events   []edge // that nobody has taken yet
	seq      uint32 // of the last of them
	wake     chan struct{}

	debounce time.Duration // done by the kernel
	settled  gpio.Level    // of a line that the kernel debounces

	outside *gpio.Level // a contact that drives the line
	wired   gpio.Pull   // a resistor outside
	seen    []Seen
	nextFD  int
	start   time.Time // of the machine
}

// An edge is what the kernel keeps of one. Rising is from inactive to active.
type edge struct {
	at     time.Duration
	rising bool
	seq    uint32
}

// NewChip makes a chip with the lines named, which are numbered in that order.
func NewChip(names ...string) *Chip {
	c := &Chip{lines: make(map[string]*wire), names: names, label: "drivertest", start: time.Now()}
	for _, n := range names {
		l := &wire{wake: make(chan struct{}), start: c.start}
		l.note()
		c.lines[n] = l
	}
	return c
}

// Label says what the driver of the chip calls it.
func (c *Chip) Label(label string) *Chip {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.label = label
	return c
}

// HasLabel says whether the chip is the one of a label.
func (c *Chip) HasLabel(label string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return label == "" || c.label == label
}

// Renumber has the chip come back under another number, as one does that was
// unplugged. What was held of it is lost.
func (c *Chip) Renumber(n int) {
	for _, name := range c.names {
		c.Lose(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number = n
}

// Wire puts a resistor of the wiring on a line, before anybody takes it. It is
// stronger than any pull of the chip's own.
func (c *Chip) Wire(name string, pull gpio.Pull) {
	c.with(name, func(l *wire) { l.wired, l.seen = pull, nil })
}

// Drive sets the level of a line from outside, as a contact does.
func (c *Chip) Drive(name string, level gpio.Level) {
	c.with(name, func(l *wire) { l.outside = &level })
}

// Level returns the level of a line as a meter would show it.
func (c *Chip) Level(name string) (level gpio.Level) {
	c.with(name, func(l *wire) { level = l.level() })
	return level
}

// Seen returns every level that the outside has seen on a line, the first of
// them from before anybody took the line.
func (c *Chip) Seen(name string) (seen []Seen) {
	c.with(name, func(l *wire) { seen = append(seen, l.seen...) })
	return seen
}

// Rises counts how often a line went from low to high.
func (c *Chip) Rises(name string) (n int) {
	for i, s := range c.Seen(name) {
		if i > 0 && s.Level == gpio.High {
			n++
		}
	}
	return n
}

// Lose breaks every request that holds the line, as an unplugged chip does. The
// line can be asked for anew.
func (c *Chip) Lose(name string) {
	c.with(name, func(l *wire) { l.release() })
}

// with runs do on a line and then notes what the outside sees of it.
func (c *Chip) with(name string, do func(*wire)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.lines[name]
	if !ok {
		panic(fmt.Sprintf("drivertest: the chip has no line %s", name))
	}
	do(l)
	before := len(l.seen)
	l.note()
	if seen := len(l.seen); l.debounce > 0 && seen > before {
		time.AfterFunc(l.debounce, func() { c.settle(name, seen) })
	}
}

// settle ends the debounce time of a level, which counts if it is still the last
// one that was seen.
func (c *Chip) settle(name string, seen int) {
	c.with(name, func(l *wire) {
		if level := l.level(); l.debounce > 0 && len(l.seen) == seen && l.settled != level {
			l.settled = level
			l.edge(level)
		}
	})
}

// level is what the outside sees: an output wins over what is wired to it, and
// the wiring over the chip's own pull.
func (l *wire) level() gpio.Level {
	switch {
	case l.output:
		return l.drives
	case l.outside != nil:
		return *l.outside
	case l.wired == gpio.PullUp || l.wired == gpio.PullDown:
		return l.wired == gpio.PullUp
	}
	return l.pull == gpio.PullUp
}

// note records a level that has changed, and the edge of it.
func (l *wire) note() {
	now := l.level()
	if n := len(l.seen); n > 0 {
		if l.seen[n-1].Level == now {
			return
		}
		if l.debounce == 0 {
			l.edge(now)
		}
	}
	l.seen = append(l.seen, Seen{At: time.Now(), Level: now})
}

// edge queues an edge that was asked for. The kernel keeps 16 of a line and
// drops the oldest.
func (l *wire) edge(to gpio.Level) {
	active := bool(to) != l.low
	want := l.edges == gpio.BothEdges || (l.edges == gpio.RisingEdge) == active
	if l.edges == gpio.NoEdge || l.output || !want {
		return
	}
	l.seq++
	l.events = append(l.events, edge{time.Since(l.start), active, l.seq})
	l.events = l.events[max(0, len(l.events)-16):]
	close(l.wake)
	l.wake = make(chan struct{})
}

// request gives the line to a process.
func (l *wire) request(p *Process) (fd int, err error) {
	if l.owner != nil {
		return 0, fmt.Errorf("line_request ioctl: %w", syscall.EBUSY)
	}
	l.nextFD++
	l.owner, l.fd = p, l.nextFD
	return l.fd, nil
}

// holds returns an error unless fd is the request that holds the line.
func (l *wire) holds(p *Process, fd int) error {
	switch {
	case fd == 0:
		return syscall.ENOTTY // the call goes to standard input
	case l.owner != p || l.fd != fd:
		return syscall.ENODEV
	}
	return nil
}

// release ends the request that holds the line: it becomes an input.
func (l *wire) release() {
	l.owner, l.fd = nil, 0
	l.consumer, l.output, l.low, l.debounce = "", false, false, 0
	l.edges, l.pull = gpio.NoEdge, gpio.PullNoChange
	l.events, l.seq = nil, 0
	close(l.wake)
	l.wake = make(chan struct{})
}
