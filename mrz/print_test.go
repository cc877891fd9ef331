package mrz_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"portcullis/mrz"
)

var specimen = []string{
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
}

func parse(t testing.TB, lines []string) mrz.Result {
	t.Helper()
	r, err := mrz.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// hidden is a struct such as other packages have: fmt cannot call the methods
// of what its fields hold.
type hidden struct {
	result mrz.Result
	doc    mrz.Document
	text   mrz.Text
	date   mrz.Date
}

// shown prints values in every way that a stray log line may.
func shown(values ...any) string {
	var out bytes.Buffer
	text, jsonl := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%t", "%p"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		text.Info("read", "value", v, slog.Group("in", "group", v))
		jsonl.Info("read", "value", v, slog.Group("in", "group", v))
		encoded, _ := json.Marshal(v)
		out.Write(encoded)
	}
	return out.String()
}

// printsNothing fails if a printed form of a result shows a field.
func printsNothing(t *testing.T, r mrz.Result) {
	t.Helper()
	out := shown(r, &r, r.Document, []mrz.Document{r.Document}, r.Findings(), r.Checks())
	if n := len(r.Document.Number.Value()); n > 6 && strings.Contains(out, r.Document.Number.Value()) {
		t.Fatal("the document number is printed")
	}
}

func TestNothingOfADocumentIsPrinted(t *testing.T) {
	r := parse(t, specimen)
	d := r.Document
	h := hidden{r, d, d.Number, d.BirthDate}
	out := shown(r, &r, d, &d, h, &h, d.Number, d.Primary, &d.Secondary, d.BirthDate, &d.ExpiryDate, d.Sex,
		map[string]any{"doc": d, "name": d.Primary}, []mrz.Text{d.Number})
	fields := mrz.Fields{Number: "L898902C3", Primary: "ERIKSSON"}
	out += fmt.Sprintf("%v %+v %#v %s %q %x", fields, fields, fields, fields, fields, fields)
	holdsNoSecret(t, out)
	if !strings.Contains(out, "P UTO") {
		t.Error("a document does not print as P UTO")
	}
}

// holdsNoSecret fails where something of the specimen is printed, be it as it
// is, in hexadecimal, or as bytes.
func holdsNoSecret(t *testing.T, out string) {
	t.Helper()
	for _, secret := range []string{"L898902C3", "898902", "ERIKSSON", "ANNA", "MARIA", "740812", "120415", "ZE184226B"} {
		if strings.Contains(out, secret) {
			t.Errorf("printed: %s", secret)
		}
		for _, verb := range []string{"%x", "%X", "%v", "%d"} {
			if coded := strings.Trim(fmt.Sprintf(verb, []byte(secret)), "[]"); strings.Contains(out, coded) {
				t.Errorf("printed with %s: %s", verb, secret)
			}
		}
	}
}

// What is about a document, without being one, holds nothing of it to print.
func TestWhatIsAboutADocumentPrintsNothingOfIt(t *testing.T) {
	r := parse(t, edit(edit(specimen, 2, 20, "7"), 1, 3, "QQQ"))
	shape, err := mrz.ShapeOf(specimen)
	if err != nil {
		t.Fatal(err)
	}
	entries := []mrz.DeviationEntry{{IssuingState: "QQQ", Code: "P", Field: mrz.BirthDate}}
	if r.Excuse(entries) != 1 {
		t.Fatal("not excused")
	}
	c := mrz.Century{Today: today}
	holder := struct {
		shape   mrz.Shape
		checks  []mrz.Check
		found   []mrz.Finding
		century mrz.Century
		entries []mrz.DeviationEntry
	}{shape, r.Checks(), r.FindingsOn(c), c, entries}
	holdsNoSecret(t, shown(holder, &holder, shape, &shape, r.Checks(), r.Checks()[0], r.FindingsOn(c), c, entries, entries[0],
		r.Evidence(mrz.Number), mrz.Number, r.Document.Format, mrz.ErrShape))
	if f := r.Findings()[1]; f.Expected == 0 || strings.Contains(fmt.Sprint(f), string(f.Expected)+" ") {
		t.Error("a finding prints the digit that it expects")
	}
}

func TestEveryPrintOfADocumentIsTheSame(t *testing.T) {
	r := parse(t, specimen)
	for _, v := range []any{r, r.Document} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			if got := fmt.Sprintf(verb, v); got != "P UTO" {
				t.Errorf("%T as %s: got %s", v, verb, got)
			}
		}
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("read", "it", v)
		if !strings.Contains(out.String(), `"it":"P UTO"`) {
			t.Errorf("%T in a log: got %s", v, &out)
		}
	}
}

func TestATextPrintsAsItsLength(t *testing.T) {
	d, long := parse(t, specimen).Document, parse(t, specimens[2]).Document
	for _, c := range []struct {
		value fmt.Formatter
		want  string
	}{
		{d.Number, "[9 cells]"}, {d.Sex, "[1 cells]"}, {d.BirthDate, "[date]"}, {mrz.Text{}, "[0 cells]"}, {mrz.Fields{Number: "1"}, "[fields]"},
		{long.Number, "[12 cells]"}, // the digit and the filler of a long number are none of its cells
	} {
		for _, verb := range []string{"%v", "%s", "%#v", "%d"} {
			if got := fmt.Sprintf(verb, c.value); got != c.want {
				t.Errorf("%T as %s: got %s, want %s", c.value, verb, got, c.want)
			}
		}
		if got := fmt.Sprint(c.value.(slog.LogValuer).LogValue()); got != c.want {
			t.Errorf("%T in a log: got %s, want %s", c.value, got, c.want)
		}
	}
}

func TestADocumentPrintsAsCodeAndState(t *testing.T) {
	swapped := []string{specimen[1], specimen[0]}
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{specimen, "P UTO"},
		{swapped, "? ?"},
		{edit(specimen, 1, 1, "PP"), "PP UTO"},
		{edit(specimen, 1, 1, "P7DEU"), "? ?"},
		{edit(specimen, 1, 1, "ID"), "ID UTO"},
		{edit(specimen, 1, 3, "D<<"), "P D"},
		{edit(specimen, 1, 3, "u*\n"), "P ?"},
	} {
		r := parse(t, c.lines)
		if got := r.Document.String(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := (mrz.Document{}).String(); got != "? ?" {
		t.Errorf("the zero document: got %q", got)
	}
}

func TestTextsOfTheSameCellsAreEqual(t *testing.T) {
	a, b := parse(t, specimen).Document, parse(t, edit(specimen, 2, 1, string([]byte("L898902C3")))).Document
	if !a.Number.Equal(b.Number) || !a.BirthDate.Equal(b.BirthDate) {
		t.Error("the same cells of two zones differ")
	}
	c := parse(t, edit(specimen, 2, 1, "L898902C4")).Document
	if a.Number.Equal(c.Number) || a.BirthDate.Equal(c.ExpiryDate) {
		t.Error("different cells are equal")
	}
}

// edit returns a zone with some cells written over.
func edit(lines []string, line, column int, cells string) []string {
	edited := append([]string(nil), lines...)
	s := edited[line-1]
	edited[line-1] = s[:column-1] + cells + s[column-1+len(cells):]
	return edited
}
