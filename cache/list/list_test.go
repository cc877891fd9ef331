package list_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"portcullis/cache/list"
)

func TestNumbersAreCleanedAsInterpolDoes(t *testing.T) {
	for number, want := range map[string]string{
		"AB-12 345":             "AB12345",
		"ab12345":               "AB12345",
		"L898902C<":             "L898902C",
		"O0I1":                  "O0I1", // look-alikes stay apart
		"1":                     "1",
		"  ":                    "",
		"<<<<<<<<<":             "",
		"":                      "",
		"АВ12345":               "", // Cyrillic А and В
		"AB12345６":              "", // a full-width digit
		"AB1\x0023?":            "AB123",
		strings.Repeat("A", 25): strings.Repeat("A", 25),
		strings.Repeat("A", 26): "",
	} {
		got, err := list.Clean(nil, number)
		if string(got) != want || (err != nil) != (want == "") {
			t.Errorf("Clean(%q) = %q, %v; want %q", number, got, err, want)
		}
	}
}

func TestDigestDependsOnNumberAndKeyAlone(t *testing.T) {
	key, other := testKey(t, 1), testKey(t, 2)
	digest := func(k list.Key, number string) list.Digest {
		d, err := k.Digest(number)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	// HMAC-SHA-256 of "AB12345" under 01 01 ... 01, its first 8 bytes.
	if got := digest(key, "ab 12345"); got != 0xc415df8576002abc {
		t.Errorf("digest is %#x", got)
	}
	if digest(key, "AB12345") != digest(key, "AB-12 345") {
		t.Error("two spellings of a number differ")
	}
	if digest(key, "AB12345") == digest(other, "AB12345") || key.ID() == other.ID() {
		t.Error("two keys agree")
	}
}

func TestKeysPrintAsNothing(t *testing.T) {
	key := testKey(t, 0x42)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q"} {
		if got := fmt.Sprintf(verb, key); got != "list key" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestClassesAndStatusesAreReadAsTheyAreWritten(t *testing.T) {
	for _, c := range []list.Class{list.Other, list.Passport, list.Identity, list.Visa} {
		if got, err := list.ParseClass(c.String()); got != c || err != nil {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
	for s := range list.Status(255) {
		got, err := list.ParseStatus(s.String())
		if known := !strings.HasPrefix(s.String(), "status-"); known != (err == nil) || known && got != s {
			t.Errorf("%s: %v, %v", s, got, err)
		}
		if known := err == nil; known && s.Person() != strings.HasPrefix(s.String(), "notice-") {
			t.Errorf("%s: Person is %v", s, s.Person())
		}
	}
}

func TestRootCoversEveryFieldOfEveryRecord(t *testing.T) {
	r := list.Record{Digest: 1 << 60, Class: list.Passport, Issuer: "UTO", Status: list.Lost, Date: 1, Country: "UTO", Reference: "R"}
	seen := map[list.Hash]string{list.Leaf(1, []list.Record{r}): "unchanged"}
	for name, change := range map[string]func(*list.Record){
		"digest":    func(r *list.Record) { r.Digest++ },
		"class":     func(r *list.Record) { r.Class++ },
		"issuer":    func(r *list.Record) { r.Issuer = "UT" },
		"status":    func(r *list.Record) { r.Status++ },
		"date":      func(r *list.Record) { r.Date++ },
		"country":   func(r *list.Record) { r.Country = "" },
		"reference": func(r *list.Record) { r.Reference = "" },
		"shifted":   func(r *list.Record) { r.Issuer, r.Country = "UTOUTO", "" },
	} {
		changed := r
		change(&changed)
		leaf := list.Leaf(1, []list.Record{changed})
		if other, twice := seen[leaf]; twice {
			t.Errorf("%s and %s have one leaf", name, other)
		}
		seen[leaf] = name
	}
	if _, twice := seen[list.Leaf(2, []list.Record{r})]; twice {
		t.Error("the shard's number is not in its leaf")
	}

	leaves := []list.Hash{{1}, {2}, {3}, {4}}
	root, err := list.Root(leaves)
	if err != nil || leaves[0] != (list.Hash{1}) {
		t.Fatalf("root: %v; leaves are now %v", err, leaves)
	}
	leaves[0], leaves[1] = leaves[1], leaves[0]
	if swapped, _ := list.Root(leaves); swapped == root {
		t.Error("swapping two shards keeps the root")
	}
	if _, err := list.Root(leaves[:3]); err == nil {
		t.Error("three leaves have a root")
	}
}

func TestParamsFromOutsideAreChecked(t *testing.T) {
	for name, p := range map[string]list.Params{
		"negative": {ShardBits: -1}, "too fine": {ShardBits: list.MaxShardBits + 1},
		"empty code": {Codes: []string{""}}, "long code": {Codes: []string{"UTOP"}}, "twice": {Codes: []string{"UTO", "UTO"}},
	} {
		if p.Check() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := params.Check(); err != nil {
		t.Error(err)
	}
}

func testKey(t testing.TB, b byte) list.Key {
	t.Helper()
	key, err := list.NewKey([]byte(strings.Repeat(string(rune(b)), list.KeySize)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestDatesCountDaysFrom1990(t *testing.T) {
	for day, want := range map[string]list.Date{"1990-01-01": 1, "1990-01-02": 2, "2026-11-22": 13475, "2169-06-05": 65535} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := list.DateOf(at.Add(23 * time.Hour)); got != want || got.String() != day {
			t.Errorf("DateOf(%s) = %d, which is %s; want %d", day, got, got, want)
		}
	}
	for _, day := range []time.Time{{}, time.Date(1989, 12, 31, 23, 59, 0, 0, time.UTC), time.Date(2169, 6, 6, 0, 0, 0, 0, time.UTC)} {
		if got := list.DateOf(day); got != 0 || got.String() != "" {
			t.Errorf("DateOf(%s) = %d", day, got)
		}
	}
}
