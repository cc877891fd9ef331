package main

import (
	"fmt"
	"slices"

	"portcullis/mrz/ocr"
)

// A repairTable is figures by layout and by number of misread cells.
type repairTable[T any] map[string]map[string]T

func (t repairTable[T]) set(r row, figures T) {
	if t[r.format.String()] == nil {
		t[r.format.String()] = map[string]T{}
	}
	t[r.format.String()][key(r.swaps)] = figures
}

// repairFigures counts how the zones of a row were read.
type repairFigures struct {
	Zones          int     `json:"zones"`
	Right          int     `json:"right"`
	OtherWrong     int     `json:"right_other_field_wrong"` // of the right ones
	WrongFlagged   int     `json:"wrong_flagged"`
	WrongUnflagged int     `json:"wrong_unflagged"`
	Refused        int     `json:"refused"`
	Verified       int     `json:"verified"`
	NS             float64 `json:"ns_per_zone"`
}

// repairPeer is what a peer makes of the zones of a row. It has no flag.
type repairPeer struct {
	Zones   int     `json:"zones"`
	Right   int     `json:"right"`
	Wrong   int     `json:"wrong_unflagged"`
	Refused int     `json:"refused"`
	NS      float64 `json:"ns_per_zone"`
}

// repairs repairs all rows. A document that was not misread has to be read.
func repairs(rows []row) (repairTable[repairFigures], error) {
	table := repairTable[repairFigures]{}
	for _, r := range rows {
		f := repairRow(r.zones)
		if r.swaps == 0 && f.Right-f.OtherWrong != f.Zones {
			return nil, fmt.Errorf("repair %s: of %d zones without an error %d were read as they are", r.format, f.Zones, f.Right-f.OtherWrong)
		}
		table.set(r, f)
	}
	return table, nil
}

// repairRow repairs zones one after another, and only then judges what came out.
func repairRow(zones []zone) repairFigures {
	readings := make([]ocr.Reading, len(zones))
	start := processorTime()
	for i, z := range zones {
		readings[i] = ocr.Repair(z.Lines)
	}
	took := processorTime() - start
	f := repairFigures{Zones: len(zones), NS: round3(float64(took) / float64(len(zones)))}
	for i, z := range zones {
		f.count(z, &readings[i])
	}
	return f
}

func (f *repairFigures) count(z zone, r *ocr.Reading) {
	if r.Verified() {
		f.Verified++
	}
	switch {
	case r.Outcome < ocr.Unique:
		f.Refused++
	case z.says(r):
		f.Right++
		if !slices.Equal(r.Lines, z.printed) {
			f.OtherWrong++
		}
	case r.Verified():
		f.WrongUnflagged++
	default:
		f.WrongFlagged++
	}
}

// says reports whether a reading has the number and the dates of the document.
func (z zone) says(r *ocr.Reading) bool {
	d := r.Result.Document
	return d.Number.Value() == z.Number && d.BirthDate.Printed() == z.BirthDate && d.ExpiryDate.Printed() == z.ExpiryDate
}
