package viz_test

import (
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

// FuzzTransliterate holds what comes out to the cells of a name, and to match
// the text that it came from.
func FuzzTransliterate(f *testing.F) {
	for _, row := range readTable(f, "testdata/words.tbl") {
		f.Add(unescape(f, row[0]), uint8(0))
		f.Add(unescape(f, row[0]), uint8(5))
	}
	f.Fuzz(func(t *testing.T, text string, language uint8) {
		l := viz.Language(language)
		cells, err := viz.Transliterate(text, l)
		if err != nil {
			if cells != "" {
				t.Fatal("a text that is refused has cells")
			}
			return
		}
		if strings.Trim(cells, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") != "" {
			t.Fatalf("%q", cells)
		}
		if strings.HasPrefix(cells, "<") || strings.HasSuffix(cells, "<") || strings.Contains(cells, "<<") {
			t.Fatalf("fillers that part nothing: %q", cells)
		}
		if cells != "" && len(cells) < 500 && !viz.Matches(text, cells, l) {
			t.Fatalf("%q does not match", cells)
		}
		if again, err := viz.Transliterate(strings.ReplaceAll(cells, "<", " "), l); err != nil || again != cells {
			t.Fatalf("%q becomes %q, %v", cells, again, err)
		}
	})
}

// FuzzCompareName holds the encoder and Compare to each other: a name that can
// be encoded makes a valid zone, in which it is the same name.
func FuzzCompareName(f *testing.F) {
	for i, row := range readTable(f, "testdata/names.tbl") {
		primary, secondary, _ := strings.Cut(row[2], ", ")
		f.Add(primary, secondary, "ERIKSSON, ANNA", uint8(i))
	}
	for i, row := range readTable(f, "testdata/words.tbl") {
		f.Add(unescape(f, row[0]), "Anna", unescape(f, row[0]), uint8(i))
	}
	f.Fuzz(func(t *testing.T, primary, secondary, other string, choice uint8) {
		o := viz.Options{
			Language: languages[int(choice)%len(languages)], Truncation: truncations[int(choice/8)%len(truncations)],
			LookAlikes: choice&1 != 0,
		}
		format := formats[int(choice/16)%len(formats)]
		v := specimen(format)
		v.Primary, v.Secondary = primary, secondary
		lines, err := viz.Compose(format, v, o)
		if err != nil {
			return
		}
		r := parse(t, lines)
		if !r.Valid() {
			t.Fatalf("%q: %v", lines, r.Findings())
		}
		least := viz.Same
		if r.Document.NameTruncated {
			least = viz.Truncated
		}
		if !strings.ContainsAny(primary, ",\u060c\uff0c") {
			if got := viz.Compare(mrz.Name, primary+","+secondary, r.Document, o); got < least {
				t.Fatalf("%q is %s", lines, got)
			}
		}
		for _, field := range []mrz.Field{mrz.Name, mrz.Primary, mrz.Secondary, mrz.BirthDate, mrz.Number, mrz.Nationality} {
			strict := o
			strict.LookAlikes = false
			if got := viz.Compare(field, other, r.Document, strict); got == viz.LookAlike {
				t.Fatalf("%s: a lookalike that was not asked for", field)
			} else if o.LookAlikes && viz.Compare(field, other, r.Document, o) < got {
				t.Fatalf("%s: worse with lookalikes", field)
			}
		}
	})
}
