package station_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

var update = flag.Bool("update", false, "rewrite the actions in testdata")

// TestStories plays every story in testdata; see testdata/README.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// play returns the story with the actions as they are now.
func play(t *testing.T, text string) string {
	t.Helper()
	var out strings.Builder
	var lane station.Station
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "\t") {
			continue
		}
		out.WriteString(line)
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		clock, err := time.Parse(time.TimeOnly, words[0])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		now := nine.Truncate(24 * time.Hour).Add(clock.Sub(clock.Truncate(24 * time.Hour)))
		for _, a := range lane.Step(now, event(t, words[1:])) {
			fmt.Fprintf(&out, "\t%s\n", describe(a))
		}
	}
	return out.String()
}

// event reads an event of a story.
func event(t *testing.T, words []string) station.Event {
	t.Helper()
	verb, args := words[0], append(words[1:], "", "", "")
	rest := strings.TrimSpace(strings.Join(args[1:], " "))
	switch verb {
	case "tick":
		return station.Tick{}
	case "reader":
		return station.ReaderChanged{State: args[0], Detail: rest}
	case "gate":
		return gate(t, args[0], strings.Fields(rest))
	case "tamper-cleared":
		return station.TamperCleared{By: args[0]}
	case "misread":
		return station.ReadFailed{Fault: args[0]}
	case "outcome":
		return station.OutcomeGiven{Passage: number(t, args[0]), Outcome: station.Outcome(args[1]), Officer: args[2]}
	case "record-failed":
		return station.RecordFailed{}
	case "record-restored":
		return station.RecordRestored{}
	case "faults":
		var faults []inspect.Code
		for _, c := range words[1:] {
			faults = append(faults, inspect.Code(c))
		}
		return station.FaultsChanged{Faults: faults}
	}
	made := decisions[verb]
	if made == nil {
		t.Fatalf("%q is no event", words)
	}
	return station.Inspected{Decision: made(t), Document: "P UTO", Key: args[0]}
}

// gate reads what a gate says: its state, how many have passed, and whose release
// is under way.
func gate(t *testing.T, state string, args []string) station.GateChanged {
	t.Helper()
	e := station.GateChanged{State: state, Passages: number(t, args[0])}
	for _, arg := range args[1:] {
		switch {
		case arg == "tampered":
			e.Tampered = true
		default:
			e.Grant = number(t, strings.TrimPrefix(arg, "#"))
		}
	}
	return e
}

func number(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// describe puts an action into one line.
func describe(a station.Action) string {
	switch a := a.(type) {
	case station.Record:
		return strings.Join(slices.DeleteFunc([]string{"record", string(a.Kind), passageNumber(a.Passage), of(a), a.Document, a.Key, string(a.Outcome), a.Officer, a.Detail}, isEmpty), " ")
	case station.Lights:
		return "lights " + string(a.Signal)
	case station.Display:
		return "display " + string(a.Message)
	case station.Buzzer:
		return "buzzer " + string(a.Tone)
	case station.Gate:
		return strings.TrimSpace(fmt.Sprintf("gate %s %s", a.Command, passageNumber(a.Passage)))
	case station.Lane:
		return strings.TrimSuffix(fmt.Sprintf("lane %s %s", a.State, strings.Trim(fmt.Sprint(a.Causes), "[]")), " ")
	case station.Passage:
		waiting := ""
		if a.Waiting {
			waiting = ", waiting for an outcome"
		}
		return fmt.Sprintf("page %s %s%s: %s", passageNumber(a.Number), a.State, waiting, a.Decision.Lead().Text())
	}
	return fmt.Sprintf("%T", a)
}

func of(r station.Record) string {
	if r.Kind != station.Decided {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%s %s", r.Decision.Verdict(), strings.Trim(fmt.Sprint(r.Decision.Codes()), "[]")), " ")
}

func passageNumber(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("#%d", n)
}

func isEmpty(s string) bool { return s == "" }
