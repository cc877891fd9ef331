package reader

import (
	"fmt"
	"path"
	"regexp"
	"slices"

	"portcullis/drivers/reader/wire"
)

// Validate reports the first setting that cannot be used, as a
// [wire.SettingError].
func (p Profile) Validate() error {
	for _, check := range []func() error{p.Frame.Validate, p.checkLink, p.checkLine, p.checkZone, p.checkTalk, p.checkOrigins} {
		if err := check(); err != nil {
			return fmt.Errorf("profile %q: %w", p.Name, err)
		}
	}
	return nil
}

func (p Profile) checkLink() error {
	if err := oneOf("link", p.Link, "serial", "evdev", "hidraw", "helper"); err != nil {
		return err
	}
	if (p.Link == "helper") != (len(p.Command) > 0) {
		return &wire.SettingError{Key: "command", Cause: "is for a helper, which needs it"}
	}
	for kind, link := range map[string]string{"keys": "evdev", "hid": "hidraw"} { // [Mask] hides what they type by the kind
		if (p.Frame.Kind == kind) != (p.Link == link) {
			return &wire.SettingError{Key: "link", Cause: fmt.Sprintf("is %q, and the family %q: %q goes with %q only", p.Link, p.Frame.Kind, link, kind)}
		}
	}
	for _, m := range p.Match {
		if err := m.check(); err != nil {
			return err
		}
	}
	return nil
}

var usbForm = regexp.MustCompile(`^[0-9a-f]{4}(:[0-9a-f]{4})?$`)

func (m Match) check() error {
	if m == (Match{}) {
		return &wire.SettingError{Key: "match", Cause: "says nothing, and would fit every device"}
	}
	if m.USB != "" && !usbForm.MatchString(m.USB) {
		return &wire.SettingError{Key: "match.usb", Cause: fmt.Sprintf("write it as \"2b78:0005\" or \"2b78\", not %q", m.USB)}
	}
	if _, err := path.Match(m.Path, ""); err != nil {
		return &wire.SettingError{Key: "match.path", Cause: err.Error()}
	}
	for key, text := range map[string]string{"match.serial": m.Serial, "match.product": m.Product} {
		if _, err := regexp.Compile(text); err != nil {
			return &wire.SettingError{Key: key, Cause: err.Error()}
		}
	}
	return nil
}

func (p Profile) checkLine() error {
	if p.Link != "serial" {
		return nil
	}
	lines, err := p.Line.Lines()
	if err != nil {
		return err
	}
	for _, l := range lines {
		if err := l.check(); err != nil {
			return err
		}
	}
	return nil
}

func (l Line) check() error {
	if l.Baud < 1 {
		return &wire.SettingError{Key: "line.baud", Cause: fmt.Sprintf("must be positive, is %d", l.Baud)}
	}
	if l.DataBits < 7 || l.DataBits > 8 { // with fewer, letters are no letters, and could not be masked
		return &wire.SettingError{Key: "line.data_bits", Cause: fmt.Sprintf("must be 7 or 8, is %d", l.DataBits)}
	}
	if l.StopBits < 1 || l.StopBits > 2 {
		return &wire.SettingError{Key: "line.stop_bits", Cause: fmt.Sprintf("must be 1 or 2, is %d", l.StopBits)}
	}
	for key, value := range map[string]string{"line.dtr": l.DTR, "line.rts": l.RTS} {
		if err := oneOf(key, value, "", "on", "off"); err != nil {
			return err
		}
	}
	return oneOf("line.parity", l.Parity, "none", "odd", "even")
}

func (p Profile) checkZone() error {
	if p.Zone.PairMS < 0 || p.Zone.PairMS > 10_000 {
		return &wire.SettingError{Key: "zone.pair_ms", Cause: fmt.Sprintf("must be 0 to 10000, is %d", p.Zone.PairMS)}
	}
	return oneOf("zone.align", p.Zone.Align, "top", "bottom")
}

// checkTalk holds what is said to a reader to what can be.
func (p Profile) checkTalk() error {
	exchanges := map[string]Exchange{"probe": p.Probe, "arm": p.Arm.Exchange}
	for i, e := range p.Setup {
		exchanges[fmt.Sprintf("setup.%d", i)] = e
	}
	for key, e := range exchanges {
		switch {
		case e.TimeoutMS < 0 || e.TimeoutMS > 60_000:
			return &wire.SettingError{Key: key + ".timeout_ms", Cause: fmt.Sprintf("must be 0 to 60000, is %d", e.TimeoutMS)}
		case e.Tries < 0 || e.Tries > 100:
			return &wire.SettingError{Key: key + ".tries", Cause: fmt.Sprintf("must be 0 to 100, is %d", e.Tries)}
		case e.Send != "" && p.Link == "evdev":
			return &wire.SettingError{Key: key + ".send", Cause: "nothing can be sent to an input device"}
		case e.Send == "" && e.Expect != "":
			return &wire.SettingError{Key: key + ".expect", Cause: "an answer is to something that is sent"}
		case e.Expect != "" && !p.Frame.Answers():
			return &wire.SettingError{Key: key + ".expect", Cause: fmt.Sprintf("family %q has no answers: none could be told from a document", p.Frame.Kind)}
		}
	}
	switch {
	case p.Feedback != (Feedback{}) && p.Link == "evdev":
		return &wire.SettingError{Key: "feedback", Cause: "nothing can be sent to an input device"}
	case p.Arm.Exchange != (Exchange{}) && p.Arm.When == "":
		return &wire.SettingError{Key: "arm.when", Cause: "is missing: it would never be armed"}
	case p.Probe.Send != "" && p.Probe.Expect == "":
		return &wire.SettingError{Key: "probe.expect", Cause: "is missing: without an answer nothing is known"}
	case p.Arm.When == "removal" && p.Presence.Kind == "":
		return &wire.SettingError{Key: "presence.kind", Cause: "is missing: arm.when is \"removal\""}
	case p.Presence.Kind == "message" && !p.Frame.TellsPresence():
		return &wire.SettingError{Key: "presence.kind", Cause: fmt.Sprintf("family %q has no such messages: \"inferred\" can be had", p.Frame.Kind)}
	case p.Presence.QuietMS < 0 || p.Presence.QuietMS > 60_000:
		return &wire.SettingError{Key: "presence.quiet_ms", Cause: fmt.Sprintf("must be 0 to 60000, is %d", p.Presence.QuietMS)}
	}
	if err := oneOf("arm.when", p.Arm.When, "", "once", "read", "removal"); err != nil {
		return err
	}
	return oneOf("presence.kind", p.Presence.Kind, "", "message", "inferred")
}

// checkOrigins holds sources and defaults to settings that are there, each named
// once.
func (p Profile) checkOrigins() error {
	seen := map[string]bool{}
	named := slices.Clone(p.Defaults)
	for _, s := range p.Sources {
		named = append(named, s.Keys...)
	}
	for _, key := range named {
		if !isSetting(key) {
			return &wire.SettingError{Key: key, Cause: "no such setting"}
		}
		if seen[key] {
			return &wire.SettingError{Key: key, Cause: "its origin is given twice"}
		}
		seen[key] = true
	}
	return nil
}

func oneOf(key, value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return &wire.SettingError{Key: key, Cause: fmt.Sprintf("must be one of %q, is %q", allowed, value)}
}
