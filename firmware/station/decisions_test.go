package station_test

import (
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
)

var nine = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// decisions are what package inspect says of some documents of UTO. The gate
// sees no other decisions than those that really come of documents.
var decisions = map[string]func(testing.TB) inspect.Decision{
	"clear":    func(t testing.TB) inspect.Decision { return decide(t, "280415", nil) },
	"expired":  func(t testing.TB) inspect.Decision { return decide(t, "200415", nil) },
	"stolen":   func(t testing.TB) inspect.Decision { return decide(t, "280415", listed(list.Stolen)) },
	"lost":     func(t testing.TB) inspect.Decision { return decide(t, "280415", listed(list.Lost)) },
	"red":      func(t testing.TB) inspect.Decision { return decide(t, "280415", listed(list.NoticeRed)) },
	"blue":     func(t testing.TB) inspect.Decision { return decide(t, "280415", listed(list.NoticeBlue)) },
	"garbled":  func(t testing.TB) inspect.Decision { return inspect.Decide(input(mrz.Result{})) },
	"stale":    func(t testing.TB) inspect.Decision { return decide(t, "280415", stale) },
	"log-full": func(t testing.TB) inspect.Decision { return decide(t, "280415", logFull) },
}

func decide(t testing.TB, expiry string, change func(*inspect.Input)) inspect.Decision {
	t.Helper()
	lines, err := mrz.Compose(mrz.TD3, mrz.Fields{
		Code: "P", IssuingState: "UTO", Number: "L898902C3", Primary: "ERIKSSON", Secondary: "ANNA MARIA",
		Nationality: "UTO", BirthDate: "740812", Sex: "F", ExpiryDate: expiry,
	})
	if err != nil {
		t.Fatal(err)
	}
	zone, err := mrz.Parse(lines)
	if err != nil {
		t.Fatal(err)
	}
	in := input(zone)
	if change != nil {
		change(&in)
	}
	return inspect.Decide(in)
}

func input(zone mrz.Result) inspect.Input {
	return inspect.Input{
		Now: nine, Today: mrz.DayOf(nine), ClockSet: true, Zone: zone, Asked: true,
		Answer: cache.Answer{Lists: []cache.ListStatus{{Name: "sltd", Release: 12, Issued: nine.Add(-2 * time.Hour), Checked: nine.Add(-time.Hour)}}},
		Policy: inspect.Policy{AcceptSpecimens: true},
	}
}

func listed(s list.Status) func(*inspect.Input) {
	return func(in *inspect.Input) {
		in.Answer.Matches = []cache.Match{{List: "sltd", Record: list.Record{Status: s}}}
	}
}

func stale(in *inspect.Input) { in.Answer.Lists[0].Checked = nine.Add(-50 * time.Hour) }

func logFull(in *inspect.Input) { in.Faults = []inspect.Code{inspect.LogFull} }
