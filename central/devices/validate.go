package devices

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
	"unique"

	"portcullis/protocol"
)

// The bounds of a report.
const (
	maxText   = 128 // bytes
	maxFaults = 64
	maxLists  = 32
)

// Why a report is refused.
var (
	ErrReport = errors.New("the report breaks a rule")
	ErrName   = errors.New("the report is in the name of another device than the certificate")
)

var listName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// checkReport holds a report to its bounds. The name in it must be that of the
// certificate. Texts for people are cut: a device with a long fault is one to
// hear of.
func checkReport(name string, s *protocol.Status) error {
	if s.Device != name {
		return ErrName
	}
	if s.Address != "" {
		if _, _, err := net.SplitHostPort(s.Address); err != nil || !plain(s.Address) {
			return fmt.Errorf("%w: address is not host:port", ErrReport)
		}
	}
	if len(s.Lists) > maxLists {
		return fmt.Errorf("%w: more than %d lists", ErrReport, maxLists)
	}
	seen := map[string]bool{}
	for _, h := range s.Lists {
		if err := checkHeld(h); err != nil {
			return err
		}
		if seen[h.Name] {
			return fmt.Errorf("%w: a list is there twice", ErrReport)
		}
		seen[h.Name] = true
	}
	s.Faults = s.Faults[:min(len(s.Faults), maxFaults)]
	for _, text := range texts(s) {
		*text = cut(*text)
	}
	return nil
}

// texts are those of a report that people read.
func texts(s *protocol.Status) []*string {
	all := []*string{&s.Site, &s.Lane, &s.Software}
	for i := range s.Faults {
		all = append(all, &s.Faults[i])
	}
	for i := range s.Lists {
		all = append(all, &s.Lists[i].State, &s.Lists[i].Update)
	}
	return all
}

func checkHeld(h protocol.Held) error {
	root, err := hex.DecodeString(h.Root)
	switch {
	case !listName.MatchString(h.Name):
		return fmt.Errorf("%w: name of a list", ErrReport)
	case err != nil || len(root) > 64:
		return fmt.Errorf("%w: root of a list", ErrReport)
	case h.Bad < 0 || !(h.Progress >= 0 && h.Progress <= 1):
		return fmt.Errorf("%w: damage or progress of a list", ErrReport)
	}
	return nil
}

// plain reports whether a text is short and of printable characters.
func plain(text string) bool {
	return len(text) <= maxText && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// cut makes a text plain, and short.
func cut(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, " "))
	for len(text) > maxText {
		_, last := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-last]
	}
	return text
}

// share makes texts that are the same on many devices lie in memory once.
func share(s protocol.Status) protocol.Status {
	all := texts(&s)
	for i := range s.Lists {
		all = append(all, &s.Lists[i].Name, &s.Lists[i].Root)
	}
	for _, text := range all {
		*text = unique.Make(*text).Value()
	}
	return s
}
