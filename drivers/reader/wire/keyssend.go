package wire

import (
	"encoding/binary"
	"strconv"
)

// evMsc is the type of the record that names a key by the device's own code; it
// comes before each key.
const (
	evMsc   = 0x04
	mscScan = 4
)

// encodeKeys returns the records of a wedge on the first of the layouts. Each line
// ends with Enter. A character that is on no key is typed by its number. No lines
// give the profile's no-read text.
func encodeKeys(f Framing, lines []string) []byte {
	t := typist{layout: layoutsOf(f.Layouts)[0]}
	if len(lines) == 0 {
		lines = []string{f.NoRead}
	}
	for _, line := range lines {
		for _, c := range []byte(line) {
			t.char(c)
		}
		t.stroke(keyEnter)
	}
	return t.records
}

// A typist makes the records of what is typed.
type typist struct {
	layout  *layout
	records []byte
}

// char types a character.
func (t *typist) char(c byte) {
	level, key, ok := t.layout.find(c)
	switch {
	case c == ' ':
		t.stroke(keySpace)
	case !ok || c == 0:
		t.number(c)
	case level == shifted:
		t.with(keyLeftShift, func() { t.stroke(key) })
	case level == third:
		t.with(keyAltGr, func() { t.stroke(key) })
	default:
		t.stroke(key)
	}
}

// number types a character by its number, as on a keyboard that does not know
// the layout of the host.
func (t *typist) number(c byte) {
	t.with(keyLeftAlt, func() {
		for _, d := range []byte(strconv.Itoa(int(c))) {
			t.stroke(keyOfDigit(d))
		}
	})
}

func keyOfDigit(d byte) uint8 {
	for key, digit := range keypad {
		if digit == d {
			return uint8(key)
		}
	}
	return 0
}

// with types while a key is held.
func (t *typist) with(key uint8, typing func()) {
	t.key(key, 1)
	typing()
	t.key(key, 0)
}

func (t *typist) stroke(key uint8) {
	t.key(key, 1)
	t.key(key, 0)
}

// key adds the three records of a key that goes down or up.
func (t *typist) key(key uint8, value uint32) {
	t.record(evMsc, mscScan, 0x70000|uint32(key))
	t.record(evKey, uint16(key), value)
	t.record(evSyn, 0, 0)
}

// record adds a record; its time is left at nought.
func (t *typist) record(kind, code uint16, value uint32) {
	t.records = append(t.records, make([]byte, recordSize-8)...)
	t.records = binary.LittleEndian.AppendUint16(t.records, kind)
	t.records = binary.LittleEndian.AppendUint16(t.records, code)
	t.records = binary.LittleEndian.AppendUint32(t.records, value)
}
