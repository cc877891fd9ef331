package inventory

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A Selector picks devices: those that every one of its terms fits. The zero
// Selector picks all.
type Selector struct {
	text  string
	terms []func(Device) bool
}

// ParseSelector reads a selector such as "site=zrh,tag=canary": name=, site=
// and lane= take patterns such as gate-*, tag= one tag, and percent= that part
// of all devices, always the same ones.
func ParseSelector(text string) (Selector, error) {
	s := Selector{text: text}
	if text == "" {
		return s, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		key, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		term, err := term(key, value)
		if !ok || value == "" || err != nil {
			return Selector{}, fmt.Errorf("parse selector: %q is not name=, site=, lane=, tag= or percent= with a value that fits", part)
		}
		s.terms = append(s.terms, term)
	}
	return s, nil
}

func term(key, value string) (func(Device) bool, error) {
	fields := map[string]func(Device) string{
		"name": func(d Device) string { return d.Name },
		"site": func(d Device) string { return d.Site },
		"lane": func(d Device) string { return d.Lane },
	}
	switch field := fields[key]; {
	case field != nil:
		_, err := path.Match(value, "")
		return func(d Device) bool { ok, _ := path.Match(value, field(d)); return ok }, err
	case key == "tag":
		return func(d Device) bool { return slices.Contains(d.Tags, value) }, nil
	case key == "percent":
		percent, err := strconv.ParseFloat(value, 64)
		if err == nil && !(percent > 0 && percent <= 100) {
			err = strconv.ErrRange
		}
		return func(d Device) bool { return place(d.Name) < percent/100 }, err
	}
	return nil, strconv.ErrSyntax
}

// place is where a device is among all, from 0 to 1, whatever others there are.
func place(name string) float64 {
	sum := sha256.Sum256([]byte(name))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// String returns the selector as it was written.
func (s Selector) String() string { return s.text }

// Pick returns the devices that the selector fits.
func (s Selector) Pick(all []Device) []Device {
	var picked []Device
	for _, d := range all {
		if !slices.ContainsFunc(s.terms, func(fits func(Device) bool) bool { return !fits(d) }) {
			picked = append(picked, d)
		}
	}
	return picked
}
