package viz_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"portcullis/mrz/viz"
)

func TestLatinLettersBecomeWhatTheTableSays(t *testing.T) {
	rows := readTable(t, "testdata/latin.tbl")
	if len(rows) != 95 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		for _, l := range languages {
			becomes(t, codePoint(t, row[0]), l, false, strings.Fields(row[1])...)
			becomes(t, codePoint(t, row[0]), l, true, strings.Fields(row[1])...)
		}
	}
}

func TestCyrillicLettersBecomeWhatTheTableSaysInEachLanguage(t *testing.T) {
	rows := readTable(t, "testdata/cyrillic.tbl")
	if len(rows) != 48 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		who, except, _ := strings.Cut(row[2], ": ")
		in := strings.Fields(who)
		onlyFirst := slices.Contains(in, "first")
		for _, l := range languages {
			for _, first := range []bool{true, false} {
				want := []string{row[1]}
				switch applies := except != "" && (first || !onlyFirst); {
				case applies && l == viz.AnyLanguage:
					want = append(want, except)
				case applies && slices.Contains(in, l.String()):
					want = []string{except}
				}
				becomes(t, codePoint(t, row[0]), l, first, want...)
			}
		}
	}
}

func TestArabicLettersBecomeWhatTheTableSays(t *testing.T) {
	rows := readTable(t, "testdata/arabic.tbl")
	if len(rows) != 80 {
		t.Fatalf("%d rows", len(rows))
	}
	for _, row := range rows {
		r := codePoint(t, row[0])
		switch row[1] {
		case "-":
			becomes(t, r, viz.AnyLanguage, false, "")
		case "double":
			becomes(t, r, viz.AnyLanguage, false, "Q")
		case "XTA XAH":
			becomes(t, r, viz.AnyLanguage, false, "XTA", "XAH")
		default:
			becomes(t, r, viz.AnyLanguage, false, row[1])
			becomes(t, r, viz.AnyLanguage, true, row[1])
		}
	}
}

// becomes checks the forms of a letter, the preferred one first, at the front
// of a word or after a Q, and before another Q. It has no form but those.
func becomes(t *testing.T, r rune, l viz.Language, first bool, forms ...string) {
	t.Helper()
	before := "Q"
	if first {
		before = ""
	}
	word := before + string(r) + "Q"
	got, err := viz.Transliterate(word, l)
	if want := before + forms[0] + "Q"; err != nil || got != want {
		t.Errorf("%U in %s: got %s, %v, want %s", r, l, got, err, want)
	}
	for _, form := range forms {
		if !viz.Matches(word, before+form+"Q", l) {
			t.Errorf("%U in %s: %s is no form of it", r, l, form)
		}
	}
	for _, form := range allForms {
		if !slices.Contains(forms, form) && viz.Matches(word, before+form+"Q", l) {
			t.Errorf("%U in %s: %s is a form of it", r, l, form)
		}
	}
	if lower := unicode.ToLower(r); lower != r {
		if got, _ := viz.Transliterate(before+string(lower)+"Q", l); got != before+forms[0]+"Q" && r != 'İ' {
			t.Errorf("%U: its small letter gives %s", r, got)
		}
	}
}

// allForms are forms of some row each.
var allForms = strings.Fields("A AE AA B C CH D DJ DZ E G GJ H I IE IO IU IA J K KH KJ N NXX O OE S SH SHCH SHT SS T TH TS " +
	"U UE UXX Y YA YE YI YU Z ZH XE XAH XTA XTH X")

func TestOtherLettersAreRefused(t *testing.T) {
	listed := map[rune]bool{}
	for _, file := range []string{"latin", "cyrillic", "arabic"} {
		for _, row := range readTable(t, "testdata/"+file+".tbl") {
			listed[codePoint(t, row[0])] = true
		}
	}
	for _, r := range "ЬЋЃȘȚ" { // beyond the tables, by default
		listed[r] = true
	}
	for r := rune(0x80); r < 0x20000; r++ {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) || strings.ContainsRune("ʹʺʻʼʽʾʿˈꞋꞌß", r) {
			continue
		}
		got, err := viz.Transliterate(string(r), viz.AnyLanguage)
		if upper := unicode.ToUpper(r); err == nil && !listed[r] && !listed[upper] && (upper < 'A' || upper > 'Z') {
			t.Errorf("%U: no table has it, and it becomes %s", r, got)
		}
		if err != nil && listed[r] {
			t.Errorf("%U: %v", r, err)
		}
	}
}

func TestNamesAreTransliteratedByTheRules(t *testing.T) {
	for _, row := range readTable(t, "testdata/words.tbl") {
		text, l := unescape(t, row[0]), languageOf(t, row[1])
		got, err := viz.Transliterate(text, l)
		if row[2] == "!" {
			if err == nil {
				t.Errorf("%s: %s: taken for %s", row[0], row[4], got)
			}
			continue
		}
		if err != nil || got != row[2] {
			t.Errorf("%s: %s: got %s, %v, want %s", row[0], row[4], got, err, row[2])
		}
		if got != "" && !viz.Matches(text, got, l) {
			t.Errorf("%s: does not match %s", row[0], got)
		}
		for _, other := range strings.Fields(strings.Trim(row[3], "-")) {
			if !viz.Matches(text, other, l) {
				t.Errorf("%s: %s: does not match %s", row[0], row[4], other)
			}
		}
	}
}

func TestEveryLetterMayBeTypedWithACombiningMark(t *testing.T) {
	for _, c := range []struct{ marked, as string }{
		{"A\u0300e\u0301I\u0302n\u0303u\u0304g\u0306z\u0307", "ÀÉÎÑŪĞŻ"},
		{"O\u0308u\u030ao\u030bC\u030cs\u0327A\u0328y\u0308", "ÖŮŐČŞĄŸ"},
		{"\u041a\u0301\u0423\u0306\u0418\u0306\u0415\u0308\u0406\u0308", "\u040c\u040e\u0419\u0401\u0407"},
		{"\u0413\u0301S\u0326T\u0326", "ЃȘȚ"},
		{"\u0648\u0654\u0627\u0655\u064a\u0654\u06d5\u0654\u06c1\u0654\u06d2\u0654", "\u0624\u0625\u0626\u06c0\u06c2\u06d3"},
		{"\u0627\u064e\u0654", "\u0623\u064e"}, // a sign that is not encoded between letter and mark
	} {
		got, err := viz.Transliterate(c.marked, viz.AnyLanguage)
		want, _ := viz.Transliterate(c.as, viz.AnyLanguage)
		if err != nil || got != want {
			t.Errorf("%+q: got %s, %v, want %s", c.marked, got, err, want)
		}
	}
}

func TestWhatIsRefusedIsNamedByItsKind(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"ANNA 7", "viz: transliterate: holds a digit"},
		{"ANNA٧", "viz: transliterate: holds a digit"},
		{"ANNA²", "viz: transliterate: holds a digit"},
		{"Կարեն", "viz: transliterate: holds a letter that is in no table of Doc 9303-3 §6"},
		{"ANN\u0331A", "viz: transliterate: holds a combining mark that makes no letter of Doc 9303-3 §6"},
		{"ANNA<", "viz: transliterate: holds a symbol"},
		{"ANNA\x1b", "viz: transliterate: holds a character that is no text"},
		{"ANNA\xff", "viz: transliterate: holds bytes that are no text"},
	} {
		if got, err := viz.Transliterate(c.text, viz.AnyLanguage); err == nil || err.Error() != c.want || got != "" {
			t.Errorf("%+q: got %q, %v, want %s", c.text, got, err, c.want)
		}
	}
}
