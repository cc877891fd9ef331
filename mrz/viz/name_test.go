package viz_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/viz"
)

// noStrategy are the rows of testdata/names.tbl whose cut is made by none of
// ours. Doc 9303 shows them as examples of what an issuer may do.
var noStrategy = map[string]bool{
	"TD2 NILAVADHANANANDA<<ARN<PET<CHARO":  true,
	"TD2 BENNELONG<WOOLOOM<WAR<WARN<<D<P":  true,
	"TD2 BENNEL<WOOLO<WARRA<WARNA<<DIN<P":  true,
	"MRVB NILAVADHANANANDA<<ARNP<PE<CHARO": true,
	"MRVB BENNELONG<WOOLOOMOOLOO<WAR<W<<D": true,
	"MRVB BENNELONG<WOOLOOM<WAR<WA<<DINGO": true,
	"MRVB BENN<WOOL<WARR<WARN<<DINGO<POTO": true,
	"TD1 BENNELONG<WOOLOOM<WA<WARN<<D<P":   true,
	"TD1 BENNE<WOOLO<WARRA<WARNA<<DIN<P":   true,
}

func TestNamesOfDoc9303AreEncodedAndRecognised(t *testing.T) {
	rows := readTable(t, "testdata/names.tbl")
	if len(rows) != 59 {
		t.Fatalf("%d rows", len(rows))
	}
	seen := map[string]int{}
	for _, row := range rows {
		f, text, cells := formatOf(t, row[1]), row[2], row[3]
		primary, secondary, _ := strings.Cut(text, ", ")
		written, err := viz.Transliterate(primary, viz.AnyLanguage)
		if err != nil {
			t.Fatal(err)
		}
		if second, _ := viz.Transliterate(secondary, viz.AnyLanguage); second != "" {
			written += "<<" + second
		}
		isCut := len(written) > len(cells)
		want := map[bool]viz.Answer{false: viz.Same, true: viz.Truncated}[isCut]
		if got := viz.Compare(mrz.Name, text, named(t, f, cells), viz.Options{}); got != want {
			t.Errorf("%s %s: got %s, want %s", row[1], cells, got, want)
		}
		by := strategies(t, f, primary, secondary, cells)
		if !isCut && by != len(truncations) {
			t.Errorf("%s %s: is not cut, and encoded otherwise", row[1], cells)
		}
		if key := row[1] + " " + cells; noStrategy[key] != (by == 0) {
			t.Errorf("%s: is encoded so by %d strategies", key, by)
		} else if by == 0 {
			seen[key]++
		}
	}
	if len(seen) != len(noStrategy) {
		t.Errorf("%d rows without a strategy, not %d", len(seen), len(noStrategy))
	}
}

// strategies counts the ways of cutting that give some cells.
func strategies(t *testing.T, f mrz.Format, primary, secondary, want string) (n int) {
	for _, how := range truncations {
		got, err := viz.EncodeName(f, primary, secondary, viz.Options{Truncation: how})
		if err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if got == want {
			n++
		}
	}
	return n
}

func formatOf(t *testing.T, name string) mrz.Format {
	for _, f := range formats {
		if f.String() == name {
			return f
		}
	}
	t.Fatalf("no layout %s", name)
	return mrz.None
}

func TestEachStrategyCutsInItsWay(t *testing.T) {
	for _, c := range []struct {
		how                viz.Truncation
		primary, secondary string
		want               string
	}{
		{viz.Initials, "NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KRASUANG", "NILAVADHANANANDA<<CHAYAPA<DE<K"},
		{viz.Initials, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOLOOMOOLOO<W<W<<DI"},
		{viz.Initials, "VERYLONGFIRSTWORDOFTHENAMEINDEED", "ANNA", "VERYLONGFIRSTWORDOFTHENAMEI<<A"},
		{viz.Initials, "SHORT WORDSBEFOREAVERYLONGONE", "ANNA", "SHORT<WORDSBEFOREAVERYLO<<ANNA"},
		{viz.Initials, "ONLYONEIDENTIFIER OFSOMEWORDS HERE", "", "ONLYONEIDENTIFIER<OFSOMEWORD<H"},
		{viz.CutComponents, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENNELONG<WOOL<WARR<WAR<<DINGO"},
		{viz.CutComponents, "NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADHANANANDA<<ARNPOL<PE<CH"},
		{viz.CutComponents, "ONLYONEIDENTIFIER OFSOMEWORDS HERE", "", "ONLYONEIDENTIFIER<OFSOMEW<HERE"},
		{viz.CutComponents, "ANDERSONS", "VERYLONGFIRSTWORDOFTHENAMEINDEED", "ANDERSONS<<VERYLONGFIRSTWORDOF"},
		{viz.CutComponents, "VERYLONGFIRSTWORD OFTHENAME", "ANOTHERLONGGIVENNAMEINDEEDX", "VERYLONGFIRST<O<<ANOTHERLONGGI"},
		{viz.CutComponents, "VERYLONGFIRSTWORDOFANAMEX Y Z ANDERSONS", "", "VERYLONGFIRSTWORDOFANAME<Y<Z<A"},
		{viz.FixedLength, "BENNELONG WOOLOOMOOLOO WARRANDYTE WARNAMBOOL", "DINGO POTOROO", "BENN<WOOL<WARR<WARN<<DING<POTO"},
		{viz.FixedLength, "NILAVADHANANANDA", "ARNPOL PETCH CHARONGUANG", "NILAVADH<<ARNPOL<PETCH<CHARONG"},
		{viz.FixedLength, "ONLYONEIDENTIFIER OFSOMEWORDS HERE", "", "ONLYONEIDENTI<OFSOMEWORDS<HERE"},
	} {
		got, err := viz.EncodeName(mrz.TD1, c.primary, c.secondary, viz.Options{Truncation: c.how})
		if err != nil || got != c.want {
			t.Errorf("got %s, %v, want %s", got, err, c.want)
		}
	}
}

func TestACutNameKeepsWhatDoc9303Asks(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 9303))
	for range 8000 {
		primary, secondary := someWords(random, 1+random.IntN(6)), someWords(random, random.IntN(6))
		full := strings.Join(primary, "<")
		if len(secondary) > 0 {
			full += "<<" + strings.Join(secondary, "<")
		}
		for _, f := range []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3} {
			for _, how := range truncations {
				got, err := viz.EncodeName(f, strings.Join(primary, " "), strings.Join(secondary, "-"), viz.Options{Truncation: how})
				if err != nil {
					t.Fatalf("%s: %v", full, err)
				}
				holds(t, f, full, got, primary, secondary)
			}
		}
	}
}

// holds checks a name field against the name in full.
func holds(t *testing.T, f mrz.Format, full, got string, primary, secondary []string) {
	t.Helper()
	width := map[mrz.Format]int{mrz.TD1: 30, mrz.TD2: 31, mrz.TD3: 39}[f]
	trimmed := strings.TrimRight(got, "<")
	switch {
	case len(got) != width:
		t.Fatalf("%s: %s has %d cells", full, got, len(got))
	case len(full) <= width && trimmed != full:
		t.Fatalf("%s fits, and is cut to %s", full, got)
	case len(full) > width && trimmed != got:
		t.Fatalf("%s is cut to %s, which does not end in a letter", full, got)
	}
	p, s, _ := strings.Cut(trimmed, "<<")
	begins(t, full, strings.Split(p, "<"), primary)
	if len(secondary) > 0 {
		begins(t, full, strings.Split(s, "<"), secondary)
	} else if s != "" {
		t.Fatalf("%s is given a secondary identifier: %s", full, got)
	}
}

// begins checks that each part is the beginning of its word, and none empty.
func begins(t *testing.T, full string, parts, words []string) {
	t.Helper()
	if len(parts) > len(words) {
		t.Fatalf("%s: %q has words more", full, parts)
	}
	for i, part := range parts {
		if part == "" || !strings.HasPrefix(words[i], part) {
			t.Fatalf("%s: %q is not its beginning", full, parts)
		}
	}
}

// someWords makes up n words of letters.
func someWords(random *rand.Rand, n int) (words []string) {
	for range n {
		length := 1 + random.IntN(16)
		if random.IntN(3) == 0 {
			length = 1 + random.IntN(2)
		}
		words = append(words, someLetters(random, length))
	}
	return words
}

func someLetters(random *rand.Rand, n int) string {
	word := make([]byte, n)
	for i := range word {
		word[i] = byte('A' + random.IntN(26))
	}
	return string(word)
}

func TestWordsThatHaveNoRoomAreLeftOutAtTheEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 9303))
	for range 1500 {
		primary, secondary := someWords(random, 1+random.IntN(30)), someWords(random, random.IntN(30))
		full := strings.Join(primary, "<") + "<<" + strings.Join(secondary, "<")
		for _, f := range []mrz.Format{mrz.TD1, mrz.TD2, mrz.TD3} {
			for _, how := range truncations {
				got, err := viz.EncodeName(f, strings.Join(primary, " "), strings.Join(secondary, " "), viz.Options{Truncation: how})
				if err != nil {
					t.Fatalf("%s: %v", full, err)
				}
				holds(t, f, strings.TrimRight(full, "<"), got, primary, secondary)
			}
		}
	}
}

func TestANameThatNoCutMakesEndInALetterIsRefused(t *testing.T) {
	initials := strings.Repeat("A ", 25)
	for _, how := range truncations {
		_, err := viz.EncodeName(mrz.TD1, initials, "", viz.Options{Truncation: how})
		want := "viz: encode name: name: does not fit, and no way of cutting it ends in a letter"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := viz.EncodeName(mrz.TD2, initials, "", viz.Options{Truncation: how}); err != nil {
			t.Errorf("31 cells end in the sixteenth letter: %v", err)
		}
	}
}

func TestTheOnlyNameIsThePrimary(t *testing.T) {
	for _, c := range []struct{ primary, secondary string }{{"Arkfreith", ""}, {"", "Arkfreith"}, {".", "Arkfreith"}} {
		got, err := viz.EncodeName(mrz.TD1, c.primary, c.secondary, viz.Options{})
		if want := "ARKFREITH<<<<<<<<<<<<<<<<<<<<<"; err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}

func TestANameThatCannotBeEncodedIsRefusedByField(t *testing.T) {
	for _, c := range []struct {
		format             mrz.Format
		primary, secondary string
		want               string
	}{
		{mrz.TD1, "ERIKSSON 2", "ANNA", "viz: encode name: primary: holds a digit"},
		{mrz.TD1, "ERIKSSON", "Կարեն", "viz: encode name: secondary: holds a letter that is in no table of Doc 9303-3 §6"},
		{mrz.TD1, "", "-", "viz: encode name: name: is empty"},
		{mrz.None, "ERIKSSON", "", "viz: encode name: there is no layout of that number"},
		{99, "ERIKSSON", "", "viz: encode name: there is no layout of that number"},
	} {
		if got, err := viz.EncodeName(c.format, c.primary, c.secondary, viz.Options{}); err == nil || err.Error() != c.want || got != "" {
			t.Errorf("got %q, %v, want %s", got, err, c.want)
		}
	}
}
