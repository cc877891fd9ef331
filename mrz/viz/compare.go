package viz

import (
	"strings"

	"portcullis/mrz"
)

// Compare says how a field, as read in the visual zone by a person or a
// machine, agrees with what a zone says. It takes
//
//   - a name in national letters; for mrz.Name the primary identifier, the
//     first comma and the secondary one;
//   - a document number or optional data, with spaces and hyphens or without;
//   - a date as 1974-08-12, 12 AUG 1974, 12 AUG/AOUT 74 or 12.08.1974, the day
//     first, with X for what is unknown. As the zone has two digits of the year,
//     no more are compared;
//   - a sex F, M, X or <;
//   - a State as its code or its English short name.
//
// What cannot be read, and a field that no zone has, is Different.
func Compare(f mrz.Field, text string, d mrz.Document, o Options) Answer {
	if d.Format == mrz.None {
		return Different
	}
	switch f {
	case mrz.Primary, mrz.Secondary, mrz.Name:
		return compareName(f, text, d, o)
	case mrz.Number:
		return compareNumber(text, d, o)
	case mrz.DocumentCode:
		return compareText(text, d.Code, o)
	case mrz.OptionalData:
		return compareOptional(text, d.OptionalData, o)
	case mrz.OptionalData2:
		return compareOptional(text, d.OptionalData2, o)
	case mrz.BirthDate:
		return compareDate(text, d.BirthDate.Printed(), o)
	case mrz.ExpiryDate:
		return compareDate(text, d.ExpiryDate.Printed(), o)
	case mrz.IssuingState:
		return compareState(text, d.IssuingState.Value(), o)
	case mrz.Nationality:
		return compareState(text, d.Nationality.Value(), o)
	case mrz.Sex:
		return compareSex(text, d.Sex.Printed())
	}
	return Different
}

// compareName compares an identifier, or both.
func compareName(f mrz.Field, text string, d mrz.Document, o Options) Answer {
	if d.Primary.Empty() && d.Secondary.Empty() {
		return Different
	}
	switch f {
	case mrz.Primary:
		return compareIdentifier(text, d.Primary, d.NameTruncated, o)
	case mrz.Secondary:
		return compareIdentifier(text, d.Secondary, d.NameTruncated, o)
	}
	primary, secondary := splitName(text)
	if words, err := spell(primary, o.Language, o.LookAlikes); err == nil && len(words) == 0 {
		primary, secondary = secondary, "" // the only name is the primary
	}
	return min(compareIdentifier(primary, d.Primary, d.NameTruncated, o),
		compareIdentifier(secondary, d.Secondary, d.NameTruncated, o))
}

// compareIdentifier compares the words of an identifier with its parts in the
// zone. Less is taken for the same name only where the name field ends in a
// letter (Doc 9303 parts 4 to 7).
func compareIdentifier(text string, zone mrz.Text, truncated bool, o Options) Answer {
	words, err := spell(text, o.Language, o.LookAlikes)
	if err != nil {
		return Different
	}
	parts := strings.Fields(zone.Value())
	switch {
	case strings.Join(preferred(words), " ") == strings.Join(parts, " "):
		return Same
	case matchAll(words, parts, whole, exact):
		return Variant
	case truncated && matchAll(words, parts, cut, exact):
		return Truncated
	case o.LookAlikes && matchAll(words, parts, extent(truncated), alike):
		return LookAlike
	}
	return Different
}

// compareNumber compares document numbers. A layout without long numbers has
// the first nine characters of one (Doc 9303-7 note j).
func compareNumber(text string, d mrz.Document, o Options) Answer {
	if a := compareText(text, d.Number, o); a != Different || roomOf(d.Format).longNumbers {
		return a
	}
	cells, err := textCells(text)
	zone := d.Number.Value()
	if err != nil || len(zone) < principal {
		return Different
	}
	if strings.HasPrefix(cells, zone) || strings.HasPrefix(squeezed(cells), zone) {
		return Truncated
	}
	return Different
}

// compareOptional is compareText for a field that both zones may leave empty.
func compareOptional(text string, zone mrz.Text, o Options) Answer {
	if cells, err := textCells(text); err == nil && cells == "" && zone.Empty() {
		return Same
	}
	return compareText(text, zone, o)
}

func compareText(text string, zone mrz.Text, o Options) Answer {
	cells, err := textCells(text)
	if err != nil || cells == "" || zone.Empty() {
		return Different
	}
	return compareCells(cells, zone.Value(), o)
}

func compareCells(cells, zone string, o Options) Answer {
	a, b := squeezed(cells), squeezed(zone)
	switch {
	case cells == zone:
		return Same
	case a == b:
		return Variant
	case o.LookAlikes && allAlike(a, b):
		return LookAlike
	}
	return Different
}

// squeezed returns cells without fillers: what people leave out or put in.
func squeezed(cells string) string { return strings.ReplaceAll(cells, "<", "") }

func allAlike(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if !alike(a[i], b[i]) {
			return false
		}
	}
	return true
}

func compareDate(text, zone string, o Options) Answer {
	if printed.says(text, zone) {
		return Same
	}
	if o.LookAlikes && misread.says(text, forced(zone)) {
		return LookAlike
	}
	return Different
}

// says reports whether a text is the date that some cells are.
func (r reading) says(text, zone string) bool {
	d, ok := r.read(text)
	return ok && d.exists() && d.cells() == zone
}

// compareState compares codes, or the name of a State with that of the code.
func compareState(text, zone string, o Options) Answer {
	zone = stateCode(zone)
	code := stateCode(text)
	if code == "" || zone == "" {
		return Different
	}
	if code == zone {
		return Same
	}
	if cells, err := Transliterate(text, AnyLanguage); err == nil && Matches(mrz.StateName(zone), cells, AnyLanguage) {
		return Same
	}
	if o.LookAlikes && allAlike(code, zone) {
		return LookAlike
	}
	return Different
}

// compareSex compares cells, in which X is a filler as it may not be in the
// zone, and is there in some.
func compareSex(text, zone string) Answer {
	cell, ok := sexCell(text)
	if zone == "X" {
		zone = "<"
	}
	if ok && cell == zone {
		return Same
	}
	return Different
}
