package mrz

import "strings"

// layoutOf finds the layout of some lines by their number, their lengths and,
// where two formats share a shape, their first cells. A zone with one line of
// the right length may have others that lost or gained up to three cells; it
// has that format, and a finding.
func layoutOf(lines []string) *layout {
	switch len(lines) {
	case 1:
		if len(lines[0]) == 30 && strings.HasPrefix(lines[0], "D1") {
			return licenceOf(lines[0])
		}
	case 2:
		return ofTwoLines(lines)
	case 3:
		switch {
		case near(lines, 30):
			return &td1
		case len(lines[0]) == 9 && near(lines[1:], 30):
			return swissOf(lines[1])
		}
	}
	return nil
}

// ofTwoLines tells a visa by its first cell (Doc 9303-7), and the old French
// card by its first five.
func ofTwoLines(lines []string) *layout {
	visa := len(lines[0]) > 0 && lines[0][0] == 'V'
	switch {
	case near(lines, 44) && visa:
		return &mrva
	case near(lines, 44):
		return &td3
	case near(lines, 36) && visa:
		return &mrvb
	case near(lines, 36) && strings.HasPrefix(lines[0], "IDFRA"):
		return &idfra
	case near(lines, 36):
		return &td2
	case len(lines[0]) == 34 && len(lines[1]) == 34:
		return &svk
	}
	return nil
}

// forced returns the layout of a format for some lines, whatever their
// lengths.
func forced(f Format, lines []string) *layout {
	if f == None || int(f) >= len(byFormat) || len(byFormat[f].widths) != len(lines) {
		return nil
	}
	switch f {
	case EUDL:
		return licenceOf(lines[0])
	case CHEDL:
		return swissOf(lines[1])
	}
	return byFormat[f]
}

// licenceOf chooses between the driving licences of one line. That of another
// State than the two is read as the Dutch one, and found to be unlisted.
func licenceOf(line string) *layout {
	if len(line) >= 5 && line[2:5] == "FRA" {
		return &eudlFRA
	}
	return &eudlNLD
}

// swissOf tells the two lengths of the personal number by the filler behind
// the shorter.
func swissOf(line string) *layout {
	if len(line) > 17 && line[17] != Filler {
		return &chedl15
	}
	return &chedl12
}

// near reports whether a line is of a width and none is far off it.
func near(lines []string, width int) bool {
	const slack = 3
	exact := false
	for _, line := range lines {
		off := len(line) - width
		if off < -slack || off > slack {
			return false
		}
		exact = exact || off == 0
	}
	return exact
}
