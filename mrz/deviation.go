package mrz

// A DeviationEntry is an entry of an issuer's deviation list (Doc 9303-3 §7.3.5):
// documents of these kinds were made with a check digit that does not match.
// The zero value of Code stands for every document code. Whoever hands over a
// DeviationEntry has verified the list that it comes from.
type DeviationEntry struct {
	IssuingState string // as in the zone, fillers left off
	Code         string // the document code, fillers left off
	Field        Field  // whose digit it is; Composite for that over the lot
}

// Excuse turns the failed digits that some deviations name from errors into
// deviations, so that the zone may be readable, and returns how many it has. The
// check stays failed, and vouches for nothing.
func (r *Result) Excuse(list []DeviationEntry) (excused int) {
	for i := range r.checks[:r.checkCount] {
		c := &r.checks[i]
		if c.Outcome != Failed || c.Rule == Excused || !r.named(list, c.Field) {
			continue
		}
		c.Rule = Excused
		r.excuse(c.Field)
		excused++
	}
	return excused
}

// named reports whether a deviation is for this document and this digit.
func (r *Result) named(list []DeviationEntry, f Field) bool {
	for _, d := range list {
		if d.Field == f && d.IssuingState == r.Document.IssuingState.Value() &&
			(d.Code == "" || d.Code == r.Document.Code.Value()) {
			return true
		}
	}
	return false
}

// excuse lowers the finding about a field's digit.
func (r *Result) excuse(f Field) {
	for i := range r.marks[:r.markCount] {
		m := &r.marks[i]
		if m.rule == wrongDigit && m.field == f {
			m.rule = excusedDigit
			r.errors--
			r.deviates++
		}
	}
}
