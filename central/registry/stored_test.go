package registry

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"portcullis/cache/list"
)

func TestDaysComeBackAsDates(t *testing.T) {
	for _, text := range []string{"0001-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "2026-11-01", "9999-12-31"} {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		if text == "0001-01-01" { // the zero time is no day
			at = at.Add(time.Second)
		}
		if got := dayOf(at.Add(23 * time.Hour)).String(); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
	if d := dayOf(time.Time{}); d != 0 || d.String() != "" || !d.time().IsZero() {
		t.Errorf("an unknown day became %s", d)
	}
	if got := dayOf(time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)).after(5).String(); got != "2029-03-01" {
		t.Errorf("five years on it is %s", got)
	}
}

// FuzzDecode: no row of a store makes trouble, and what is taken for a record
// comes back the same.
func FuzzDecode(f *testing.F) {
	s := &stored{Entry: Entry{
		number: "UT12345", class: list.Passport, kind: "PAS", issuer: "UTO", owner: "UTO-2", status: list.Stolen, date: 700000,
		country: "D", reference: "R", ncbReference: "N", info: "I", issued: 600000, documentExpiry: 650000, expires: 740000,
	}, inserted: 739000, changed: 739001, extension: PurposeNotAchieved, hinted: 77}
	key := rowKey(1, list.Passport, "UTO")
	if got, err := decode(Row{key, s.encode()}); err != nil || *got != *s {
		f.Fatalf("a record came back changed: %v", err)
	}
	f.Add(key, s.encode())
	f.Add([]byte{}, []byte{1, 1})
	f.Fuzz(func(t *testing.T, key, value []byte) {
		s, err := decode(Row{key, value})
		readBefore(value, func([]byte, *list.Record) {})
		if err != nil {
			return
		}
		again, err := decode(Row{key, s.encode()})
		if err != nil || *again != *s {
			t.Fatalf("a record came back changed: %v", err)
		}
	})
}

// FuzzReadOn: whoever goes on behind any line reads just the lines behind it.
func FuzzReadOn(f *testing.F) {
	f.Add("{}\n\n{\"number\":\"1\"}\r\nx", false)
	f.Add("\ufeffnumber;issuing_state;type;status\n\"a\nb\";2;3;4\n\n1;2;3\n1;2;3;4", true)
	f.Fuzz(func(t *testing.T, text string, csv bool) {
		read := func(behind int64) (all []line) {
			take := func(l line) error { all = append(all, l); return nil }
			var r func(string, io.Reader, int64, func(line) error) error = readJSONLines
			if csv {
				r = readCSV
			}
			r("x", strings.NewReader(text), behind, take)
			return all
		}
		all := read(0)
		for i, l := range all {
			if l.end > int64(len(text)) || i > 0 && l.end <= all[i-1].end {
				t.Fatalf("line %d ends at %d of %d", i, l.end, len(text))
			}
			if i > 8 {
				continue
			}
			if rest := read(l.end); fmt.Sprint(rest) != fmt.Sprint(all[i+1:]) || len(rest) != len(all)-i-1 {
				t.Fatalf("behind line %d there are %d lines, want %d", i, len(rest), len(all)-i-1)
			}
		}
	})
}

func TestTheJournalTellsWhatAListCarried(t *testing.T) {
	key := rowKey(1<<63+5, list.Visa, "D")
	s := &stored{Entry: Entry{class: list.Visa, issuer: "D", status: list.Lost, date: dayOf(time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)), country: "UTO", reference: "R"}}
	row := appendBefore(appendBefore(nil, key, s), key, nil)
	var got []*list.Record
	err := readBefore(row, func(k []byte, before *list.Record) {
		if !bytes.Equal(k, key) {
			t.Errorf("the key is %x", k)
		}
		got = append(got, before)
	})
	if err != nil || len(got) != 2 || *got[0] != s.recordOf(key) || got[1] != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if readBefore(row[:len(row)-1], func([]byte, *list.Record) {}) == nil {
		t.Error("a row that is cut off is taken")
	}
}
