package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"portcullis/mrz"
)

// A zone is that of a made-up document, with some cells misread perhaps, and
// what the document says. Peers read it as a line of JSON.
type zone struct {
	Format     string   `json:"format"`
	Swaps      int      `json:"k"`
	Lines      []string `json:"lines"` // as they are read
	Number     string   `json:"number"`
	BirthDate  string   `json:"birth_date"`
	ExpiryDate string   `json:"expiry_date"`
	printed    []string // as they are printed
}

// zoneSeed is the seed of all zones: each run has the same.
const zoneSeed = 3

// issuers are States that every peer knows; none knows Utopia.
var issuers = []string{"AUT", "BRA", "CAN", "CHE", "CZE", "ESP", "FRA", "GRC", "IND", "ITA", "JPN", "NLD", "POL", "PRT", "SWE", "USA"}

const (
	digits  = "0123456789"
	letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// optionalRoom is how many cells the optional data has, the personal number of
// a passport too.
var optionalRoom = map[mrz.Format]int{mrz.TD1: 15, mrz.TD2: 7, mrz.TD3: 14}

// A maker makes up documents.
type maker struct{ *rand.Rand }

// newMaker returns a maker whose documents are the same for the same stream.
func newMaker(stream uint64) maker { return maker{rand.New(rand.NewPCG(zoneSeed, stream))} }

// document returns the zone of a document, without an error in it.
func (m maker) document(f mrz.Format) (zone, error) {
	v := m.fields(f)
	lines, err := mrz.Compose(f, v)
	return zone{
		Format: f.String(), Lines: lines, printed: lines,
		Number: v.Number, BirthDate: v.BirthDate, ExpiryDate: v.ExpiryDate,
	}, err
}

func (m maker) fields(f mrz.Format) mrz.Fields {
	v := mrz.Fields{
		Code: "I", IssuingState: m.pick(issuers), Nationality: m.pick(issuers),
		Number: m.number(), OptionalData: m.optional(optionalRoom[f]),
		Primary: m.some(letters, 3, 12), Secondary: m.some(letters, 3, 10),
		BirthDate: m.date(1940, 68), Sex: m.pick([]string{"F", "M", "<"}), ExpiryDate: m.date(2026, 10),
	}
	switch f {
	case mrz.TD3:
		v.Code = "P"
	case mrz.TD1:
		v.OptionalData2 = m.optional(11)
		if m.IntN(8) == 0 { // a long number
			v.Number, v.OptionalData = m.some(digits, 10, 12), ""
		}
	}
	return v
}

// number makes up a document number: digits, letters and digits, or any of both.
func (m maker) number() string {
	switch m.IntN(4) {
	case 0:
		return m.some(digits, 8, 9)
	case 1:
		return m.some(letters, 1, 1) + m.some(digits, 7, 8)
	case 2:
		return m.some(letters, 2, 2) + m.some(digits, 7, 7)
	}
	return m.some(letters+digits, 9, 9)
}

// optional makes up optional data: none, digits, or letters and digits.
func (m maker) optional(room int) string {
	switch m.IntN(3) {
	case 0:
		return ""
	case 1:
		return m.some(digits, room/2, room)
	}
	return m.some(letters+digits, 1, room)
}

func (m maker) date(from, years int) string {
	return time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, m.IntN(365*years)).Format("060102")
}

func (m maker) pick(among []string) string { return among[m.IntN(len(among))] }

// some returns from least to most characters of a set.
func (m maker) some(set string, least, most int) string {
	chars := make([]byte, least+m.IntN(most-least+1))
	for i := range chars {
		chars[i] = set[m.IntN(len(set))]
	}
	return string(chars)
}

// mixedCount is how many documents the parser reads in turn. They are too many
// for a processor to know by heart.
const mixedCount = 1000

// mixedZones returns passports and cards of all three layouts, in no order.
func mixedZones() ([]zone, error) {
	m := newMaker(0)
	all := make([]zone, mixedCount)
	for i := range all {
		var err error
		if all[i], err = m.document([]mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3}[m.IntN(3)]); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// writeZones writes zones to a file, each as a line of JSON.
func writeZones(path string, zones ...[]zone) error {
	var out bytes.Buffer
	lines := json.NewEncoder(&out)
	lines.SetEscapeHTML(false)
	for _, z := range slices.Concat(zones...) {
		if err := lines.Encode(z); err != nil {
			return fmt.Errorf("write zones: %w", err)
		}
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}
