package sim

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portcullis/drivers/reader"
)

// imager is an imager that takes menu commands (Honeywell N86 manual p. 163, N431X
// p. 170; Access-IS LSR118 p. 18 and 22, ATR110 p. 20):
//
//	16 4D 0D  ocrena1 ; ocrats2  21    echoed, with 06 done, 05 unknown, 15 out of range
//	16 54 0D                           trigger: read one document
//	16 55 0D                           release
//
// A value may be '?' the one that is set, '^' the default, '*' the range. What ends with '.'
// outlasts a power loss, what ends with '!' does not. What is not armed reads nothing: a
// profile that enables OCR, pulls the trigger or says what became of a document is of
// an imager that needs it. In host mode it reads the next document once it was told
// AISXXR0, 1 or 2; that it also does so half a second after the document was taken away is left out.
type imager struct {
	profile reader.Profile
	heard   []byte
	set     map[string]int // by tag and subtag
	stored  map[string]int
	pulled  bool // the trigger
	waits   bool // for the host's word on the document before
	lies    document
}

// The bytes of a command, and of the answers.
const (
	syn  = 0x16
	menu = 'M'
	pull = 'T'
	free = 'U'

	ack = 0x06
	enq = 0x05
	nak = 0x15
)

// The settings that do something here.
const (
	ocrEnabled = "ocrena"
	hostMode   = "aisomd"
	verdict    = "aisxxr"
)

// ranges are the settings that every such imager here has, and their highest values;
// those of the profile come to them.
var ranges = map[string]int{
	"allena": 1, ocrEnabled: 1, "ocrats": 2,
	"aisinf": 3, "aisbau": 9, "aisscp": 8, "aiskbl": 9, "aischr": 250, hostMode: 2, verdict: 2, "aissbu": 1,
}

func newImager(p reader.Profile) *imager {
	m := &imager{profile: p, stored: map[string]int{}}
	m.forget()
	return m
}

// hear takes a byte of the host.
func (m *imager) hear(c byte) []byte {
	m.heard = append(m.heard, c)
	switch n := len(m.heard); {
	case m.heard[0] != syn || n == 2 && !slices.Contains([]byte{menu, pull, free}, c) || n == 3 && c != '\r' || n == maxHeard:
		m.heard = m.heard[:0]
	case n < 3 || m.heard[1] == menu && c != '!' && c != '.':
	default:
		return m.command()
	}
	return nil
}

// command does what the host said.
func (m *imager) command() []byte {
	said := string(m.heard)
	m.heard = m.heard[:0]
	var answer []byte
	switch said[1] {
	case pull, free:
		m.pulled = said[1] == pull
	default:
		answer = m.menu(said[3:len(said)-1], said[len(said)-1])
	}
	return append(answer, m.look()...)
}

// menu returns the echo of joined commands, each with what became of it.
func (m *imager) menu(commands string, end byte) []byte {
	var echo []byte
	for commands != "" {
		one := commands
		if i := strings.IndexAny(commands, ";,"); i >= 0 {
			one = commands[:i]
		}
		echo = append(echo, m.setting(one, end == '.')...)
		commands = commands[len(one):]
		if commands != "" {
			echo, commands = append(echo, commands[0]), commands[1:]
		}
	}
	return append(echo, end)
}

// setting does one command, and returns its echo.
func (m *imager) setting(command string, stores bool) string {
	name := strings.ToLower(command[:min(6, len(command))])
	highest, known := m.highest(name)
	if !known {
		return command + string(rune(enq))
	}
	switch value := command[6:]; value {
	case "?":
		return command[:6] + strconv.Itoa(m.set[name]) + string(rune(ack))
	case "*":
		return command[:6] + "0-" + strconv.Itoa(highest) + string(rune(ack))
	case "^":
		m.keep(name, 0, stores)
	default:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 || n > highest {
			return command + string(rune(nak))
		}
		m.keep(name, n, stores)
	}
	return command + string(rune(ack))
}

// keep takes a setting over.
func (m *imager) keep(name string, n int, stores bool) {
	m.set[name] = n
	if stores {
		m.stored[name] = n
	}
	if name == verdict {
		m.waits = false
	}
}

// highest returns the highest value of a setting, if there is such a setting.
func (m *imager) highest(name string) (int, bool) {
	highest, known := ranges[name]
	p := m.profile
	said := []reader.Bytes{p.Probe.Send, p.Arm.Send, p.Feedback.Good, p.Feedback.Bad, p.Feedback.Ignore}
	for _, x := range p.Setup {
		said = append(said, x.Send)
	}
	for _, b := range said {
		_, behind, ok := strings.Cut(strings.ToLower(string(b)), name)
		if !ok || len(name) < 6 {
			continue
		}
		known = true
		digits := behind[:len(behind)-len(strings.TrimLeft(behind, "0123456789"))]
		n, _ := strconv.Atoi(digits) // none is nought
		highest = max(highest, n)
	}
	return highest, known
}

func (m *imager) show(d document) []byte {
	m.lies = d
	return m.look()
}

// look reads what lies there, if it may.
func (m *imager) look() []byte {
	d := m.lies
	switch {
	case d.frames == nil, m.waits:
		return nil
	case m.needs(ocrEnabled) && m.set[ocrEnabled] == 0:
		return nil
	case m.needsTrigger() && !m.pulled:
		return nil
	}
	m.lies, m.pulled = document{}, false
	m.waits = m.set[hostMode] == 1 || m.judged()
	return d.frames
}

// needs reports whether the profile has a setting made.
func (m *imager) needs(name string) bool {
	return slices.ContainsFunc(m.profile.Setup, func(x reader.Exchange) bool {
		return strings.Contains(strings.ToLower(string(x.Send)), name)
	})
}

func (m *imager) needsTrigger() bool {
	return bytes.Contains([]byte(m.profile.Arm.Send), []byte{syn, pull, '\r'})
}

// judged reports whether the profile says what became of a document.
func (m *imager) judged() bool {
	return strings.Contains(strings.ToLower(string(m.profile.Feedback.Good)), verdict)
}

func (m *imager) forget() {
	m.heard, m.set = m.heard[:0], maps.Clone(m.stored)
	m.pulled, m.waits, m.lies = false, false, document{}
}
