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
// certificate.
func checkReport(name string, s *protocol.Status) error {
	texts := []string{s.Site, s.Lane, s.Software}
	if s.Device != name {
		return ErrName
	}
	if s.Address != "" {
		if _, _, err := net.SplitHostPort(s.Address); err != nil || len(s.Address) > 2*maxText {
			return fmt.Errorf("%w: address is not host:port", ErrReport)
		}
	}
	if len(s.Faults) > maxFaults || len(s.Lists) > maxLists {
		return fmt.Errorf("%w: more than %d faults or %d lists", ErrReport, maxFaults, maxLists)
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
		texts = append(texts, h.State, h.Update)
	}
	for _, text := range append(texts, s.Faults...) {
		if !plain(text) {
			return fmt.Errorf("%w: a text is longer than %d bytes or not plain", ErrReport, maxText)
		}
	}
	return nil
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

// share makes texts that are the same on many devices lie in memory once.
func share(s protocol.Status) protocol.Status {
	one := func(text *string) { *text = unique.Make(*text).Value() }
	for _, text := range []*string{&s.Site, &s.Software} {
		one(text)
	}
	for i := range s.Faults {
		one(&s.Faults[i])
	}
	for i := range s.Lists {
		for _, text := range []*string{&s.Lists[i].Name, &s.Lists[i].Root, &s.Lists[i].State, &s.Lists[i].Update} {
			one(text)
		}
	}
	return s
}
