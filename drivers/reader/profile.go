package reader

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portcullis/drivers/reader/wire"
)

// A Profile says how one make of reader talks. It is data: a TOML file among
// those built in, or one that an operator wrote.
type Profile struct {
	Name     string       `toml:"name"`
	Title    string       `toml:"title"`
	Link     string       `toml:"link"`    // "serial", "evdev", "hidraw" or "helper"
	Command  []string     `toml:"command"` // of a helper: the program and its arguments
	Match    []Match      `toml:"match"`   // devices that it fits; any of them
	Line     Line         `toml:"line"`    // of a serial link
	Frame    wire.Framing `toml:"frame"`
	Zone     Zone         `toml:"zone"`
	Probe    Exchange     `toml:"probe"` // what shows that such a reader is there; nothing for one that does not answer
	Setup    []Exchange   `toml:"setup"` // said once, after opening
	Arm      Arm          `toml:"arm"`
	Presence Presence     `toml:"presence"`
	Feedback Feedback     `toml:"feedback"`
	Sources  []Source     `toml:"sources"`
	Defaults []string     `toml:"defaults"` // settings that no maker's document gives: change them if your reader differs
}

// A Match is what a device has to be. All that it says has to hold.
type Match struct {
	USB     string `toml:"usb"`     // vendor and product, such as "2b78:0005", or "2b78" for any product of the vendor
	Serial  string `toml:"serial"`  // a regular expression for the serial number
	Product string `toml:"product"` // and for the name that the device gives itself
	Path    string `toml:"path"`    // a pattern for a node or a link to it, such as /dev/serial/by-id/*
}

// Line is how a serial line is set.
type Line struct {
	Baud     int      `toml:"baud"`
	DataBits int      `toml:"data_bits"`
	Parity   string   `toml:"parity"` // "none", "odd" or "even"
	StopBits int      `toml:"stop_bits"`
	DTR      string   `toml:"dtr"` // "on", "off", or "" to leave it
	RTS      string   `toml:"rts"` // likewise
	Try      []string `toml:"try"` // other settings that such readers are found with, as "115200 8N1"
}

// Zone is how a zone's lines come out of frames.
type Zone struct {
	Align  string `toml:"align"`   // where the lines of a short zone stand: "top" or "bottom"
	Split  bool   `toml:"split"`   // lines run together are cut: 88 into 44, 72 into 36, 90 into 30
	PairMS int    `toml:"pair_ms"` // a line comes in a frame of its own, and the next within this time; 0: all lines in one frame
}

// An Exchange is something said to a reader, and the answer to it.
type Exchange struct {
	Send      Bytes `toml:"send"`
	Expect    Bytes `toml:"expect"`     // what the answer begins with; nothing where none is given
	TimeoutMS int   `toml:"timeout_ms"` // for the answer; 1000
	Tries     int   `toml:"tries"`      // 3
}

// Arm is what has a reader take the next document.
type Arm struct {
	When string `toml:"when"` // "" never, "once" after opening, "read" also after each reading, "removal" also after each document was taken away
	Exchange
}

// Presence is how it is known that a document was taken away.
type Presence struct {
	Kind    string `toml:"kind"`     // "" not at all, "message" the reader tells, "inferred" from silence
	QuietMS int    `toml:"quiet_ms"` // that silence; 500
}

// Feedback is what a reader is told of a reading. Good is a zone whose check
// digits hold; it says nothing of the traveller.
type Feedback struct {
	Good   Bytes `toml:"good"`
	Bad    Bytes `toml:"bad"`
	Ignore Bytes `toml:"ignore"` // it was no document
}

// A Source is a document that settings of a profile were taken from.
type Source struct {
	Text string   `toml:"text"` // maker, title, page
	Keys []string `toml:"keys"` // such as "frame.max"
}

// Bytes are written in a profile as in Go: 'text', with \x16 or \r for what is
// none.
type Bytes string

// UnmarshalText reads the escapes.
func (b *Bytes) UnmarshalText(text []byte) error {
	s, err := strconv.Unquote(`"` + strings.ReplaceAll(string(text), `"`, `\"`) + `"`)
	if err != nil {
		return fmt.Errorf("%q: write bytes that are no text as \\x16", text)
	}
	*b = Bytes(s)
	return nil
}

// Timeout returns how long the answer may take.
func (e Exchange) Timeout() time.Duration { return milliseconds(e.TimeoutMS, 1000) }

// tries returns how often it is said.
func (e Exchange) tries() int { return cmp.Or(e.Tries, 3) }

// Quiet returns the silence after which a document counts as taken away.
func (p Presence) Quiet() time.Duration { return milliseconds(p.QuietMS, 500) }

// Pair returns the time within which the next line of a zone has to come.
func (z Zone) Pair() time.Duration { return milliseconds(z.PairMS, 0) }

func milliseconds(n, otherwise int) time.Duration {
	return time.Duration(cmp.Or(n, otherwise)) * time.Millisecond
}

// withDefaults returns the line with 9600 8N1 where it says nothing.
func (l Line) withDefaults() Line {
	l.Baud = cmp.Or(l.Baud, 9600)
	l.DataBits = cmp.Or(l.DataBits, 8)
	l.Parity = cmp.Or(l.Parity, "none")
	l.StopBits = cmp.Or(l.StopBits, 1)
	return l
}

// Lines returns the settings of the line that are to be tried, the usual first.
func (l Line) Lines() ([]Line, error) {
	usual := l
	usual.Try = nil
	all := []Line{usual}
	for _, text := range l.Try {
		next, err := usual.with(text)
		if err != nil {
			return nil, err
		}
		all = append(all, next)
	}
	return all, nil
}

var lineForm = regexp.MustCompile(`^(\d+) ([78])([NOE])([12])$`)

// with returns the line with other settings, given as "115200 8N1".
func (l Line) with(text string) (Line, error) {
	m := lineForm.FindStringSubmatch(text)
	if m == nil {
		return Line{}, &wire.SettingError{Key: "line.try", Cause: fmt.Sprintf("write settings as \"115200 8N1\", not %q", text)}
	}
	l.Baud, _ = strconv.Atoi(m[1])
	l.DataBits, _ = strconv.Atoi(m[2])
	l.Parity = map[string]string{"N": "none", "O": "odd", "E": "even"}[m[3]]
	l.StopBits, _ = strconv.Atoi(m[4])
	return l, nil
}

// String returns the settings in the common short form, such as "9600 8N1".
func (l Line) String() string {
	parity := "?"
	if l.Parity != "" {
		parity = strings.ToUpper(l.Parity[:1])
	}
	return fmt.Sprintf("%d %d%s%d", l.Baud, l.DataBits, parity, l.StopBits)
}
