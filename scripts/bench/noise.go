package main

import (
	"fmt"
	"slices"

	"portcullis/mrz"
)

// lookAlikes are the pairs of characters that readers take for each other. The
// repair has a table of its own, which the bench does not look at.
var lookAlikes = [...]string{"0O", "0D", "0Q", "1I", "1L", "2Z", "5S", "6G", "8B", "UV", "OD", "OQ", "IL"}

// alike returns the look-alikes of a character.
func alike(c byte) (all []byte) {
	for _, pair := range lookAlikes {
		switch c {
		case pair[0]:
			all = append(all, pair[1])
		case pair[1]:
			all = append(all, pair[0])
		}
	}
	return all
}

// cells is a run of cells of a line; all of it counts from zero.
type cells struct{ line, from, to int }

// vouched are the cells under some check digit, and those of the digits
// (Doc 9303-5 §4.2.4, 9303-4 §4.2.4).
var vouched = map[mrz.Format][]cells{
	mrz.TD1: {{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 30}},
	mrz.TD3: {{1, 0, 10}, {1, 13, 20}, {1, 21, 44}},
}

// A place is one cell.
type place struct{ line, column int }

// swappable returns the cells under a check digit that have a look-alike.
func swappable(f mrz.Format, lines []string) (all []place) {
	for _, run := range vouched[f] {
		for column := run.from; column < run.to; column++ {
			if len(alike(lines[run.line][column])) > 0 {
				all = append(all, place{run.line, column})
			}
		}
	}
	return all
}

// misread returns the zone of a document of which so many cells are taken for
// a look-alike.
func (m maker) misread(f mrz.Format, swaps int) (zone, error) {
	for {
		z, err := m.document(f)
		if err != nil {
			return zone{}, err
		}
		places := swappable(f, z.printed)
		if len(places) < swaps { // of 34 and 7 nothing is misread
			continue
		}
		m.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		z.Swaps, z.Lines = swaps, slices.Clone(z.printed)
		for _, p := range places[:swaps] {
			line := []byte(z.Lines[p.line])
			others := alike(line[p.column])
			line[p.column] = others[m.IntN(len(others))]
			z.Lines[p.line] = string(line)
		}
		return z, nil
	}
}

// A row is zones of one layout with the same number of misread cells.
type row struct {
	format mrz.Format
	swaps  int
	zones  []zone
}

// key names a number of misread cells in the JSON.
func key(swaps int) string { return fmt.Sprintf("k%d", swaps) }

// maxSwaps is the most cells of a zone that are misread.
const maxSwaps = 3

// noisyRows makes up all rows, with so many zones in each.
func noisyRows(zones int) (rows []row, err error) {
	for _, f := range []mrz.Format{mrz.TD3, mrz.TD1} {
		for swaps := range maxSwaps + 1 {
			r := row{f, swaps, make([]zone, zones)}
			m := newMaker(uint64(1 + len(rows)))
			for i := range r.zones {
				if r.zones[i], err = m.misread(f, swaps); err != nil {
					return nil, err
				}
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}
