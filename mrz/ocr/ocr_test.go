package ocr_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"portcullis/mrz"
	"portcullis/mrz/ocr"
)

var passport = []string{
	"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
	"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
}

func Example() {
	r := ocr.Repair([]string{
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO74O8122F1204159ZE184226B<<<<<10", // the birth date has a letter O
	})
	fmt.Println(r.Outcome, "verified:", r.Verified())
	for _, e := range r.Edits {
		fmt.Printf("%d:%d %c means %c\n", e.Line, e.Column, e.Read, e.Means)
	}
	// Output:
	// unique verified: false
	// 2:16 O means 0
}

// seenAs makes candidates of lines: each cell as it stands, and some others.
func seenAs(lines []string, others map[[2]int][]ocr.Candidate) [][][]ocr.Candidate {
	var all [][][]ocr.Candidate
	for i, line := range lines {
		var row [][]ocr.Candidate
		for j := range line {
			seen := []ocr.Candidate{{Char: line[j], Confidence: 0.99}}
			if more, ok := others[[2]int{i + 1, j + 1}]; ok {
				seen = more
			}
			row = append(row, seen)
		}
		all = append(all, row)
	}
	return all
}

func TestAReaderThatIsNotSureDecidesBetweenRepairs(t *testing.T) {
	for _, c := range []struct {
		name string
		seen map[[2]int][]ocr.Candidate
		want ocr.Outcome
	}{
		{"sure of all", nil, ocr.NotNeeded},
		{"its second candidate makes the digits fit", map[[2]int][]ocr.Candidate{{2, 5}: {{'7', 0.5}, {'9', 0.4}}}, ocr.Unique},
		{"a letter among digits, and it has seen the digit", map[[2]int][]ocr.Candidate{{2, 16}: {{'O', 0.6}, {'0', 0.4}}}, ocr.Unique},
		{"a letter among digits, and nothing else seen", map[[2]int][]ocr.Candidate{{2, 16}: {{'O', 1}}}, ocr.Unique},
		{"confidences that are none", map[[2]int][]ocr.Candidate{{2, 16}: {{'0', 1e300}, {'8', -3}}}, ocr.NotNeeded},
	} {
		r, err := ocr.RepairCandidates(seenAs(passport, c.seen))
		if err != nil || r.Outcome != c.want {
			t.Errorf("%s: got %s, %v, want %s", c.name, r.Outcome, err, c.want)
		}
		if c.want == ocr.Unique && strings.Join(r.Lines, "") != strings.Join(passport, "") {
			t.Errorf("%s: another zone", c.name)
		}
	}
}

func TestTwoCandidatesAsGoodAsEachOtherAreNoRepair(t *testing.T) {
	r, err := ocr.RepairCandidates(seenAs(passport, map[[2]int][]ocr.Candidate{
		{2, 5}: {{'8', 0.5}, {'9', 0.4}},            // 9 was printed: + 1 x 3
		{2, 8}: {{'C', 0.5}, {'F', 0.4}, {'2', .1}}, // and F for C counts as much
	}))
	if err != nil || r.Outcome == ocr.NotNeeded || r.Verified() {
		t.Errorf("got %s, %v", r.Outcome, err)
	}
}

func TestACellWithoutACandidateIsRefused(t *testing.T) {
	for _, seen := range [][]ocr.Candidate{nil, {{'A', 0}}, {{'A', -1}}} {
		if _, err := ocr.RepairCandidates(seenAs(passport, map[[2]int][]ocr.Candidate{{1, 1}: seen})); !errors.Is(err, ocr.ErrCandidates) {
			t.Errorf("%v: got %v", seen, err)
		}
	}
	if r, err := ocr.RepairCandidates(nil); err != nil || r.Outcome != ocr.None {
		t.Errorf("no line: got %s, %v", r.Outcome, err)
	}
}

// A reader that has seen everything everywhere must not cost the time to try
// it all.
func TestASearchWithoutEndIsGivenUp(t *testing.T) {
	var anything []ocr.Candidate
	for _, c := range []byte(alphabet) {
		anything = append(anything, ocr.Candidate{Char: c, Confidence: 0.5})
	}
	everywhere := map[[2]int][]ocr.Candidate{}
	for j := range 44 {
		everywhere[[2]int{2, j + 1}] = anything
	}
	if r, err := ocr.RepairCandidates(seenAs(passport, everywhere)); err != nil || r.Outcome >= ocr.Unique {
		t.Errorf("got %s, %v", r.Outcome, err)
	}
}

func TestAFormatMayBeForced(t *testing.T) {
	visa := []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX40O9078F96121096ZE184226B<<<<<<"}
	if r := ocr.Repair(visa); r.Outcome >= ocr.Unique {
		t.Errorf("as a passport: %s", r.Outcome)
	}
	if r := ocr.RepairAs(mrz.MRVA, visa); r.Outcome != ocr.Unique || r.Result.Document.Format != mrz.MRVA {
		t.Errorf("as a visa: %s", r.Outcome)
	}
	if r := ocr.RepairAs(mrz.TD1, visa); r.Outcome != ocr.None {
		t.Errorf("as a card: %s", r.Outcome)
	}
}

func TestWhatCannotBeReadIsReturnedAsItCame(t *testing.T) {
	lines := []string{passport[0], strings.Repeat("X", 44)}
	r := ocr.Repair(lines)
	if r.Outcome != ocr.None || strings.Join(r.Lines, "") != strings.Join(lines, "") || r.Result.Document.Format != mrz.TD3 {
		t.Errorf("got %s %v", r.Outcome, r)
	}
	if r := ocr.Read("nothing here"); r.Outcome != ocr.None || r.Result.Document.Format != mrz.None {
		t.Errorf("got %s %v", r.Outcome, r)
	}
}

func TestSeveralZonesInATextAreFound(t *testing.T) {
	text := "first\n" + strings.Join(passport, "\n") + "\nsecond\nI<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<\n"
	formats := map[mrz.Format]bool{}
	for _, f := range ocr.Find(text) {
		if r, err := mrz.Parse(f.Lines); err == nil && r.Valid() {
			formats[r.Document.Format] = true
		}
	}
	if !formats[mrz.TD1] || !formats[mrz.TD3] {
		t.Errorf("found %v", formats)
	}
}

func TestReadingsPrintNothing(t *testing.T) {
	r := ocr.Read("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L8989O2C36UTO74O8122F1204159ZE184226B<<<<<10")
	found := ocr.Find(strings.Join(passport, "\n"))
	if r.Outcome != ocr.Unique || len(found) == 0 || len(r.Edits) != 2 {
		t.Fatalf("got %s", r.Outcome)
	}
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{r, &r, r.Edits, r.Doubts, found, found[0], struct{ A any }{r}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		log.Info("read", "value", v)
	}
	for _, secret := range []string{"ERIKSSON", "898902", "740812", "ZE184226B", fmt.Sprintf("%x", "ERIKSSON")} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("printed: %s", secret)
		}
	}
	if !strings.Contains(out.String(), "unique P UTO") {
		t.Error("a reading does not print its outcome and its document")
	}
}

// FuzzRead holds every reading of any text to what is true of all.
func FuzzRead(f *testing.F) {
	for _, file := range []string{"testdata/cells.txt", "testdata/lines.txt"} {
		_, cases := readVectors(f, file)
		for _, c := range cases {
			f.Add(unescape(c.text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		r := ocr.Read(text)
		holds(t, nil, &r)
		lines := strings.Fields(text)
		r = ocr.Repair(lines)
		holds(t, lines, &r)
	})
}

// FuzzCandidates does so for candidates: four bytes make two of one cell.
func FuzzCandidates(f *testing.F) {
	f.Add([]byte("2\x05O\x80"), uint8(0))
	f.Fuzz(func(t *testing.T, data []byte, _ uint8) {
		others := map[[2]int][]ocr.Candidate{}
		for ; len(data) >= 4; data = data[4:] {
			at := [2]int{1 + int(data[0])%2, 1 + int(data[1])%44}
			others[at] = append(others[at], ocr.Candidate{Char: data[2], Confidence: float64(data[3]) / 200})
		}
		r, err := ocr.RepairCandidates(seenAs(passport, others))
		if err == nil && r.Outcome == ocr.Unique && r.Verified() {
			t.Fatal("a repaired reading is verified")
		}
	})
}
