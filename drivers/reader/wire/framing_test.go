package wire_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portcullis/drivers/reader/wire"
)

func TestUnusableSettingsAreNamed(t *testing.T) {
	for _, r := range []struct {
		key string
		wire.Framing
	}{
		{"frame.kind", wire.Framing{Kind: "none"}},
		{"frame.max", wire.Framing{Kind: "sita", Max: 1025}},
		{"frame.idle_ms", wire.Framing{Kind: "sita", IdleMS: -1}},
		{"frame.pad", wire.Framing{Kind: "sita", Pad: "__"}},
		{"frame.separator", wire.Framing{Kind: "sita", Separator: "any"}},
		{"frame.separator", wire.Framing{Kind: "lines", Separator: "cr"}},
		{"frame.crc", wire.Framing{Kind: "sita", CRC: wire.CRC{Name: "arc"}}},
		{"frame.crc.name", wire.Framing{Kind: "muse", CRC: wire.CRC{Name: "crc"}}},
		{"frame.crc.name", wire.Framing{Kind: "muse", CRC: wire.CRC{Name: "arc", Poly: 1}}},
		{"frame.crc.poly", wire.Framing{Kind: "muse", CRC: wire.CRC{Init: 1}}},
		{"frame.crc.order", wire.Framing{Kind: "muse", CRC: wire.CRC{Order: "both"}}},
		{"frame.checksum", wire.Framing{Kind: "sita", Checksum: "bcc"}},
		{"frame.checksum", wire.Framing{Kind: "rte", Checksum: "crc"}},
		{"frame.span", wire.Framing{Kind: "rte", Span: "most"}},
		{"frame.length", wire.Framing{Kind: "rte", Length: "3byte"}},
		{"frame.length_span", wire.Framing{Kind: "rte", LengthSpan: "most"}},
		{"frame.flag", wire.Framing{Kind: "rte", Flag: "bit"}},
		{"frame.card_state", wire.Framing{Kind: "tlv", CardState: "S", Present: "01"}},
		{"frame.card_state", wire.Framing{Kind: "tlv", CardState: "49", Present: "01"}},
		{"frame.present", wire.Framing{Kind: "tlv", CardState: "53"}},
		{"frame.present", wire.Framing{Kind: "tlv", Present: "01"}},
		{"frame.card_state", wire.Framing{Kind: "sita", CardState: "53"}},
		{"frame.checksum", wire.Framing{Kind: "stx", Checksum: "sum"}},
		{"frame.span", wire.Framing{Kind: "stx", Span: "body"}},
		{"frame.payload", wire.Framing{Kind: "stx", Payload: "xml"}},
	} {
		f := r.WithDefaults()
		var setting *wire.SettingError
		if err := f.Validate(); !errors.As(err, &setting) || setting.Key != r.key {
			t.Errorf("%+v: %v, want one of %s", f, err, r.key)
		}
		if _, err := wire.New(f); err == nil {
			t.Errorf("%+v: makes a framer", f)
		}
		if _, err := wire.Encode(f, nil); err == nil {
			t.Errorf("%+v: encodes", f)
		}
	}
}

func TestAFamilyIsUsableByItsName(t *testing.T) {
	for _, kind := range wire.Families() {
		if err := framing(kind).Validate(); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		if diff := cmp.Diff(framing(kind), framing(kind).WithDefaults()); diff != "" {
			t.Errorf("%s: defaults have defaults:\n%s", kind, diff)
		}
	}
}
