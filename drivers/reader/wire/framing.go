package wire

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Framing is how frames stand in the stream of bytes, and lines in a frame. What
// a family has no use for stays zero.
type Framing struct {
	Kind      string `toml:"kind"`      // the family
	Max       int    `toml:"max"`       // data bytes in one frame, at most
	IdleMS    int    `toml:"idle_ms"`   // a silence this long ends a frame
	Separator string `toml:"separator"` // what ends a line: "cr", or "any" of CR, LF, CR LF
	Pad       string `toml:"pad"`       // how the reader sends a filler, where not as '<'
	NoRead    string `toml:"no_read"`   // the text of a failed read; "" where it is an empty frame
}

// Idle returns the silence that ends a frame.
func (f Framing) Idle() time.Duration { return time.Duration(f.IdleMS) * time.Millisecond }

// maxData is the most data bytes that a framing may allow in a frame. It bounds
// what a framer holds.
const maxData = 1024

// A family is one way of framing on the wire: how to take frames apart and how
// to put them together.
type family struct {
	machine func(Framing) machine
	encode  func(f Framing, lines []string) []byte
	usual   Framing             // what stands where a framing says nothing
	check   func(Framing) error // of what only this family has; nil for nothing
}

// families holds every family by the name that a framing's kind gives. A further
// one is a further file and a line here.
var families = map[string]family{
	"sita":  sitaFamily,
	"lines": linesFamily,
}

// Families returns the names of the families, sorted.
func Families() []string { return slices.Sorted(maps.Keys(families)) }

// WithDefaults returns the framing with what most readers of its family have
// where it says nothing.
func (f Framing) WithDefaults() Framing {
	usual := families[f.Kind].usual
	if f.Max == 0 {
		f.Max = maxData
	}
	if f.IdleMS == 0 {
		f.IdleMS = 200
	}
	if f.Separator == "" {
		f.Separator = usual.Separator
	}
	return f
}

// Validate reports the first setting that cannot be used, as a [SettingError].
func (f Framing) Validate() error {
	of, ok := families[f.Kind]
	switch {
	case !ok:
		return &SettingError{"frame.kind", fmt.Sprintf("no family %q; there are %s", f.Kind, strings.Join(Families(), ", "))}
	case f.Max < 1 || f.Max > maxData:
		return &SettingError{"frame.max", fmt.Sprintf("must be 1 to %d, is %d", maxData, f.Max)}
	case f.IdleMS < 1 || f.IdleMS > 10_000:
		return &SettingError{"frame.idle_ms", fmt.Sprintf("must be 1 to 10000, is %d", f.IdleMS)}
	case len(f.Pad) > 1 || strings.ContainsAny(f.Pad, "\r\n"):
		return &SettingError{"frame.pad", "must be one character or none"}
	case of.check != nil:
		return of.check(f)
	}
	return nil
}

// only is the check of a family that can split lines in one way.
func only(separator string) func(Framing) error {
	return func(f Framing) error {
		if f.Separator != separator {
			return &SettingError{"frame.separator", fmt.Sprintf("family %q has %q only", f.Kind, separator)}
		}
		return nil
	}
}

// New returns a framer.
func New(f Framing) (Framer, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return &framer{machine: families[f.Kind].machine(f), idle: f.Idle()}, nil
}

// Encode returns the bytes with which a reader sends the lines. No lines give
// what it sends when it could not read a document. Encode sends what it is given:
// a line may be too long or hold any byte.
func Encode(f Framing, lines []string) ([]byte, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return families[f.Kind].encode(f, lines), nil
}

// A SettingError says which setting of a profile cannot be used, and why. No
// waiting mends it.
type SettingError struct{ Key, Cause string }

// Error names the setting.
func (e *SettingError) Error() string { return fmt.Sprintf("setting %q: %s", e.Key, e.Cause) }

// Permanent is always true: waiting mends nothing.
func (e *SettingError) Permanent() bool { return true }
