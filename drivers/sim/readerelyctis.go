package sim

import (
	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// elyctis is an Elyctis IDBOX One (Scanner Command Set v1.7):
//
//	49 00 00         inquire: what lies there, or nothing
//	43 00 01 01|00   continuous mode on, off; echoed
//	56, 57, 52, 54   version, version of the OCR, serial number, product; with 00 00
//
// Continuous mode reads the document that lies there or comes, switches itself off
// after each that could be read, and reads none of them again. Without it a document
// is read when the host inquires. Any other command is answered as the profile expects.
type elyctis struct {
	profile    reader.Profile
	known      exchanges
	heard      []byte
	continuous bool
	lies       document
	seen       bool // continuous mode has read what lies there
}

func newElyctis(p reader.Profile) *elyctis { return &elyctis{profile: p, known: newExchanges(p)} }

// The commands.
const (
	elyctisInquire    = 'I'
	elyctisContinuous = 'C'
)

// elyctisSays is what the queries are answered with.
var elyctisSays = map[byte]string{'V': "1.0", 'W': "1.0", 'R': "0001", 'T': "simulated"}

// hear takes a byte of the host. There is nothing that shows where a command begins: what
// has a length beyond all commands is left out.
func (m *elyctis) hear(c byte) []byte {
	m.heard = append(m.heard, c)
	if len(m.heard) < 3 {
		return nil
	}
	size := 3 + int(m.heard[1])<<8 + int(m.heard[2])
	switch {
	case size > maxHeard:
		m.heard = m.heard[:0]
		return nil
	case len(m.heard) < size:
		return nil
	}
	command := string(m.heard)
	m.heard = m.heard[:0]
	return m.command(command)
}

// command returns what a whole command is answered with.
func (m *elyctis) command(c string) []byte {
	switch {
	case c[0] == elyctisInquire:
		return m.inquire()
	case c[0] == elyctisContinuous && len(c) == 4:
		m.continuous = c[3] != 0
		return append(m.answer(string(elyctisContinuous)+c[3:]), m.look()...)
	case elyctisSays[c[0]] != "":
		return m.answer(c[:1] + elyctisSays[c[0]])
	}
	for _, x := range m.known.known {
		if string(x.Send) == c && x.Expect != "" {
			return m.answer(string(x.Expect))
		}
	}
	return nil
}

func (m *elyctis) answer(text string) []byte {
	b, _ := wire.EncodeAnswer(m.profile.Frame, text) // NewReader's caller has validated it
	return b
}

// inquire returns what lies there.
func (m *elyctis) inquire() []byte {
	if m.lies.frames == nil {
		return m.answer(string(elyctisInquire))
	}
	m.seen = true
	return m.lies.frames
}

func (m *elyctis) show(d document) []byte {
	m.lies, m.seen = d, false
	return m.look()
}

// look reads what lies there in continuous mode.
func (m *elyctis) look() []byte {
	if !m.continuous || m.seen || m.lies.frames == nil {
		return nil
	}
	m.seen = true
	m.continuous = !m.lies.read
	return around(m.profile, m.lies)
}

func (m *elyctis) forget() {
	m.heard, m.continuous, m.lies, m.seen = m.heard[:0], false, document{}, false
}
