package sim

import (
	"bytes"
	"slices"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// A machine is how the readers of a family behave: what they say to a byte of the
// host, and of a document that is laid before them. It is a function of what it is
// told alone. A document that it may not read yet lies there until it may, or until
// another takes its place.
type machine interface {
	hear(c byte) []byte
	show(d document) []byte
	forget() // all that it was told and that power loss takes
}

// A document is what a reader sends of one.
type document struct {
	frames []byte // nil is no document
	read   bool   // it could be read
	cut    bool   // the frames have no end
}

// newMachine returns the machine of the readers that a profile describes. What they
// do comes from the makers' pages where those say it, and from the exchanges of the
// profile where they do not.
func newMachine(p reader.Profile) machine {
	switch p.Frame.Kind {
	case "tlv":
		return newElyctis(p)
	case "imager":
		return newImager(p)
	}
	return newPlain(p)
}

// A plain machine knows the exchanges of its profile, and nothing of its own. It
// answers as the profile expects, and where the profile arms it, it reads nothing
// before that; and again after each document, if the profile arms it again. So does
// a 3M reader in INTERRUPT mode, which after every read accepts nothing until
// "Enable device" is acknowledged (3M reader interface); those bytes are in no page.
type plain struct {
	profile reader.Profile
	exchanges
	armed bool
	lies  document
}

func newPlain(p reader.Profile) *plain {
	m := &plain{profile: p, exchanges: newExchanges(p)}
	m.forget()
	return m
}

func (m *plain) hear(c byte) []byte {
	said, ok := m.exchanges.hear(c)
	if !ok {
		return nil
	}
	m.armed = m.armed || m.arms(said)
	return append(m.answer(said), m.look()...)
}

// answer returns what is answered to what the host said. A reader with lamps says
// that it set them (ATR110 manual p. 56).
func (m *plain) answer(said reader.Exchange) []byte {
	answer := string(said.Expect)
	if m.profile.Frame.Kind == "hid" && said.Send[0] == hidLamps {
		answer = string([]byte{hidLamps, hidDone})
	}
	if answer == "" {
		return nil
	}
	b, _ := wire.EncodeAnswer(m.profile.Frame, answer) // NewReader's caller has validated it
	return b
}

// The management report of Access-IS that sets lamps, and what says that it was done.
const (
	hidLamps = 0x0A
	hidDone  = 0x90
)

func (m *plain) arms(said reader.Exchange) bool {
	return m.profile.Arm.When != "" && said.Send == m.profile.Arm.Send
}

func (m *plain) show(d document) []byte {
	m.lies = d
	return m.look()
}

// look reads what lies there, if it may.
func (m *plain) look() []byte {
	d := m.lies
	if d.frames == nil || !m.armed {
		return nil
	}
	m.lies = document{}
	if when := m.profile.Arm.When; m.mustArm() && (when == "read" || when == "removal") {
		m.armed = false
	}
	return around(m.profile, d)
}

// mustArm reports whether there is something that arms it.
func (m *plain) mustArm() bool { return m.profile.Arm.When != "" && m.profile.Arm.Send != "" }

func (m *plain) forget() {
	m.exchanges.forget()
	m.armed, m.lies = !m.mustArm(), document{}
}

// around returns the frames of a document, and what a reader says before and after
// them where its kind says when a document comes and goes. A simulated document
// goes as soon as it was read.
func around(p reader.Profile, d document) []byte {
	if p.Frame.Kind != "stx" && p.Presence.Kind != "message" {
		return d.frames
	}
	comes, _ := wire.EncodePresence(p.Frame, true) // NewReader's caller has validated it
	goes, _ := wire.EncodePresence(p.Frame, false)
	if d.cut {
		goes = nil
	}
	return slices.Concat(comes, d.frames, goes)
}

// exchanges finds what a profile says to its reader in what the host sends.
type exchanges struct {
	known []reader.Exchange
	heard []byte
}

func newExchanges(p reader.Profile) exchanges {
	var e exchanges
	all := append([]reader.Exchange{p.Arm.Exchange, p.Probe}, p.Setup...)
	for _, said := range []reader.Bytes{p.Feedback.Good, p.Feedback.Bad, p.Feedback.Ignore} {
		all = append(all, reader.Exchange{Send: said})
	}
	for _, x := range all {
		if x.Send != "" {
			e.known = append(e.known, x)
		}
	}
	slices.SortStableFunc(e.known, func(a, b reader.Exchange) int { return len(b.Send) - len(a.Send) })
	return e
}

// maxHeard is the most that is kept of what the host says.
const maxHeard = 1024

// hear returns the longest exchange that a byte completes.
func (e *exchanges) hear(c byte) (reader.Exchange, bool) {
	if len(e.heard) == maxHeard {
		e.heard = e.heard[1:]
	}
	e.heard = append(e.heard, c)
	for _, x := range e.known {
		if bytes.HasSuffix(e.heard, []byte(x.Send)) {
			e.heard = e.heard[:0]
			return x, true
		}
	}
	return reader.Exchange{}, false
}

func (e *exchanges) forget() { e.heard = e.heard[:0] }
