package mrz_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"portcullis/mrz"
)

var formats = []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVA, mrz.MRVB}

func TestWhatIsComposedIsRead(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 9303))
	for range 5000 {
		for _, f := range formats {
			want := someFields(random, f)
			lines, err := mrz.Compose(f, want)
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			r := parse(t, lines)
			if !r.Valid() {
				t.Fatalf("%s: %q\n%v", f, lines, r.Findings())
			}
			d := r.Document
			got := mrz.Fields{
				Code: d.Code.Value(), IssuingState: d.IssuingState.Value(), Number: d.Number.Value(),
				Primary: d.Primary.Value(), Secondary: d.Secondary.Value(), Nationality: d.Nationality.Value(),
				BirthDate: d.BirthDate.Printed(), Sex: d.Sex.Value(), ExpiryDate: d.ExpiryDate.Printed(),
				OptionalData: d.OptionalData.Value(), OptionalData2: d.OptionalData2.Value(),
			}
			if d.Format != f || got != want {
				t.Fatalf("%s: %q: a field differs", f, lines)
			}
		}
	}
}

// someFields makes up a document that the layout has room for.
func someFields(random *rand.Rand, f mrz.Format) mrz.Fields {
	some := func(from string, least, most int) string {
		cells := make([]byte, least+random.IntN(most-least+1))
		for i := range cells {
			cells[i] = from[random.IntN(len(from))]
		}
		return string(cells)
	}
	oneOf := func(choices ...string) string { return choices[random.IntN(len(choices))] }
	letters := alphabet[10:]
	v := mrz.Fields{
		IssuingState: oneOf("UTO", "D", "XXA", "FRA"), Nationality: oneOf("UTO", "D", "XXB", "GBD"),
		Number: some(alphabet, 1, 9), Primary: some(letters, 1, 6), Sex: oneOf("F", "M", ""),
		Secondary: oneOf("", some(letters, 1, 10), some(letters, 1, 5)+" "+some(letters, 1, 5)),
		BirthDate: oneOf("740812", "000229", "<<<<<<", "7408<<", "991231"), ExpiryDate: oneOf("301231", "280229"),
	}
	switch f {
	case mrz.TD1:
		v.Code, v.OptionalData2 = oneOf("I", "ID", "AC", "C"), some(alphabet, 0, 11)
		v.Number, v.OptionalData = some(alphabet, 1, 20), some(alphabet, 0, 1)
	case mrz.TD2:
		v.Code, v.Number, v.OptionalData = oneOf("I", "PU", "A"), some(alphabet, 1, 13), some(alphabet, 0, 1)
	case mrz.TD3:
		v.Code, v.OptionalData = oneOf("P", "PP", "PD"), some(alphabet, 0, 14)
	case mrz.MRVA:
		v.Code, v.OptionalData = oneOf("V", "VB"), some(alphabet, 0, 16)
	case mrz.MRVB:
		v.Code, v.OptionalData = oneOf("V", "VB"), some(alphabet, 0, 8)
	}
	return v
}

func TestComposeRefusesWhatDoesNotFitAndSaysNoValue(t *testing.T) {
	for _, c := range []struct {
		format mrz.Format
		fields mrz.Fields
		want   string
	}{
		{mrz.TD3, mrz.Fields{Number: "L898902C36"}, "mrz: compose TD3: document number: does not fit into 9 cells"},
		{mrz.MRVA, mrz.Fields{Number: "L898902C36"}, "mrz: compose MRVA: document number: does not fit into 9 cells"},
		{mrz.TD1, mrz.Fields{Number: strings.Repeat("A", 24)}, "mrz: compose TD1: document number: does not fit beside the optional data into 15 cells"},
		{mrz.TD2, mrz.Fields{Number: "AAAAAAAAAA", OptionalData: "BBBBB"}, "mrz: compose TD2: document number: does not fit beside the optional data into 7 cells"},
		{mrz.TD1, mrz.Fields{Number: "AAAAAAAAA-A"}, "mrz: compose TD1: document number: holds a character outside A-Z, 0-9 and <"},
		{mrz.TD1, mrz.Fields{Primary: strings.Repeat("E", 31)}, "mrz: compose TD1: name: does not fit into 30 cells"},
		{mrz.TD3, mrz.Fields{Primary: "O'CONNOR"}, "mrz: compose TD3: name: holds a character outside A-Z, 0-9 and <"},
		{mrz.TD3, mrz.Fields{OptionalData2: "X"}, "mrz: compose TD3: second optional data: does not fit into 0 cells"},
		{mrz.TD3, mrz.Fields{BirthDate: "19740812"}, "mrz: compose TD3: date of birth: does not fit into 6 cells"},
		{mrz.TD3, mrz.Fields{Code: "PPP", Sex: "FF"}, "mrz: compose TD3: document code: does not fit into 2 cells"}, // the first of two
		{mrz.IDFRA, mrz.Fields{}, "mrz: compose: there is no layout of that number"},
		{mrz.None, mrz.Fields{}, "mrz: compose: there is no layout of that number"},
		{99, mrz.Fields{}, "mrz: compose: there is no layout of that number"},
	} {
		lines, err := mrz.Compose(c.format, c.fields)
		if err == nil || err.Error() != c.want || lines != nil {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestFullFieldsCompose(t *testing.T) {
	for _, c := range []struct {
		format mrz.Format
		number string
	}{{mrz.TD1, strings.Repeat("A", 22)}, {mrz.TD2, strings.Repeat("A", 14)}} {
		lines, err := mrz.Compose(c.format, mrz.Fields{Code: "I", IssuingState: "UTO", Nationality: "UTO", Number: c.number,
			Primary: "ERIKSSON", BirthDate: "740812", Sex: "F", ExpiryDate: "301231"})
		if err != nil {
			t.Fatal(err)
		}
		r := parse(t, lines)
		if !r.Valid() || r.Document.Number.Value() != c.number {
			t.Errorf("%s: a number of %d: %v", c.format, len(c.number), r.Findings())
		}
	}
}
