package viz_test

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

var formats = []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3, mrz.MRVA, mrz.MRVB}

var languages = []viz.Language{viz.AnyLanguage, viz.Belarusian, viz.Bulgarian, viz.Macedonian, viz.Serbian, viz.Ukrainian}

var truncations = []viz.Truncation{viz.Initials, viz.CutComponents, viz.FixedLength}

// readTable reads the rows of a table, split into columns.
func readTable(t testing.TB, file string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n\n")
	for line := range strings.SplitSeq(strings.TrimRight(table, "\n"), "\n") {
		rows = append(rows, strings.Split(line, " | "))
	}
	return rows
}

// codePoint reads a code point in hexadecimal.
func codePoint(t testing.TB, hex string) rune {
	t.Helper()
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return rune(n)
}

// unescape replaces \uNNNN by the code point.
func unescape(t testing.TB, text string) string {
	for {
		before, after, ok := strings.Cut(text, `\u`)
		if !ok {
			return text
		}
		text = before + string(codePoint(t, after[:4])) + after[4:]
	}
}

func languageOf(t testing.TB, name string) viz.Language {
	t.Helper()
	for _, l := range languages {
		if l.String() == name {
			return l
		}
	}
	t.Fatalf("no language %q", name)
	return 0
}

// specimen is a document of Utopia for each layout.
func specimen(f mrz.Format) viz.Fields {
	code := map[mrz.Format]string{mrz.TD1: "I", mrz.TD2: "I", mrz.TD3: "P", mrz.MRVA: "V", mrz.MRVB: "V"}[f]
	return viz.Fields{
		Code: code, IssuingState: "UTO", Number: "L898902C3", Primary: "Eriksson", Secondary: "Anna Maria",
		Nationality: "UTO", BirthDate: "1974-08-12", Sex: "F", ExpiryDate: "2032-04-15",
	}
}

// document composes and parses.
func document(t testing.TB, f mrz.Format, v viz.Fields, o viz.Options) mrz.Document {
	t.Helper()
	lines, err := viz.Compose(f, v, o)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, lines).Document
}

func parse(t testing.TB, lines []string) mrz.Result {
	t.Helper()
	r, err := mrz.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// named returns a document of a layout with some cells in its name field.
func named(t testing.TB, f mrz.Format, cells string) mrz.Document {
	t.Helper()
	primary, secondary, _ := strings.Cut(strings.TrimRight(cells, "<"), "<<")
	lines, err := mrz.Compose(f, mrz.Fields{
		Code: specimen(f).Code, IssuingState: "UTO", Number: "L898902C3", Primary: primary, Secondary: secondary,
		Nationality: "UTO", BirthDate: "740812", Sex: "F", ExpiryDate: "320415",
	})
	if err != nil {
		t.Fatal(err)
	}
	r := parse(t, lines)
	if !r.Valid() || r.Document.Format != f {
		t.Fatalf("%s: the name makes no valid zone: %v", f, r.Findings())
	}
	return r.Document
}
