package uapi

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Chip is an open GPIO chip.
type Chip struct {
	Path  string // /dev/gpiochip0
	Name  string // gpiochip0; which chip has which number may change from start to start
	Label string // what its driver calls it, as "pinctrl-bcm2711"
	Lines uint32 // how many it has

	file File
}

// Open opens a chip.
func Open(k Kernel, path string) (*Chip, error) {
	f, err := k.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open GPIO chip: %w", err)
	}
	record := make([]byte, chipInfoSize)
	if err := f.Ioctl(getChipInfo, record); err != nil {
		return nil, errors.Join(fmt.Errorf("open GPIO chip %s: %w", path, err), f.Close())
	}
	return &Chip{
		Path: path, Name: text(record), Label: text(record[nameSize:]), Lines: order.Uint32(record[2*nameSize:]), file: f,
	}, nil
}

// Close closes the chip. Lines that were asked for stay held.
func (c *Chip) Close() error { return c.file.Close() }

// Info is what the kernel says of a line.
type Info struct {
	Name     string // empty where the board's device tree gives it none
	Consumer string // who holds it
	Flags    Flags
}

// Info asks what a line is. It does not touch the line.
func (c *Chip) Info(offset uint32) (Info, error) {
	record := make([]byte, lineInfoSize)
	order.PutUint32(record[2*nameSize:], offset)
	if err := c.file.Ioctl(getLineInfo, record); err != nil {
		return Info{}, fmt.Errorf("ask %s about line %d: %w", c.Name, offset, err)
	}
	return Info{Name: text(record), Consumer: text(record[nameSize:]), Flags: Flags(order.Uint64(record[72:]))}, nil
}

// Request asks for a line.
func (c *Chip) Request(offset uint32, conf Config) (*Line, error) {
	record := conf.encode(offset)
	if err := c.file.Ioctl(getLine, record); err != nil {
		return nil, fmt.Errorf("ask %s for line %d: %w%s", c.Name, offset, err, c.holder(offset, err))
	}
	return &Line{file: c.file.Line(int32(order.Uint32(record[atFD:])))}, nil
}

// holder says who holds a line that is taken.
func (c *Chip) holder(offset uint32, err error) string {
	if !errors.Is(err, unix.EBUSY) {
		return ""
	}
	info, err := c.Info(offset)
	if err != nil || info.Consumer == "" {
		return ""
	}
	return fmt.Sprintf(": %q holds it", info.Consumer)
}

// An Address says which line is meant: one by its name, on a chip or wherever it
// is, or by its number on a chip.
type Address struct {
	Chip   string // label, name or path; empty is any, for a line with a name
	Line   string // name; empty if Offset is meant
	Offset uint32
}

// ParseAddress reads "gpiochip0:17", or else the name of a line.
func ParseAddress(s string) Address {
	if at := strings.LastIndexByte(s, ':'); at > 0 {
		if n, err := strconv.ParseUint(s[at+1:], 10, 32); err == nil {
			return Address{Chip: s[:at], Offset: uint32(n)}
		}
	}
	return Address{Line: s}
}

// String returns the address as ParseAddress reads it.
func (a Address) String() string {
	if a.Line != "" {
		return a.Line
	}
	return fmt.Sprintf("%s:%d", a.Chip, a.Offset)
}

// ErrNotFound is a line that no chip has.
var ErrNotFound = errors.New("no such line")

// Find opens the chip of a line and returns the line's number on it. A name that
// two lines have is refused.
func Find(k Kernel, a Address) (*Chip, uint32, error) {
	paths, err := k.Chips()
	if err != nil {
		return nil, 0, fmt.Errorf("look for GPIO chips: %w", err)
	}
	var s search
	seen := make(map[string]bool)
	for _, path := range paths {
		c, err := Open(k, path)
		if err != nil {
			s.errs = append(s.errs, err)
			continue
		}
		if seen[c.Name] || !s.look(c, a) { // one chip may have two names in /dev
			s.errs = append(s.errs, c.Close())
		}
		seen[c.Name] = true
	}
	return s.result(a, len(paths))
}

// A search is what Find has found so far.
type search struct {
	chip   *Chip
	offset uint32
	found  int
	errs   []error
}

// look looks for a line on a chip, and says whether it keeps the chip.
func (s *search) look(c *Chip, a Address) (keep bool) {
	if a.Chip != "" && a.Chip != c.Label && a.Chip != c.Name && a.Chip != c.Path && filepath.Base(a.Chip) != c.Name {
		return false
	}
	for offset := range c.Lines {
		if a.Line == "" && offset != a.Offset {
			continue
		}
		info, err := c.Info(offset)
		if err != nil {
			s.errs = append(s.errs, err)
			return keep
		}
		if a.Line != "" && info.Name != a.Line {
			continue
		}
		if s.found++; s.found == 1 {
			s.chip, s.offset, keep = c, offset, true
		}
	}
	return keep
}

func (s *search) result(a Address, chips int) (*Chip, uint32, error) {
	switch {
	case s.found == 1:
		return s.chip, s.offset, nil
	case s.found > 1:
		return nil, 0, errors.Join(fmt.Errorf("find line %v: %d lines have that name: say chip:number", a, s.found), s.chip.Close())
	}
	err := fmt.Errorf("find line %v: %w on %d chips", a, ErrNotFound, chips)
	return nil, 0, errors.Join(append([]error{err}, s.errs...)...)
}
