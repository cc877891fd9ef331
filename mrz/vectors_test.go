package mrz_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portcullis/mrz"
)

// today is the day that the vectors are read on.
var today = mrz.Day{Year: 2026, Month: 11, Day: 22}

// vector is one rule of a file of zones.
type vector struct {
	title, verdict string
	as             mrz.Format // forced, or None
	lines          []string
	fields         map[string]string
	evidence       []string
	excuses        []mrz.DeviationEntry
	checks, found  []string
}

func TestZonesReadAsTheVectorsSay(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		for _, v := range readVectors(t, file) {
			t.Run(filepath.Base(file)+"/"+v.title, v.run)
		}
	}
}

func (v vector) run(t *testing.T) {
	r, err := v.parse()
	r.Excuse(v.excuses)
	if got := verdict(&r, err); got != v.verdict {
		t.Errorf("got %q, want %q", got, v.verdict)
	}
	values := fieldsOf(r.Document)
	for name, want := range v.fields {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if got := checksOf(&r); v.checks != nil && !slices.Equal(got, v.checks) {
		t.Errorf("checks:\ngot  %q\nwant %q", got, v.checks)
	}
	for _, want := range v.evidence {
		name, kind, _ := strings.Cut(want, " ")
		if got := r.Evidence(fieldNamed(t, name)).String(); got != kind {
			t.Errorf("evidence of %s: got %s, want %s", name, got, kind)
		}
	}
	if got := findingsOf(&r); !slices.Equal(got, v.found) {
		t.Errorf("findings:\ngot  %q\nwant %q", got, v.found)
	}
}

func (v vector) parse() (mrz.Result, error) {
	if v.as != mrz.None {
		return mrz.ParseAs(v.as, v.lines)
	}
	return mrz.Parse(v.lines)
}

func fieldNamed(t testing.TB, name string) mrz.Field {
	t.Helper()
	for f := mrz.NoField; f <= mrz.Name; f++ {
		if f.String() == name && name != "" {
			return f
		}
	}
	t.Fatalf("there is no field %s", name)
	return mrz.NoField
}

// entryOf reads an entry of a deviation list: issuer, document code, field.
func entryOf(t testing.TB, value string) mrz.DeviationEntry {
	t.Helper()
	words := strings.Fields(value)
	if len(words) != 3 {
		t.Fatalf("no entry of a deviation list: %s", value)
	}
	return mrz.DeviationEntry{IssuingState: words[0], Code: strings.Trim(words[1], "-"), Field: fieldNamed(t, words[2])}
}

func verdict(r *mrz.Result, err error) string {
	format := r.Document.Format.String()
	switch {
	case err != nil:
		return "none"
	case r.Valid():
		return format + " valid"
	case r.Readable():
		return format + " readable"
	}
	return format + " unreadable"
}

func fieldsOf(d mrz.Document) map[string]string {
	return map[string]string{
		"code": d.Code.Value(), "issuing_state": d.IssuingState.Value(), "number": d.Number.Value(),
		"primary": d.Primary.Value(), "secondary": d.Secondary.Value(), "nationality": d.Nationality.Value(),
		"birth_date": d.BirthDate.Birth(today), "sex": d.Sex.Value(), "expiry_date": d.ExpiryDate.ExpiryText(today),
		"optional_data": d.OptionalData.Value(), "optional_data_2": d.OptionalData2.Value(),
		"truncated": map[bool]string{true: "yes", false: "no"}[d.NameTruncated],
	}
}

func checksOf(r *mrz.Result) (all []string) {
	for _, c := range r.Checks() {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %d:%d %s", c.Field, c.Outcome, c.Line, c.Column, c.Rule)))
	}
	return all
}

func findingsOf(r *mrz.Result) (all []string) {
	for _, f := range r.Findings() {
		field := f.Field.String()
		if field == "" {
			field = "-"
		}
		s := fmt.Sprintf("%s %s %s %d:%d+%d", f.Code, f.Severity, field, f.Line, f.Column, f.Length)
		if f.Expected != 0 {
			s += " " + string(f.Expected)
		}
		all = append(all, s)
	}
	return all
}

// readVectors reads a file of zones, as testdata/README.md lays it down.
func readVectors(t *testing.T, file string) (all []vector) {
	_, text, _ := strings.Cut(readFile(t, file), "\n# ")
	for rule := range strings.SplitSeq(text, "\n# ") {
		all = append(all, readVector(t, rule))
	}
	return all
}

func readVector(t *testing.T, rule string) vector {
	v := vector{fields: map[string]string{}}
	zone, facts, ok := strings.Cut(rule, "\n= ")
	if !ok {
		t.Fatalf("no verdict: %s", rule)
	}
	v.lines = strings.Split(unescape(zone), "\n")
	v.title, v.lines = v.lines[0], v.lines[1:]
	lines := strings.Split(strings.TrimSpace(facts), "\n")
	v.verdict = lines[0]
	for _, fact := range lines[1:] {
		name, value, ok := strings.Cut(fact, ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok:
			t.Fatalf("no fact: %s", fact)
		case name == "as":
			v.as, ok = mrz.ParseFormat(value)
			if !ok {
				t.Fatalf("no layout: %s", value)
			}
		case name == "excuse":
			v.excuses = append(v.excuses, entryOf(t, value))
		case name == "evidence":
			v.evidence = append(v.evidence, value)
		case name == "check":
			v.checks = append(v.checks, value)
		case name == "found":
			v.found = append(v.found, value)
		default:
			v.fields[name] = value
		}
	}
	return v
}

var escape = regexp.MustCompile(`\\x[0-9A-F]{2}`)

func unescape(s string) string {
	return escape.ReplaceAllStringFunc(s, func(hex string) string {
		n, _ := strconv.ParseUint(hex[2:], 16, 8)
		return string([]byte{byte(n)})
	})
}

// readTable reads the rows of a table, split into columns.
func readTable(t *testing.T, file string) (rows [][]string) {
	_, text, _ := strings.Cut(readFile(t, file), "\n\n")
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		rows = append(rows, strings.Split(line, " | "))
	}
	if len(rows) < 5 {
		t.Fatalf("%s: only %d rows", file, len(rows))
	}
	return rows
}

func readFile(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
