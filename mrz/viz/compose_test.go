package viz_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

func TestAZoneIsComposedOfTheVisualZone(t *testing.T) {
	for _, c := range []struct {
		format mrz.Format
		change func(*viz.Fields)
		want   []string
	}{
		{mrz.TD3, func(v *viz.Fields) { v.OptionalData = "ZE 184-226 B" }, []string{
			"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
			"L898902C36UTO7408122F3204153ZE<184<226<B<<30",
		}},
		{mrz.TD1, func(v *viz.Fields) { v.IssuingState, v.Nationality, v.Sex = "DEU", "d", "x" }, []string{
			"I<D<<L898902C36<<<<<<<<<<<<<<<",
			"7408122<3204153D<<<<<<<<<<<<<4",
			"ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
		}},
		{mrz.TD2, func(v *viz.Fields) { v.Number, v.Primary, v.BirthDate = "D231458907 34", "Öz-Yıldız", "1974-XX-XX" }, nil},
		{mrz.TD1, func(v *viz.Fields) { v.Number, v.BirthDate = "D23145890734", "XXXX-XX-XX" }, []string{
			"I<UTOD23145890<7349<<<<<<<<<<<",
			"<<<<<<0F3204153UTO<<<<<<<<<<<2",
			"ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
		}},
	} {
		v := specimen(c.format)
		c.change(&v)
		lines, err := viz.Compose(c.format, v, viz.Options{})
		if c.want == nil {
			if err == nil {
				t.Errorf("%s: composed: %q", c.format, lines)
			}
			continue
		}
		if err != nil || !slices.Equal(lines, c.want) {
			t.Errorf("%s: got %q, %v\nwant %q", c.format, lines, err, c.want)
		}
	}
}

func TestComposeRefusesWhatNoValidZoneCanSay(t *testing.T) {
	for _, c := range []struct {
		format mrz.Format
		change func(*viz.Fields)
		field  mrz.Field
		want   string
	}{
		{mrz.TD3, func(v *viz.Fields) { v.Code = "" }, mrz.DocumentCode, "viz: compose TD3: code: the document code is none that Doc 9303 has for this layout"},
		{mrz.TD3, func(v *viz.Fields) { v.Code = "PPP" }, mrz.DocumentCode, "viz: compose TD3: code: does not fit into 2 cells"},
		{mrz.TD3, func(v *viz.Fields) { v.Code = "V" }, mrz.DocumentCode, "viz: compose TD3: code: belongs to another layout"},
		{mrz.MRVA, func(v *viz.Fields) { v.Code = "P" }, mrz.DocumentCode, "viz: compose MRVA: code: belongs to another layout"},
		{mrz.TD1, func(v *viz.Fields) { v.Code = "AI" }, mrz.DocumentCode, "viz: compose TD1: code: the document code is none that Doc 9303 has for this layout"},
		{mrz.TD3, func(v *viz.Fields) { v.Code = "PN" }, mrz.DocumentCode, "viz: compose TD3: code: the document code is none that Doc 9303 has for this layout"},
		{mrz.TD3, func(v *viz.Fields) { v.IssuingState = "YUG" }, mrz.IssuingState, "viz: compose TD3: issuing state: is no code that Doc 9303-3 §5 lists"},
		{mrz.TD3, func(v *viz.Fields) { v.Nationality = "" }, mrz.Nationality, "viz: compose TD3: nationality: is no code that Doc 9303-3 §5 lists"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = "L898902C36" }, mrz.Number, "viz: compose TD3: number: does not fit into 9 cells"},
		{mrz.MRVB, func(v *viz.Fields) { v.Number = "L898902C36" }, mrz.Number, "viz: compose MRVB: number: does not fit into 9 cells"},
		{mrz.TD1, func(v *viz.Fields) { v.Number = strings.Repeat("A", 23) }, mrz.Number, "viz: compose TD1: number: does not fit into 22 cells"},
		{mrz.TD2, func(v *viz.Fields) { v.Number, v.OptionalData = "AAAAAAAAAA", "BBBBB" }, mrz.Number, "viz: compose TD2: number: does not fit into 9 cells"},
		{mrz.TD1, func(v *viz.Fields) { v.Number = "D23145890 34" }, mrz.Number, "viz: compose TD1: number: is a long one, and holds after its ninth a character that the zone has no sign for"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = "" }, mrz.Number, "viz: compose TD3: number: is empty"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = " - " }, mrz.Number, "viz: compose TD3: number: is empty"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = "/L898" }, mrz.Number, "viz: compose TD3: number: the document number begins with a filler"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = "Л898902" }, mrz.Number, "viz: compose TD3: number: holds a letter or digit outside A-Z and 0-9"},
		{mrz.TD3, func(v *viz.Fields) { v.Number = "L\x00898" }, mrz.Number, "viz: compose TD3: number: holds a character that is no text"},
		{mrz.TD3, func(v *viz.Fields) { v.Primary = "ERIKSSON 2" }, mrz.Primary, "viz: compose TD3: primary: holds a digit"},
		{mrz.TD3, func(v *viz.Fields) { v.Primary, v.Secondary = "", "" }, mrz.Name, "viz: compose TD3: name: is empty"},
		{mrz.TD3, func(v *viz.Fields) { v.BirthDate = "12 AUG 1974" }, mrz.BirthDate, "viz: compose TD3: birth date: is no date written as YYYY-MM-DD"},
		{mrz.TD3, func(v *viz.Fields) { v.BirthDate = "197X-08-12" }, mrz.BirthDate, "viz: compose TD3: birth date: is no date written as YYYY-MM-DD"},
		{mrz.TD3, func(v *viz.Fields) { v.BirthDate = "1900-02-29" }, mrz.BirthDate, "viz: compose TD3: birth date: is on no calendar"},
		{mrz.TD3, func(v *viz.Fields) { v.BirthDate = "1974-13-XX" }, mrz.BirthDate, "viz: compose TD3: birth date: is on no calendar"},
		{mrz.TD3, func(v *viz.Fields) { v.ExpiryDate = "2032-04-XX" }, mrz.ExpiryDate, "viz: compose TD3: expiry date: is unknown in whole or in part"},
		{mrz.TD3, func(v *viz.Fields) { v.ExpiryDate = "2032-04-31" }, mrz.ExpiryDate, "viz: compose TD3: expiry date: is on no calendar"},
		{mrz.TD3, func(v *viz.Fields) { v.ExpiryDate = "" }, mrz.ExpiryDate, "viz: compose TD3: expiry date: is no date written as YYYY-MM-DD"},
		{mrz.TD3, func(v *viz.Fields) { v.Sex = "K" }, mrz.Sex, "viz: compose TD3: sex: is none of F, M and X"},
		{mrz.MRVB, func(v *viz.Fields) { v.OptionalData = "123456789" }, mrz.OptionalData, "viz: compose MRVB: optional data: does not fit into 8 cells"},
		{mrz.TD2, func(v *viz.Fields) { v.OptionalData2 = "1" }, mrz.OptionalData2, "viz: compose TD2: optional data 2: does not fit into 0 cells"},
	} {
		v := specimen(c.format)
		c.change(&v)
		lines, err := viz.Compose(c.format, v, viz.Options{})
		var named *viz.Error
		if lines != nil || !errors.As(err, &named) || named.Field != c.field || err.Error() != c.want {
			t.Errorf("got %v\nwant %s", err, c.want)
		}
	}
	if _, err := viz.Compose(mrz.None, specimen(mrz.TD3), viz.Options{}); err == nil {
		t.Error("composed for no layout")
	}
}

func TestWhatIsComposedIsValidAndComparesAsTheSame(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9303))
	for range 1500 {
		for _, f := range formats {
			o := viz.Options{Language: languages[random.IntN(len(languages))], Truncation: truncations[random.IntN(len(truncations))]}
			v := someFields(random, f)
			lines, err := viz.Compose(f, v, o)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			r := parse(t, lines)
			if !r.Valid() || r.Document.Format != f {
				t.Fatalf("%s: %q\n%v", f, lines, r.Findings())
			}
			comparesAsTheSame(t, v, r.Document, o)
		}
	}
}

// comparesAsTheSame compares each field with what was composed of it. In a
// name that may be cut, what was left out may be missing.
func comparesAsTheSame(t *testing.T, v viz.Fields, d mrz.Document, o viz.Options) {
	t.Helper()
	least := viz.Same
	if d.NameTruncated {
		least = viz.Truncated
	}
	for _, c := range []struct {
		field mrz.Field
		text  string
		least viz.Answer
	}{
		{mrz.DocumentCode, v.Code, viz.Same}, {mrz.IssuingState, v.IssuingState, viz.Same}, {mrz.Number, v.Number, viz.Same},
		{mrz.Primary, v.Primary, least}, {mrz.Secondary, v.Secondary, least}, {mrz.Name, v.Primary + ", " + v.Secondary, least},
		{mrz.Nationality, v.Nationality, viz.Same}, {mrz.BirthDate, v.BirthDate, viz.Same}, {mrz.Sex, v.Sex, viz.Same},
		{mrz.ExpiryDate, v.ExpiryDate, viz.Same}, {mrz.OptionalData, v.OptionalData, viz.Same}, {mrz.OptionalData2, v.OptionalData2, viz.Same},
	} {
		for _, lookAlikes := range []bool{false, true} {
			o.LookAlikes = lookAlikes
			if got := viz.Compare(c.field, c.text, d, o); got < c.least {
				t.Fatalf("%s %s: %q is %s", d.Format, c.field, c.text, got)
			}
		}
	}
}

// someFields makes up a document that the layout has room for.
func someFields(random *rand.Rand, f mrz.Format) viz.Fields {
	oneOf := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	v := viz.Fields{
		IssuingState: oneOf("UTO", "D", "DEU", "FRA", "xxa"), Nationality: oneOf("UTO", "DEU", "XXB", "GBD"),
		Number: someCode(random, 1, 9), Primary: someName(random, 1), Secondary: someName(random, 0),
		BirthDate: oneOf("1974-08-12", "2000-02-29", "XXXX-XX-XX", "1974-08-XX", "1974-XX-XX", "XXXX-02-29"),
		Sex:       oneOf("F", "M", "X", ""), ExpiryDate: oneOf("2030-12-31", "2028-02-29"),
	}
	switch f {
	case mrz.TD1:
		v.Code, v.OptionalData2 = oneOf("I", "ID", "AC", "C"), someCode(random, 0, 11)
		v.Number, v.OptionalData = oneOf(someCode(random, 1, 9), someLetters(random, 10+random.IntN(11))), oneOf(someCode(random, 0, 2), "/7")
	case mrz.TD2:
		v.Code, v.OptionalData = oneOf("I", "PU", "A"), someCode(random, 0, 1)
		v.Number = oneOf(someCode(random, 1, 9), someLetters(random, 10+random.IntN(4)))
	case mrz.TD3:
		v.Code, v.OptionalData = oneOf("P", "PP", "PD"), oneOf(someCode(random, 0, 14), "/7 / 8")
	case mrz.MRVA:
		v.Code, v.OptionalData = oneOf("V", "VB"), someCode(random, 0, 16)
	case mrz.MRVB:
		v.Code, v.OptionalData = oneOf("V", "VB"), someCode(random, 0, 8)
	}
	return v
}

// someCode makes up letters and digits, with a space or a hyphen inside.
func someCode(random *rand.Rand, least, most int) string {
	const first, later = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -/"
	code := make([]byte, least+random.IntN(most-least+1))
	for i := range code {
		code[i] = later[random.IntN(len(later))]
		if i == 0 || i == len(code)-1 {
			code[i] = first[random.IntN(len(first))]
		}
	}
	return string(code)
}

// someName makes up words in one of the scripts, at least so many.
func someName(random *rand.Rand, least int) string {
	scripts := []string{
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcäöüåñßøþæœéèçğışđłžŻő'",
		"АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЭЮЯабвгдежзЁЄІЇЈЉЊЌЎЏҐ\u02bc",
		"\u0627\u0628\u062a\u062b\u062c\u062d\u062e\u062f\u0630\u0631\u0632\u0633\u0634\u0629\u0651\u064e\u0640\u0645\u06af\u06cc",
	}
	letters := []rune(scripts[random.IntN(len(scripts))])
	var words []string
	for range least + random.IntN(4) {
		word := []rune{letters[1]}
		for range random.IntN(10) {
			word = append(word, letters[random.IntN(len(letters))])
		}
		words = append(words, string(word))
	}
	return strings.Join(words, []string{" ", "-"}[random.IntN(2)])
}
