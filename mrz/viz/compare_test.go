package viz_test

import (
	"strings"
	"testing"
	"time"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

// row is a field of the visual zone against one of the zone, and what Compare
// is to say without and with lookalikes.
type row struct {
	text, cells string
	strict      viz.Answer
	lenient     viz.Answer
}

func TestNamesCompareByTransliteration(t *testing.T) {
	compareNames(t, viz.AnyLanguage, []row{
		{"Müller, Jürgen", "MUELLER<<JUERGEN", viz.Same, viz.Same},
		{"Müller, Jürgen", "MULLER<<JUXXRGEN", viz.Variant, viz.Variant},
		{"MUELLER, JURGEN", "MULLER<<JURGEN", viz.Different, viz.Different},
		{"Núñez Åkesson, Ñuño", "NUNXXEZ<AKESSON<<NUNO", viz.Variant, viz.Variant},
		{"Щербак, Гор", "SHTERBAK<<HOR", viz.Variant, viz.Variant},
		{"O'Connor, Enya-Siobhan", "OCONNOR<<ENYA<SIOBHAN", viz.Same, viz.Same},
		{"O'Connor, Enya Siobhan", "O<CONNOR<<ENYA<SIOBHAN", viz.Different, viz.Different},
		{"Eriksson, Anna", "ERIKSSON<<ANNA<MARIA", viz.Different, viz.Different},
		{"Eriksson, Anna Maria", "ERIKSSON<<ANNA", viz.Different, viz.Different},
		{"Eriksson Anna", "ERIKSSON<<ANNA", viz.Different, viz.Different},
		{"Anna, Eriksson", "ERIKSSON<<ANNA", viz.Different, viz.Different},
		{"Satriya Sudarpa", "SATRIYA<SUDARPA", viz.Same, viz.Same},
		{", Arkfreith", "ARKFREITH", viz.Same, viz.Same},
		{"", "ARKFREITH", viz.Different, viz.Different},
		{"Ольга, Анна", "OLGA<<ANNA", viz.Same, viz.Same},
		{"Կարեն, Анна", "KAREN<<ANNA", viz.Different, viz.Different},

		{"ER1KSS0N, ANNA", "ERIKSSON<<ANNA", viz.Different, viz.LookAlike},
		{"ERLKSSON, ANNA", "ERIKSSON<<ANNA", viz.Different, viz.LookAlike},
		{"ERIKSSEN, ANNA", "ERIKSSON<<ANNA", viz.Different, viz.Different},
		{"\xff", "ERIKSSON<<ANNA", viz.Different, viz.Different},
	})
	compareNames(t, viz.Ukrainian, []row{
		{"Гор, Анна", "HOR<<ANNA", viz.Same, viz.Same},
		{"Гор, Анна", "GOR<<ANNA", viz.Different, viz.Different},
	})
}

func TestACutNameIsTheSameAsFarAsItGoes(t *testing.T) {
	compareNames(t, viz.AnyLanguage, []row{
		{"Nilavadhanananda, Chayapa Dejthamrong Krasuang", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda, Chayapa Dejthamrong Krasuang", "NILAVADHANANANDA<<CHAYAPA<DE<Q", viz.Different, viz.Different},
		{"Nilavadhanananda, Chayapa Krasuang", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Different, viz.Different},
		{"Nilavadhanananda, Chayapa Dejthamrong Krasuang Anna", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Different, viz.Different},
		{"Nilavadhanananda Long, Chayapa D K", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Different, viz.Different},
		{"N1lavadhanananda, Chayapa Dejthamrong Krasuang", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Different, viz.LookAlike},
		{"Nilavadhanananda, Chayapa 0ejthamrong Krasuang", "NILAVADHANANANDA<<CHAYAPA<DE<K", viz.Different, viz.LookAlike},
		// The cut is inside of what a letter became.
		{"Nilavadhanananda, Chayapa Dejthä Müller", "NILAVADHANANANDA<<CHAYAPADEJMU", viz.Different, viz.Different},
		{"Nilavadhanananda, Chayapadej Möller", "NILAVADHANANANDA<<CHAYAPADEJ<M", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda, Chayapadeü Mar", "NILAVADHANANANDA<<CHAYAPADEUXX", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda, Chayapadejiüa", "NILAVADHANANANDA<<CHAYAPADEJIU", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda, Chayapadejiñü", "NILAVADHANANANDA<<CHAYAPADEJIN", viz.Truncated, viz.Truncated},
		{"Nilavadhanananda, Chayapadejilü", "NILAVADHANANANDA<<CHAYAPADEJIU", viz.Different, viz.Different},
		// It fits to the last cell.
		{"Nilavadhanananda, Chayapadejil", "NILAVADHANANANDA<<CHAYAPADEJIL", viz.Same, viz.Same},
	})
}

// compareNames compares whole names with the name field of a card.
func compareNames(t *testing.T, l viz.Language, rows []row) {
	t.Helper()
	for _, c := range rows {
		d := named(t, mrz.TD1, c.cells)
		for lookAlikes, want := range map[bool]viz.Answer{false: c.strict, true: c.lenient} {
			o := viz.Options{Language: l, LookAlikes: lookAlikes}
			if got := viz.Compare(mrz.Name, c.text, d, o); got != want {
				t.Errorf("%+q and %s, lookalikes %v: got %s, want %s", c.text, c.cells, lookAlikes, got, want)
			}
		}
	}
}

func TestIdentifiersCompareAlone(t *testing.T) {
	d := named(t, mrz.TD1, "ERIKSSON<<ANNA<MARIA")
	for _, c := range []struct {
		field mrz.Field
		text  string
		want  viz.Answer
	}{
		{mrz.Primary, "Eriksson", viz.Same}, {mrz.Primary, "Anna Maria", viz.Different}, {mrz.Primary, "", viz.Different},
		{mrz.Secondary, "Anna-Maria", viz.Same}, {mrz.Secondary, "Anna", viz.Different}, {mrz.Secondary, "", viz.Different},
	} {
		if got := viz.Compare(c.field, c.text, d, viz.Options{}); got != c.want {
			t.Errorf("%s %s: got %s, want %s", c.field, c.text, got, c.want)
		}
	}
	if got := viz.Compare(mrz.Secondary, " ", named(t, mrz.TD1, "ARKFREITH"), viz.Options{}); got != viz.Same {
		t.Errorf("no secondary identifier in both: %s", got)
	}
}

func TestNumbersCompareWithAndWithoutSpaces(t *testing.T) {
	for _, c := range []struct {
		format mrz.Format
		row
	}{
		{mrz.TD3, row{"L898902C3", "L898902C3", viz.Same, viz.Same}},
		{mrz.TD3, row{" l898902c3\t", "L898902C3", viz.Same, viz.Same}},
		{mrz.TD3, row{"L898\u200b902C3", "L898902C3", viz.Same, viz.Same}},
		{mrz.TD3, row{"L 898-902", "L<898<902", viz.Same, viz.Same}},
		{mrz.TD3, row{"L 898 902 C3", "L898902C3", viz.Variant, viz.Variant}},
		{mrz.TD3, row{"L898902C", "L898<902C", viz.Variant, viz.Variant}},
		{mrz.TD3, row{"L898902C4", "L898902C3", viz.Different, viz.Different}},
		{mrz.TD3, row{"L898902C", "L898902C3", viz.Different, viz.Different}},
		{mrz.TD3, row{"", "L898902C3", viz.Different, viz.Different}},
		{mrz.TD3, row{"Л898902", "L898902C3", viz.Different, viz.Different}},
		{mrz.TD3, row{"L8989O2C3", "L898902C3", viz.Different, viz.LookAlike}},
		{mrz.TD3, row{"LB9B9Q2C3", "L898902C3", viz.Different, viz.LookAlike}},
		{mrz.TD3, row{"I898902C3", "L898902C3", viz.Different, viz.LookAlike}},
		{mrz.TD3, row{"ISZG", "1526", viz.Different, viz.LookAlike}},
		{mrz.TD3, row{"7", "1", viz.Different, viz.Different}},
		{mrz.TD3, row{"BO", "8E", viz.Different, viz.Different}},
		{mrz.MRVB, row{"L898902C36", "L898902C3", viz.Truncated, viz.Truncated}},
		{mrz.MRVA, row{"L898 902 C36", "L898902C3", viz.Truncated, viz.Truncated}},
		{mrz.MRVA, row{"L898902C36", "L898902C", viz.Different, viz.Different}},
		{mrz.TD1, row{"L898902C36", "L898902C3", viz.Different, viz.Different}},
		{mrz.TD1, row{"592-1234567-89", "592123456789", viz.Variant, viz.Variant}},
		{mrz.TD2, row{"D23145890734", "D23145890734", viz.Same, viz.Same}},
		{mrz.TD2, row{"D23145890", "D23145890734", viz.Different, viz.Different}},
	} {
		v := specimen(c.format)
		v.Number = c.cells
		if strings.Contains(c.cells, "<") {
			v.Number = strings.ReplaceAll(c.cells, "<", " ")
		}
		both(t, mrz.Number, c.row, document(t, c.format, v, viz.Options{}))
	}
}

// both compares without and with lookalikes.
func both(t *testing.T, f mrz.Field, c row, d mrz.Document) {
	t.Helper()
	for lookAlikes, want := range map[bool]viz.Answer{false: c.strict, true: c.lenient} {
		if got := viz.Compare(f, c.text, d, viz.Options{LookAlikes: lookAlikes}); got != want {
			t.Errorf("%s %+q and %s, lookalikes %v: got %s, want %s", f, c.text, c.cells, lookAlikes, got, want)
		}
	}
}

func TestDatesCompareAsDocumentsPrintThem(t *testing.T) {
	for _, c := range []row{
		{"1974-08-12", "1974-08-12", viz.Same, viz.Same},
		{"12 AUG 1974", "1974-08-12", viz.Same, viz.Same},
		{"12 aug 74", "1974-08-12", viz.Same, viz.Same},
		{"12 AUG/AOUT 74", "1974-08-12", viz.Same, viz.Same},
		{"12 Août / Aug 1974", "1974-08-12", viz.Same, viz.Same},
		{"12 AOU\u0302T 1974", "1974-08-12", viz.Same, viz.Same},
		{"12 AUG/ELO 74", "1974-08-12", viz.Same, viz.Same},
		{"12 ΑΥΓ/AUG 74", "1974-08-12", viz.Same, viz.Same},
		{"12 AUG/SEP 74", "1974-08-12", viz.Different, viz.Different},
		{"12 ELO 1974", "1974-08-12", viz.Different, viz.Different},
		{"12 ELO/SRP 1974", "1974-08-12", viz.Different, viz.Different},
		{"12.08.1974", "1974-08-12", viz.Same, viz.Same},
		{"12/08/1974", "1974-08-12", viz.Same, viz.Same},
		{"12-08-1974", "1974-08-12", viz.Same, viz.Same},
		{"12. 8. 1974", "1974-08-12", viz.Same, viz.Same},
		{"08/12/1974", "1974-08-12", viz.Different, viz.Different},
		{"1974.08.12", "1974-08-12", viz.Same, viz.Same},
		{"1874-08-12", "1974-08-12", viz.Same, viz.Same}, // the zone has no century
		{"12.08.74", "1974-08-12", viz.Different, viz.Different},
		{"74-08-12", "1974-08-12", viz.Different, viz.Different},
		{"19740812", "1974-08-12", viz.Different, viz.Different},
		{"012 AUG 1974", "1974-08-12", viz.Different, viz.Different},
		{"12 AUG 974", "1974-08-12", viz.Different, viz.Different},
		{"1 2 AUG 74 5", "1974-08-12", viz.Different, viz.Different},
		{"", "1974-08-12", viz.Different, viz.Different},
		{"XX AUG 1974", "1974-08-XX", viz.Same, viz.Same},
		{"XX.08.1974", "1974-08-XX", viz.Same, viz.Same},
		{"XX XX 1974", "1974-XX-XX", viz.Same, viz.Same},
		{"XX XXX 1974", "1974-XX-XX", viz.Same, viz.Same},
		{"XX XXX/XXX 1974", "1974-XX-XX", viz.Same, viz.Same},
		{"X X XXXX", "XXXX-XX-XX", viz.Same, viz.Same},
		{"XXXX-XX-XX", "XXXX-XX-XX", viz.Same, viz.Same},
		{"12 AUG 1974", "1974-08-XX", viz.Different, viz.Different},
		{"XX AUG 1974", "1974-08-12", viz.Different, viz.Different},
		{"29 FEB 00", "2000-02-29", viz.Same, viz.Same},
		{"29 FEB 1900", "2000-02-29", viz.Different, viz.Different},
		{"I2 AUG I974", "1974-08-12", viz.Different, viz.LookAlike},
		{"12.O8.1974", "1974-08-12", viz.Different, viz.LookAlike},
		{"12 JU1 1974", "1974-07-12", viz.Different, viz.LookAlike},
		{"12 0CT 1974", "1974-10-12", viz.Different, viz.LookAlike},
		{"13 AUG 1974", "1974-08-12", viz.Different, viz.Different},
	} {
		v := specimen(mrz.TD1)
		v.BirthDate = c.cells
		both(t, mrz.BirthDate, c, document(t, mrz.TD1, v, viz.Options{}))
		if !strings.Contains(c.cells, "X") {
			v.ExpiryDate = c.cells
			both(t, mrz.ExpiryDate, c, document(t, mrz.TD1, v, viz.Options{}))
		}
	}
}

func TestEveryMonthHasItsEnglishAndFrenchNames(t *testing.T) {
	french := strings.Fields("JANV FÉVR MARS AVR MAI JUIN JUIL AOÛT SEPT OCT NOV DÉC")
	for m := time.January; m <= time.December; m++ {
		v := specimen(mrz.TD3)
		v.BirthDate = time.Date(1974, m, 3, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		d := document(t, mrz.TD3, v, viz.Options{})
		for _, name := range []string{m.String(), m.String()[:3], french[m-1]} {
			if got := viz.Compare(mrz.BirthDate, "03 "+name+" 1974", d, viz.Options{}); got != viz.Same {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

func TestSexComparesWithXAsUnspecified(t *testing.T) {
	lines := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	for _, c := range []struct{ text, cells, want string }{
		{"F", "F", "same"}, {"m", "M", "same"}, {"X", "<", "same"}, {"<", "<", "same"}, {"", "<", "same"},
		{"X", "X", "same"}, {"F", "M", "different"}, {"F", "<", "different"}, {"X", "F", "different"}, {"K", "K", "different"},
	} {
		edited := lines[1][:20] + c.cells + lines[1][21:]
		d := parse(t, []string{lines[0], edited}).Document
		if got := viz.Compare(mrz.Sex, c.text, d, viz.Options{LookAlikes: true}); got.String() != c.want {
			t.Errorf("%q and %s: got %s, want %s", c.text, c.cells, got, c.want)
		}
	}
}

func TestStatesCompareByCodeOrName(t *testing.T) {
	for _, c := range []row{
		{"UTO", "UTO", viz.Same, viz.Same}, {"uto", "UTO", viz.Same, viz.Same}, {"Utopia", "UTO", viz.Same, viz.Same},
		{"UT0", "UTO", viz.Different, viz.LookAlike}, {"FRA", "UTO", viz.Different, viz.Different}, {"", "UTO", viz.Different, viz.Different},
		{"D", "D", viz.Same, viz.Same}, {"DEU", "D", viz.Same, viz.Same}, {"D<<", "D", viz.Same, viz.Same}, {"Germany", "D", viz.Same, viz.Same},
		{"Deutschland", "D", viz.Different, viz.Different}, {"Germany", "DNK", viz.Different, viz.Different},
		{"COTE D\u2019IVOIRE", "CIV", viz.Same, viz.Same}, {"ALAND ISLANDS", "ALA", viz.Same, viz.Same},
		{"Iran (Islamic Republic of)", "IRN", viz.Same, viz.Same}, {"GBD", "GBN", viz.Different, viz.Different},
	} {
		v := specimen(mrz.MRVA)
		v.IssuingState, v.Nationality = c.cells, c.cells
		d := document(t, mrz.MRVA, v, viz.Options{})
		both(t, mrz.IssuingState, c, d)
		both(t, mrz.Nationality, c, d)
	}
	r := parse(t, []string{"P<DEUERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36YUG7408122F1204159ZE184226B<<<<<10"})
	both(t, mrz.IssuingState, row{"D", "DEU", viz.Same, viz.Same}, r.Document)
	both(t, mrz.Nationality, row{"YUG", "YUG", viz.Same, viz.Same}, r.Document)
}

func TestCodeAndOptionalDataCompareAsPrinted(t *testing.T) {
	v := specimen(mrz.TD1)
	v.OptionalData, v.OptionalData2 = "ZE 184", "B0"
	d := document(t, mrz.TD1, v, viz.Options{})
	both(t, mrz.OptionalData, row{"ze-184", "ZE<184", viz.Same, viz.Same}, d)
	both(t, mrz.OptionalData, row{"ZE184", "ZE<184", viz.Variant, viz.Variant}, d)
	both(t, mrz.OptionalData, row{"", "ZE<184", viz.Different, viz.Different}, d)
	both(t, mrz.OptionalData2, row{"8O", "B0", viz.Different, viz.LookAlike}, d)
	both(t, mrz.DocumentCode, row{"I", "I", viz.Same, viz.Same}, d)
	both(t, mrz.DocumentCode, row{"ID", "I", viz.Different, viz.Different}, d)
	both(t, mrz.OptionalData, row{" ", "", viz.Same, viz.Same}, document(t, mrz.TD3, specimen(mrz.TD3), viz.Options{}))
}

func TestWhatCannotBeComparedIsDifferent(t *testing.T) {
	d := named(t, mrz.TD1, "ERIKSSON<<ANNA")
	for f := mrz.NoField; f <= mrz.Name+1; f++ {
		if got := viz.Compare(f, "", mrz.Document{}, viz.Options{LookAlikes: true}); got != viz.Different {
			t.Errorf("%s of no document: %s", f, got)
		}
	}
	for _, f := range []mrz.Field{mrz.NoField, mrz.Composite, 99} {
		if got := viz.Compare(f, "UTO", d, viz.Options{}); got != viz.Different {
			t.Errorf("field %d: %s", f, got)
		}
	}
	var zero viz.Answer
	if zero != viz.Different || zero.String() != "different" {
		t.Error("the zero answer is not the safe one")
	}
	empty := parse(t, []string{"P<<<<ERIKSSON" + strings.Repeat("<", 31), strings.Repeat("<", 44)}).Document
	for _, f := range []mrz.Field{mrz.Number, mrz.IssuingState, mrz.Nationality, mrz.BirthDate} {
		if got := viz.Compare(f, "", empty, viz.Options{LookAlikes: true}); got != viz.Different {
			t.Errorf("%s that is empty in both: %s", f, got)
		}
	}
	unread := parse(t, []string{"P<UTO" + strings.Repeat("<", 39), "*********6UTO7408122F1204159<<<<<<<<<<<<<<00"}).Document
	for _, f := range []mrz.Field{mrz.Primary, mrz.Secondary, mrz.Name, mrz.Number} {
		if got := viz.Compare(f, "", unread, viz.Options{}); got != viz.Different {
			t.Errorf("%s that was not read: %s", f, got)
		}
	}
}

// A name of letters that all have three forms is compared as fast as any.
func TestManyFormsDoNotMakeAComparisonSlow(t *testing.T) {
	text := strings.Repeat("Ü", 20000)
	cells := strings.Repeat("UXX", 10000)
	done := make(chan bool, 1)
	go func() { done <- viz.Matches(text, cells[:39], viz.AnyLanguage) }()
	select {
	case got := <-done:
		if got {
			t.Error("39 cells match 20000 letters")
		}
	case <-time.After(20 * time.Second):
		t.Fatal("still comparing after 20 s")
	}
}
