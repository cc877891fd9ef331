package reader_test

import (
	"strings"
	"testing"

	"portcullis/drivers/reader"
	"portcullis/drivers/reader/wire"
)

// TestAMaskTellsNoDocumentFromAnother masks, in every family, the frames of two
// documents of which no letter and no digit is the same.
func TestAMaskTellsNoDocumentFromAnother(t *testing.T) {
	other := func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return 'A' + (r-'A'+7)%26
		case r >= '0' && r <= '9':
			return '0' + (r-'0'+3)%10
		}
		return r
	}
	var changed []string
	for _, line := range td3 {
		changed = append(changed, strings.Map(other, line))
	}
	for _, kind := range wire.Families() {
		if kind == "keys" {
			continue // they differ in the number of events
		}
		p := reader.Profile{Name: kind, Link: "serial", Frame: wire.Framing{Kind: kind}.WithDefaults()}
		one, two := encode(t, p, td3...), encode(t, p, changed...)
		if kind == "muse" { // the CRC is of the document, and tells none
			one, two = one[:len(one)-2], two[:len(two)-2]
		}
		for _, from := range []int{0, 1, 64} {
			a, b := reader.Mask(p.Frame, []byte(one[min(from, len(one)):])), reader.Mask(p.Frame, []byte(two[min(from, len(two)):]))
			if a != b || strings.Contains(a, "ERIKSSON") {
				t.Errorf("%s: one is shown as\n%s, the other as\n%s", kind, a, b)
			}
		}
	}
}

// TestAMaskKnowsWhatIsALetterInDisguise: a line that is set without the parity that
// the reader sends, a keyboard's reports, and key events.
func TestAMaskKnowsWhatIsALetterInDisguise(t *testing.T) {
	for _, c := range []struct {
		kind, bytes, want string
	}{
		{"lines", "\xC1\xB1\x02", "[..][..][02]"},
		{"json", "\"M\u00dcLLER\"\n", `"A[..][..]AAAA"[0A]`},
		{"hid", "\x00\x00\x04\x00\x00\x00\x00\x00", "report of 8 bytes"},
		{"hid", "\x02\x00\x05\x00\x00\x00\x00\x00", "report of 8 bytes"},
		{"keys", "\x01\x00\x1e\x00\x01\x00\x00\x00", "8 bytes of key events"},
	} {
		if got := reader.Mask(wire.Framing{Kind: c.kind}, []byte(c.bytes)); got != c.want {
			t.Errorf("%s: %q is shown as %s, want %s", c.kind, c.bytes, got, c.want)
		}
	}
}
