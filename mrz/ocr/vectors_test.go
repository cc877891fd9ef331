package ocr_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"portcullis/mrz/ocr"
)

var update = flag.Bool("update", false, "write the facts in testdata anew, behind the outcomes")

// The facts of each vector are compared as text. With -update they are written
// anew; an outcome never is.
func TestZonesAreReadAsTheVectorsSay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		head, cases := readVectors(t, file)
		for i, c := range cases {
			t.Run(filepath.Base(file)+"/"+c.title, func(t *testing.T) {
				r := ocr.Read(unescape(c.text))
				if r.Outcome.String() != c.outcome {
					t.Errorf("outcome: got %s, want %s", r.Outcome, c.outcome)
				}
				got := factsOf(&r)
				if *update {
					cases[i].facts = got
				} else if got != c.facts {
					t.Errorf("got\n%swant\n%s", got, c.facts)
				}
			})
		}
		if *update {
			writeVectors(t, file, head, cases)
		}
	}
}

type vector struct{ title, text, outcome, facts string }

// readVectors reads a file as testdata/README.md lays it down.
func readVectors(t testing.TB, file string) (head string, all []vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(text), "\n# ")
	for c := range strings.SplitSeq(rest, "\n# ") {
		before, after, ok := strings.Cut(c, "\n= ")
		if !ok {
			t.Fatalf("%s: no outcome: %s", file, c)
		}
		title, text, _ := strings.Cut(before, "\n")
		outcome, facts, _ := strings.Cut(after, "\n")
		if facts = strings.TrimSpace(facts); facts != "" {
			facts += "\n"
		}
		all = append(all, vector{title, text, strings.TrimSpace(outcome), facts})
	}
	return head, all
}

func writeVectors(t *testing.T, file, head string, all []vector) {
	var b strings.Builder
	b.WriteString(strings.TrimSpace(head) + "\n")
	for _, c := range all {
		fmt.Fprintf(&b, "\n# %s\n%s\n= %s\n%s", c.title, c.text, c.outcome, c.facts)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// factsOf writes down what a vector says of a reading.
func factsOf(r *ocr.Reading) string {
	var b strings.Builder
	if r.Outcome < ocr.Unique {
		return ""
	}
	for _, l := range r.Lines {
		fmt.Fprintf(&b, "zone: %s\n", l)
	}
	for _, e := range r.Edits {
		field := e.Field.String()
		if field == "" {
			field = "-"
		}
		fmt.Fprintf(&b, "edit: %d:%d %s %s %s\n", e.Line, e.Column, orDash(e.Read), orDash(e.Means), field)
	}
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "step: %s\n", s)
	}
	for _, d := range r.Doubts {
		if !d.Paired {
			fmt.Fprintf(&b, "doubt: %d:%d %c\n", d.Line, d.Column, d.CouldBe)
		}
	}
	return b.String()
}

func orDash(c byte) string {
	if c == 0 {
		return "-"
	}
	return string(c)
}

var escape = regexp.MustCompile(`\\x[0-9A-F]{2}`)

func unescape(s string) string {
	return escape.ReplaceAllStringFunc(s, func(hex string) string {
		n, _ := strconv.ParseUint(hex[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}
