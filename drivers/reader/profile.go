package reader

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A Profile says how one make of reader talks. It is data: a TOML file among
// those built in, or one that an operator wrote.
type Profile struct {
	Name     string   `toml:"name"`
	Title    string   `toml:"title"`
	Line     Line     `toml:"line"`
	Frame    Framing  `toml:"frame"`
	Sources  []Source `toml:"sources"`
	Defaults []string `toml:"defaults"` // settings that no maker's document gives: change them if your reader differs
}

// Line is how a serial line is set. It has the form that package tty takes.
type Line struct {
	Baud     int    `toml:"baud"`
	DataBits int    `toml:"data_bits"`
	Parity   string `toml:"parity"` // "none", "odd" or "even"
	StopBits int    `toml:"stop_bits"`
}

// Framing is how frames stand in the stream of bytes, and lines in a frame.
type Framing struct {
	Kind      string `toml:"kind"`      // the family: "sita", "lines"
	Max       int    `toml:"max"`       // data bytes in one frame, at most
	IdleMS    int    `toml:"idle_ms"`   // a silence this long ends a frame
	Separator string `toml:"separator"` // what ends a line: "cr", or "any" of CR, LF, CR LF
	Align     string `toml:"align"`     // where the lines of a short zone stand: "top" or "bottom"
	Pad       string `toml:"pad"`       // how the reader sends a filler, where not as '<'
	NoRead    string `toml:"no_read"`   // the text of a failed read; "" where it is an empty frame
}

// Idle returns the silence that ends a frame.
func (f Framing) Idle() time.Duration { return time.Duration(f.IdleMS) * time.Millisecond }

// A Source is a document that settings of a profile were taken from.
type Source struct {
	Text string   `toml:"text"` // maker, title, page
	Keys []string `toml:"keys"` // such as "frame.max"
}

// settings names every setting of a profile, as sources and defaults do.
var settings = []string{
	"line.baud", "line.data_bits", "line.parity", "line.stop_bits",
	"frame.kind", "frame.max", "frame.idle_ms", "frame.separator", "frame.align", "frame.pad", "frame.no_read",
}

// separators holds what each family can split lines at.
var separators = map[string]string{"sita": "cr", "lines": "any"}

// A SettingError says which setting of a profile cannot be used, and why. No
// waiting mends it.
type SettingError struct{ Key, Cause string }

// Error names the setting.
func (e *SettingError) Error() string { return fmt.Sprintf("setting %q: %s", e.Key, e.Cause) }

// Permanent is always true: see [Supervisor.Run].
func (e *SettingError) Permanent() bool { return true }

// Validate reports the first setting that cannot be used, as a [SettingError].
func (p Profile) Validate() error {
	for _, check := range []func() error{p.checkFrame, p.checkLine, p.checkOrigins} {
		if err := check(); err != nil {
			return fmt.Errorf("profile %q: %w", p.Name, err)
		}
	}
	return nil
}

func (p Profile) checkFrame() error {
	f := p.Frame
	if _, ok := families[f.Kind]; !ok {
		return &SettingError{"frame.kind", fmt.Sprintf("no family %q; there are %s", f.Kind, familyNames())}
	}
	if f.Max < 1 || f.Max > maxData {
		return &SettingError{"frame.max", fmt.Sprintf("must be 1 to %d, is %d", maxData, f.Max)}
	}
	if f.IdleMS < 1 || f.IdleMS > 10_000 {
		return &SettingError{"frame.idle_ms", fmt.Sprintf("must be 1 to 10000, is %d", f.IdleMS)}
	}
	if want := separators[f.Kind]; f.Separator != want {
		return &SettingError{"frame.separator", fmt.Sprintf("family %q has %q only", f.Kind, want)}
	}
	if len(f.Pad) > 1 || strings.ContainsAny(f.Pad, "\r\n") {
		return &SettingError{"frame.pad", "must be one character or none"}
	}
	return oneOf("frame.align", f.Align, "top", "bottom")
}

func (p Profile) checkLine() error {
	l := p.Line
	if l.Baud < 1 {
		return &SettingError{"line.baud", fmt.Sprintf("must be positive, is %d", l.Baud)}
	}
	if l.DataBits < 5 || l.DataBits > 8 {
		return &SettingError{"line.data_bits", fmt.Sprintf("must be 5 to 8, is %d", l.DataBits)}
	}
	if l.StopBits < 1 || l.StopBits > 2 {
		return &SettingError{"line.stop_bits", fmt.Sprintf("must be 1 or 2, is %d", l.StopBits)}
	}
	return oneOf("line.parity", l.Parity, "none", "odd", "even")
}

// checkOrigins holds sources and defaults to settings that exist, each named
// once.
func (p Profile) checkOrigins() error {
	seen := map[string]bool{}
	named := slices.Clone(p.Defaults)
	for _, s := range p.Sources {
		named = append(named, s.Keys...)
	}
	for _, key := range named {
		if !slices.Contains(settings, key) {
			return &SettingError{key, "no such setting"}
		}
		if seen[key] {
			return &SettingError{key, "its origin is given twice"}
		}
		seen[key] = true
	}
	return nil
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return &SettingError{key, fmt.Sprintf("must be one of %s, is %q", strings.Join(allowed, ", "), value)}
}
