package mrz

// Evidence is what vouches for a field, the weakest first. It is about the
// reading: whether the document is genuine is another question.
type Evidence uint8

// The kinds of evidence.
const (
	Nothing        Evidence = iota
	CharacterClass          // the cells are of the kind that belongs there
	CodeTable               // the code is one that Doc 9303 lists
	CompositeOnly           // a digit over the field among others passed
	OwnDigit                // the field's own digit passed
)

// String returns the kind in lower case, as in "own-digit".
func (e Evidence) String() string {
	switch e {
	case CharacterClass:
		return "character-class"
	case CodeTable:
		return "code-table"
	case CompositeOnly:
		return "composite-only"
	case OwnDigit:
		return "own-digit"
	}
	return "nothing"
}

// Evidence returns what vouches for a field. A field whose own digit did not
// pass has nothing, whatever the composite says: it repeats the weights of the
// number's digit, and so is no second witness.
func (r *Result) Evidence(f Field) Evidence {
	if r.layout == nil {
		return Nothing
	}
	own, hasOwn := r.check(f)
	switch {
	case hasOwn && own.Outcome == Passed:
		return OwnDigit
	case hasOwn && own.Outcome != Absent:
		return Nothing
	case r.layout.underComposite(f) && r.outcome(Composite) == Passed:
		return CompositeOnly
	case r.listedField(f):
		return CodeTable
	case r.rightClass(f):
		return CharacterClass
	}
	return Nothing
}

// Sound reports whether a check digit vouches for the field and passed: the
// field's own digit or, for one without, the composite.
func (r *Result) Sound(f Field) bool { return r.Evidence(f) >= CompositeOnly }

// check returns the check of a field, if the zone has one.
func (r *Result) check(f Field) (Check, bool) {
	for _, c := range r.Checks() {
		if c.Field == f {
			return c, true
		}
	}
	return Check{}, false
}

func (r *Result) outcome(f Field) Outcome {
	c, _ := r.check(f)
	return c.Outcome
}

// underComposite reports whether the composite digit covers a field.
func (l *layout) underComposite(f Field) bool {
	for e, s := range l.cells {
		if !s.missing() && f.has(fields[e]) && s.within()&^l.under[s.line] == 0 {
			return true
		}
	}
	return false
}

// has reports whether the cells of a part are those of a field: both
// identifiers stand in the cells of the name.
func (f Field) has(part Field) bool {
	return f == part || part == Name && (f == Primary || f == Secondary)
}

// listedField reports whether a field is a code, and a listed one.
func (r *Result) listedField(f Field) bool {
	d := &r.Document
	switch f {
	case DocumentCode:
		code := d.Code.Printed()
		return d.Code.whole(2) && listedCode(r.layout.format, code[0], code[1])
	case IssuingState:
		return d.IssuingState.whole(3) && KnownState(d.IssuingState.Printed())
	case Nationality:
		return d.Nationality.whole(3) && KnownState(d.Nationality.Printed())
	}
	return false
}

// rightClass reports whether the cells of a field can hold less than every
// character, and hold what they can.
func (r *Result) rightClass(f Field) bool {
	d := &r.Document
	switch f {
	case DocumentCode, IssuingState, Nationality, Primary, Secondary:
		t := map[Field]Text{DocumentCode: d.Code, IssuingState: d.IssuingState, Nationality: d.Nationality,
			Primary: d.Primary, Secondary: d.Secondary}[f]
		return t.only(letter)
	case Name:
		p, s := d.Primary, d.Secondary
		return p.only(letter) && (s.Empty() || s.only(letter)) || p.Empty() && s.only(letter)
	case Sex:
		return d.Sex.only(letter) && !r.found(badSex) || d.Sex.Printed() == "<"
	case BirthDate:
		return d.BirthDate.cells.only(digit)
	case ExpiryDate:
		return d.ExpiryDate.cells.only(digit)
	}
	return false
}

// whole reports whether a field has all of so many cells, each of the set.
func (t Text) whole(cells int) bool { return t.shape.first() == cells && t.shape&isBad == 0 }

// only reports whether a field has cells of a kind and fillers, and not
// fillers alone.
func (t Text) only(kind uint8) bool {
	cells := t.Printed()
	for i := range len(cells) {
		if k := kinds[cells[i]]; k != kind && k != filler {
			return false
		}
	}
	return !t.Empty()
}

// found reports whether there is a finding of a rule.
func (r *Result) found(rule rule) bool {
	for _, m := range r.marks[:r.markCount] {
		if m.rule == rule {
			return true
		}
	}
	return false
}
