package mrz_test

import (
	"testing"

	"portcullis/mrz"
)

func TestAnExcusedDigitIsADeviation(t *testing.T) {
	wrong := edit(specimen, 2, 44, "1")
	for _, c := range []struct {
		name string
		list []mrz.DeviationEntry
		want int
	}{
		{"this digit", []mrz.DeviationEntry{{IssuingState: "UTO", Code: "P", Field: mrz.Composite}}, 1},
		{"of any document code", []mrz.DeviationEntry{{IssuingState: "UTO", Field: mrz.Composite}}, 1},
		{"the second entry", []mrz.DeviationEntry{{IssuingState: "UTO", Field: mrz.Number}, {IssuingState: "UTO", Field: mrz.Composite}}, 1},
		{"another issuer", []mrz.DeviationEntry{{IssuingState: "D", Field: mrz.Composite}}, 0},
		{"another code", []mrz.DeviationEntry{{IssuingState: "UTO", Code: "PP", Field: mrz.Composite}}, 0},
		{"another digit", []mrz.DeviationEntry{{IssuingState: "UTO", Field: mrz.Number}}, 0},
		{"nothing", nil, 0},
	} {
		r := parse(t, wrong)
		got := r.Excuse(c.list)
		if got != c.want || r.Readable() != (c.want > 0) || r.Valid() || r.Sound(mrz.Composite) {
			t.Errorf("%s: excused %d, readable %v, valid %v", c.name, got, r.Readable(), r.Valid())
		}
		check := r.Checks()[4]
		if check.Outcome != mrz.Failed || (check.Rule == mrz.Excused) != (c.want > 0) {
			t.Errorf("%s: the check is %s by %s", c.name, check.Outcome, check.Rule)
		}
		if f := r.Findings()[0]; (f.Code == mrz.ExcusedDigit && f.Severity == mrz.Deviation) != (c.want > 0) || f.Expected != '0' {
			t.Errorf("%s: found %v", c.name, f)
		}
		if again := r.Excuse(c.list); again != 0 || r.Readable() != (c.want > 0) {
			t.Errorf("%s: excused once more", c.name)
		}
	}
}

func TestOnlyWhatIsNamedIsExcused(t *testing.T) {
	r := parse(t, edit(edit(specimen, 2, 44, "1"), 2, 20, "7")) // two wrong digits
	if n := r.Excuse([]mrz.DeviationEntry{{IssuingState: "UTO", Field: mrz.Composite}}); n != 1 || r.Readable() {
		t.Errorf("excused %d, readable %v", n, r.Readable())
	}
	right := parse(t, specimen)
	if n := right.Excuse([]mrz.DeviationEntry{{IssuingState: "UTO", Field: mrz.Composite}}); n != 0 || !right.Valid() {
		t.Errorf("a right digit was excused")
	}
}
