package inspect_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
)

var update = flag.Bool("update", false, "rewrite the outcomes in testdata")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// TestCases decides on every case in testdata; see testdata/README.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := decideAll(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(text), got); diff != "" && !*update {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// decideAll returns the text with its outcomes as they are now.
func decideAll(t *testing.T, text string) string {
	var out []string
	for _, part := range strings.Split(strings.TrimSpace(text), "\n\n") {
		c := newCase()
		for line := range strings.Lines(part) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "\t") {
				continue
			}
			out = append(out, line)
			if err := c.put(line); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		out = append(out, outcome(c.decide(t))...)
		out = append(out, "")
	}
	return strings.Join(out, "\n")
}

func outcome(d inspect.Decision) []string {
	lead := d.Lead()
	lines := []string{"\t" + d.Verdict().String()}
	for _, step := range lead.Drill() {
		lines = append(lines, "\t- "+step)
	}
	for _, r := range d.Reasons() {
		lines = append(lines, fmt.Sprintf("\t%s (%s, %s): %s", r.Code, r.Kind, r.Verdict, r.Text()))
	}
	return lines
}

// A testCase is an Input in the making.
type testCase struct {
	in     inspect.Input
	format mrz.Format
	fields mrz.Fields
	spoils []string
}

func newCase() *testCase {
	return &testCase{
		in: inspect.Input{Now: noon, Today: mrz.DayOf(noon), ClockSet: true, Asked: true, Policy: inspect.Policy{AcceptSpecimens: true}},
		fields: mrz.Fields{
			Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON", Secondary: "ANNA MARIA",
			Nationality: "UTO", BirthDate: "740812", Sex: "F",
		},
	}
}

var formats = map[string]mrz.Format{"TD1": mrz.TD1, "TD2": mrz.TD2, "TD3": mrz.TD3, "MRVA": mrz.MRVA, "MRVB": mrz.MRVB}

func (c *testCase) put(line string) error {
	words := strings.Fields(line)
	if len(words) == 0 || words[0] == "#" {
		return nil
	}
	verb, args := words[0], words[1:]
	switch verb {
	case "document":
		c.format = formats[args[0]]
		return c.document(args[1:])
	case "spoil", "cut":
		c.spoils = append(c.spoils, line)
	case "typed":
		class, err := list.ParseClass(args[1])
		c.in.Typed = cache.Query{Issuer: args[0], Class: class, Number: "L898902C3"}
		return err
	case "list":
		return c.list(args)
	case "match":
		return c.match(args)
	case "not":
		c.in.Asked = false
	case "clock":
		c.in.ClockSet = false
	case "used":
		ago, err := time.ParseDuration(args[0])
		c.in.LastUsed = noon.Add(-ago)
		return err
	case "fault":
		c.in.Faults = append(c.in.Faults, inspect.Code(args[0]))
	case "today":
		var err error
		c.in.Today, err = mrz.ParseDay(args[0])
		return err
	case "policy":
		return c.policy(args)
	default:
		return errors.New("not a line of a case")
	}
	return nil
}

func (c *testCase) document(args []string) error {
	fields := map[string]*string{
		"code": &c.fields.Code, "issuer": &c.fields.IssuingState, "number": &c.fields.Number,
		"expiry": &c.fields.ExpiryDate, "sex": &c.fields.Sex,
	}
	for _, arg := range args {
		key, value, _ := strings.Cut(arg, "=")
		if fields[key] == nil {
			return fmt.Errorf("no field %s", key)
		}
		*fields[key] = value
	}
	return nil
}

func (c *testCase) list(args []string) error {
	s := cache.ListStatus{Name: args[0]}
	for _, arg := range args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		ago, _ := time.ParseDuration(value)
		switch key {
		case "release":
			s.Release, _ = strconv.ParseUint(value, 10, 64)
		case "checked":
			s.Checked = noon.Add(-ago)
		case "issued":
			s.Issued = noon.Add(-ago)
		case "broken":
			s.Err = errors.New("a shard is not what it should be")
		default:
			return fmt.Errorf("no part %s", key)
		}
	}
	c.in.Answer.Lists = append(c.in.Answer.Lists, s)
	return nil
}

func (c *testCase) match(args []string) (err error) {
	m := cache.Match{List: args[0]}
	if m.Record.Status, err = list.ParseStatus(args[1]); err != nil {
		return err
	}
	for _, arg := range args[2:] {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "other-class":
			m.How = cache.OtherClass
		case "look-alike":
			m.How = cache.LookAlike
		case "country":
			m.Record.Country = value
		case "date":
			day, err := time.Parse(time.DateOnly, value)
			if err != nil {
				return err
			}
			m.Record.Date = list.DateOf(day)
		default:
			return fmt.Errorf("no part %s", key)
		}
	}
	c.in.Answer.Matches = append(c.in.Answer.Matches, m)
	return nil
}

func (c *testCase) policy(args []string) error {
	for _, arg := range args {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "specimens":
			c.in.Policy.AcceptSpecimens = false
		case "lost":
			c.in.Policy.LiftLost = true
		case "requires":
			c.in.Policy.RequiredLists = strings.Split(value, ",")
		default:
			return fmt.Errorf("no policy %s", key)
		}
	}
	return nil
}

func (c *testCase) decide(t *testing.T) inspect.Decision {
	t.Helper()
	if c.format != mrz.None {
		c.in.Zone = zone(t, c.format, c.fields, c.spoils)
	}
	return inspect.Decide(c.in)
}

// zone composes a zone, spoils it, and parses what is left.
func zone(t testing.TB, f mrz.Format, fields mrz.Fields, spoils []string) mrz.Result {
	t.Helper()
	lines, err := mrz.Compose(f, fields)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range spoils {
		var verb, with string
		var line, column int
		if n, _ := fmt.Sscanf(s, "%s %d:%d %s", &verb, &line, &column, &with); n < 3 {
			t.Fatalf("%s: not a cell", s)
		}
		text := lines[line-1]
		old := text[column-1]
		switch {
		case verb == "cut":
			lines[line-1] = text[:column-1]
		case with == "":
			with = string('0' + (old-'0'+1)%10)
			if old < '0' || old > '9' {
				with = "0"
			}
			fallthrough
		default:
			lines[line-1] = text[:column-1] + with + text[column:]
		}
	}
	r, err := mrz.Parse(lines)
	if err != nil && len(spoils) == 0 {
		t.Fatal(err)
	}
	return r
}
