package mrz_test

import (
	"strings"
	"testing"

	"portcullis/mrz"
)

func TestNamesOfDoc9303(t *testing.T) {
	for _, row := range readTable(t, "testdata/names.tbl") {
		name, want := row[5+1], mrz.Fields{Primary: row[3], Secondary: row[4]}
		format, line, column := byName(row[1])
		r := parse(t, edit(specimens[format], line, column, name))
		d := r.Document
		if !r.Valid() || d.Format.String() != row[1] {
			t.Errorf("%s: %s: %v", row[0], row[2], r.Findings())
		}
		if d.Primary.Value() != want.Primary || d.Secondary.Value() != want.Secondary {
			t.Errorf("%s: %s: got %q, %q", row[0], row[2], d.Primary.Value(), d.Secondary.Value())
		}
		if d.NameTruncated != (row[5] == "yes") {
			t.Errorf("%s: %s: truncated %v", row[0], row[2], d.NameTruncated)
		}
		composesName(t, d, name)
	}
}

// byName returns which specimen has a layout and where its name stands.
func byName(format string) (specimen, line, column int) {
	switch format {
	case "TD1":
		return 1, 3, 1
	case "TD2":
		return 3, 1, 6
	case "MRVA":
		return 4, 1, 6
	case "MRVB":
		return 5, 1, 6
	}
	return 0, 1, 6
}

func composesName(t *testing.T, d mrz.Document, cells string) {
	lines, err := mrz.Compose(d.Format, mrz.Fields{Primary: d.Primary.Value(), Secondary: d.Secondary.Value()})
	if err != nil || !strings.Contains(strings.Join(lines, "\n"), cells) {
		t.Errorf("%s: does not compose back: %v", cells, err)
	}
}
