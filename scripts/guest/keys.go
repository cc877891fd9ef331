package guest

import (
	"fmt"
	"strings"
)

// holdTime is how long a key is held, and the next is waited for, in milliseconds.
// A keyboard of QEMU keeps 16 changes of keys that the machine has not fetched, and
// loses more.
const holdTime = 30

// SendKeys types a text on the machine's keyboard, as one with the layout of the
// United States does: capitals, digits, '<', the line's end and the tab. It returns
// before the keys are struck.
func (g *Guest) SendKeys(text string) {
	g.t.Helper()
	for _, r := range text {
		keys, err := keysOf(r)
		g.must(err)
		g.QMP("send-key", map[string]any{"keys": keys, "hold-time": holdTime})
	}
}

// A key is one of a keyboard, in the words of the machine monitor.
type key struct {
	Type string `json:"type"`
	Code string `json:"data"`
}

// keysOf returns the keys that are held together for a character.
func keysOf(r rune) ([]key, error) {
	qcode := func(codes ...string) (keys []key) {
		for _, c := range codes {
			keys = append(keys, key{"qcode", c})
		}
		return keys
	}
	switch {
	case r >= 'A' && r <= 'Z':
		return qcode("shift", strings.ToLower(string(r))), nil
	case r >= '0' && r <= '9':
		return qcode(string(r)), nil
	case r == '<':
		return qcode("shift", "comma"), nil
	case r == '\r' || r == '\n':
		return qcode("ret"), nil
	case r == '\t':
		return qcode("tab"), nil
	}
	return nil, fmt.Errorf("no key for the character %q", r)
}
