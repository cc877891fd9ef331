package wire

// A stroke is one character that was typed, before anybody knows on which layout.
type stroke struct {
	key   uint8 // the kernel's code
	level uint8
	caps  bool // CapsLock is on
	char  byte // what it is on every layout, or 0; CR ends a line
}

// The keys that are the same on every layout.
const (
	keyTab       = 15
	keyEnter     = 28
	keyLeftCtrl  = 29
	keyLeftShift = 42
	keyRightShft = 54
	keyLeftAlt   = 56
	keySpace     = 57
	keyCapsLock  = 58
	keyNumLock   = 69
	keyScrollLck = 70
	keyKPEnter   = 96
	keyRightCtrl = 97
	keyAltGr     = 100
	keyLeftMeta  = 125
	keyRightMeta = 126
	keyButtons   = 0x100 // from here on it is no keyboard's
)

// keypad is the digit of each key of the keypad.
var keypad = map[uint16]byte{82: '0', 79: '1', 80: '2', 81: '3', 75: '4', 76: '5', 77: '6', 71: '7', 72: '8', 73: '9'}

// modifiers is the bit of each key that changes what others type.
var modifiers = map[uint16]held{
	keyLeftShift: heldShiftL, keyRightShft: heldShiftR, keyLeftCtrl: heldCtrlL, keyRightCtrl: heldCtrlR,
	keyLeftAlt: heldAlt, keyAltGr: heldAltGr, keyLeftMeta: heldMetaL, keyRightMeta: heldMetaR,
}

// held is a set of keys that are down.
type held uint8

const (
	heldShiftL held = 1 << iota
	heldShiftR
	heldCtrlL
	heldCtrlR
	heldAlt
	heldAltGr
	heldMetaL
	heldMetaR

	heldShift = heldShiftL | heldShiftR
	heldCtrl  = heldCtrlL | heldCtrlR
	heldMeta  = heldMetaL | heldMetaR
)

// A keyboard makes strokes of keys that go down and up. The zero value has no key
// down: a key that was held before its first event is let go of without effect.
type keyboard struct {
	held held
	caps bool
	code []byte // the digits typed while Alt is down
}

// down takes a key that went down, and returns what it typed.
func (k *keyboard) down(key uint16) (stroke, bool) {
	if bit, ok := modifiers[key]; ok {
		k.held |= bit
		return stroke{}, false
	}
	switch {
	case key >= keyButtons || key == keyNumLock || key == keyScrollLck:
		return stroke{}, false
	case key == keyCapsLock:
		k.caps = !k.caps
		return stroke{}, false
	case k.held&heldAlt != 0 && keypad[key] != 0:
		if len(k.code) < maxAltCode {
			k.code = append(k.code, keypad[key])
		}
		return stroke{}, false
	}
	return k.typed(key), true
}

// up takes a key that went up. Alt types the character whose number was given
// while it was down.
func (k *keyboard) up(key uint16) (stroke, bool) {
	k.held &^= modifiers[key]
	if key != keyLeftAlt || len(k.code) == 0 {
		return stroke{}, false
	}
	c := altCode(k.code)
	clear(k.code)
	k.code = k.code[:0]
	return stroke{char: c}, true
}

// stay takes a key that is said to be down still. It types nothing.
func (k *keyboard) stay(key uint16) { k.held |= modifiers[key] }

// letGo takes all keys for up, as a device that is silent holds none: that one went
// up may be among what was lost.
func (k *keyboard) letGo() {
	clear(k.code)
	k.held, k.code = 0, k.code[:0]
}

// typed returns the stroke of a key that types. One that types nothing, or a
// command, is a stroke of no character, so that its cell is not lost.
func (k *keyboard) typed(key uint16) stroke {
	if k.held&heldMeta != 0 {
		return stroke{}
	}
	switch {
	case k.held&heldAltGr != 0 || k.held&heldCtrl != 0 && k.held&heldAlt != 0:
		return stroke{key: uint8(key), level: third}
	case k.held&(heldCtrl|heldAlt) != 0:
		return stroke{}
	case key == keyEnter || key == keyKPEnter || key == keyTab:
		return stroke{char: cr}
	case key == keySpace:
		return stroke{char: ' '}
	case keypad[key] != 0:
		return stroke{char: keypad[key]}
	case k.held&heldShift != 0:
		return stroke{key: uint8(key), level: shifted, caps: k.caps}
	}
	return stroke{key: uint8(key), caps: k.caps}
}

// maxAltCode is the most digits that a character's number has: 065 and 0065 are
// the same in ASCII.
const maxAltCode = 5

// altCode returns the character of a number: a line end for TAB, LF and CR, and for
// what is none of ASCII a byte that is no cell.
func altCode(digits []byte) byte {
	n := 0
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	switch {
	case n == '\t' || n == lf || n == cr:
		return cr
	case n < ' ' || n > '~':
		return noCell
	}
	return byte(n)
}

// noCell is a byte that stands for whatever is no character of ASCII.
const noCell = 0x7F
