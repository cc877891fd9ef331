package wire

import (
	"cmp"
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
	CRC       CRC    `toml:"crc"`       // of "muse"

	Checksum   string `toml:"checksum"`    // after ETX: "none", "bcc", all bytes exclusive or, or "lrc", what makes their sum zero
	Span       string `toml:"span"`        // the bytes that the checksum is of; all end with ETX
	Length     string `toml:"length"`      // of "rte", after SOH: "none", "byte", "2byte" high byte first, "2byte-low"
	LengthSpan string `toml:"length_span"` // and the bytes that it counts: "frame" from SOH, "rest" from behind it, "body" from the device, "data" from behind STX
	Flag       string `toml:"flag"`        // of "rte", after STX: a "byte", or "none"

	Payload string `toml:"payload"` // of "stx": "text", or "json", a message of a type and an object

	CardState string `toml:"card_state"` // of "tlv": the command byte of presence messages, in hexadecimal; "" for none
	Present   string `toml:"present"`    // and how their data begins while a document is there, in hexadecimal

	Layouts []string `toml:"layouts"` // of a keyboard wedge: those it may type on; none for all
	AIM     string   `toml:"aim"`     // of HID reports: how AIM identifiers of a zone begin; "" where its shape alone tells it
}

// Idle returns the silence that ends a frame.
func (f Framing) Idle() time.Duration { return time.Duration(f.IdleMS) * time.Millisecond }

// Answers reports whether an answer of a reader can be told from a document.
func (f Framing) Answers() bool {
	return f.Payload == "json" || slices.Contains([]string{"hid", "imager", "json", "rte", "tlv"}, f.Kind)
}

// TellsPresence reports whether a reader can say that a document came or went.
func (f Framing) TellsPresence() bool {
	return f.Payload == "json" || f.Kind == "json" || f.CardState != ""
}

// maxData is the most data bytes that a framing may allow in a frame. It bounds
// what a framer holds.
const maxData = 1024

// A family is one way of framing on the wire: how to take frames apart and how
// to put them together.
type family struct {
	framer   func(Framing) Framer
	encode   func(f Framing, lines []string) []byte
	answer   func(f Framing, answer string) []byte // nil where nothing is answered
	presence func(f Framing, in bool) []byte       // nil where nothing is said of it
	choices  map[string][]string                   // what a setting may be, the usual first
	usual    Framing                               // what else stands where a framing says nothing
	check    func(Framing) error                   // of what only this family has; nil for nothing
	unit     int                                   // bytes of a record or a report; 0 where bytes come as they come
}

// families holds every family by the name that a framing's kind gives. A further
// one is a further file and a line here.
var families = map[string]family{
	"sita":   sitaFamily,
	"lines":  linesFamily,
	"muse":   museFamily,
	"rte":    rteFamily,
	"tlv":    tlvFamily,
	"stx":    stxFamily,
	"keys":   keysFamily,
	"hid":    hidFamily,
	"json":   jsonFamily,
	"imager": imagerFamily,
}

// Families returns the names of the families, sorted.
func Families() []string { return slices.Sorted(maps.Keys(families)) }

// WithDefaults returns the framing with what most readers of its family have
// where it says nothing.
func (f Framing) WithDefaults() Framing {
	of := families[f.Kind]
	f.Max = cmp.Or(f.Max, of.usual.Max, maxData)
	f.IdleMS = cmp.Or(f.IdleMS, of.usual.IdleMS, 200)
	f.Pad = cmp.Or(f.Pad, of.usual.Pad)
	if of.usual.CRC != (CRC{}) {
		f.CRC = f.CRC.withDefaults()
	}
	for _, c := range f.choices() {
		if may := of.choices[c.key]; *c.value == "" && len(may) > 0 {
			*c.value = may[0]
		}
	}
	return f
}

// A choice is a setting of a few words.
type choice struct {
	key   string
	value *string
}

func (f *Framing) choices() []choice {
	return []choice{
		{"frame.separator", &f.Separator},
		{"frame.checksum", &f.Checksum},
		{"frame.span", &f.Span},
		{"frame.length", &f.Length},
		{"frame.length_span", &f.LengthSpan},
		{"frame.flag", &f.Flag},
		{"frame.payload", &f.Payload},
	}
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
	case f.CRC != (CRC{}) && of.usual.CRC == (CRC{}):
		return &SettingError{"frame.crc", fmt.Sprintf("family %q has none", f.Kind)}
	case f.CardState+f.Present != "" && f.Kind != "tlv":
		return &SettingError{"frame.card_state", fmt.Sprintf("family %q has none", f.Kind)}
	}
	for _, c := range f.choices() {
		may := of.choices[c.key]
		if !slices.Contains(may, *c.value) && (len(may) > 0 || *c.value != "") {
			return &SettingError{c.key, fmt.Sprintf("family %q has %q, not %q", f.Kind, may, *c.value)}
		}
	}
	if of.check != nil {
		return of.check(f)
	}
	return nil
}

// Unit returns how many bytes come together at least: those of a record of keys, or
// of a HID report; 1 on a line.
func (f Framing) Unit() int { return max(families[f.Kind].unit, 1) }

// New returns a framer.
func New(f Framing) (Framer, error) {
	if err := f.Validate(); err != nil {
		return nil, err
	}
	return families[f.Kind].framer(f), nil
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
