package registry_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

var today = time.Date(2026, 11, 1, 23, 59, 0, 0, time.UTC)

// good keeps all rules.
var good = registry.Record{
	Number: "ut-12 345", IssuingState: "UTO", Type: "P", Status: "stolen", Date: "2026-10-31", Country: "UTO",
	Reference: "UTO/26/17", Expires: "2031-11-01",
}

func with(change func(*registry.Record)) registry.Record {
	r := good
	change(&r)
	return r
}

func TestEachRuleIsNamed(t *testing.T) {
	blank := func(r *registry.Record) { r.Status, r.Country, r.Lot = "stolen-blank", "", "LOT 7" }
	for _, c := range []struct {
		name   string
		change func(*registry.Record)
		field  string
		want   registry.Rule
	}{
		{"good", func(*registry.Record) {}, "", ""},
		{"number of 5", func(r *registry.Record) { r.Number = "ab-12.3" }, "", ""},
		{"number of 4", func(r *registry.Record) { r.Number = "ab-12" }, "number", registry.NumberInvalid},
		{"number of 25", func(r *registry.Record) { r.Number = strings.Repeat("A", 25) }, "", ""},
		{"number of 26", func(r *registry.Record) { r.Number = strings.Repeat("A", 26) }, "number", registry.NumberInvalid},
		{"no number", func(r *registry.Record) { r.Number = "" }, "number", registry.NumberInvalid},
		{"number in Cyrillic", func(r *registry.Record) { r.Number = "АВ12345" }, "number", registry.NumberInvalid},
		{"Germany", func(r *registry.Record) { r.IssuingState = "D<<" }, "", ""},
		{"Germany by ISO", func(r *registry.Record) { r.IssuingState = "deu" }, "", ""},
		{"no issuer", func(r *registry.Record) { r.IssuingState = "" }, "issuing_state", registry.IssuerInvalid},
		{"issuer of two letters", func(r *registry.Record) { r.IssuingState = "UT" }, "issuing_state", registry.IssuerInvalid},
		{"issuer of four letters", func(r *registry.Record) { r.IssuingState = "UTOP" }, "issuing_state", registry.IssuerInvalid},
		{"issuer in digits", func(r *registry.Record) { r.IssuingState = "276" }, "issuing_state", registry.IssuerInvalid},
		{"type code", func(r *registry.Record) { r.Type = "dip" }, "", ""},
		{"type of no class", func(r *registry.Record) { r.Type = "XYZ" }, "type", registry.TypeInvalid},
		{"no type", func(r *registry.Record) { r.Type = "" }, "type", registry.TypeInvalid},
		{"status in capitals", func(r *registry.Record) { r.Status = "REVOKED" }, "", ""},
		{"notice", func(r *registry.Record) { r.Status, r.Country, r.Expires = "notice-red", "", "2099-01-01" }, "", ""},
		{"no status", func(r *registry.Record) { r.Status = "" }, "status", registry.StatusInvalid},
		{"unexplained", func(r *registry.Record) { r.Status = "unexplained" }, "status", registry.StatusInvalid},
		{"no date", func(r *registry.Record) { r.Date = "" }, "", ""},
		{"date in digits", func(r *registry.Record) { r.Date = "20261031" }, "", ""},
		{"today", func(r *registry.Record) { r.Date = "2026-11-01" }, "", ""},
		{"tomorrow", func(r *registry.Record) { r.Date = "2026-11-02" }, "date", registry.DateInFuture},
		{"date as written elsewhere", func(r *registry.Record) { r.Date = "31.10.2026" }, "date", registry.DateInvalid},
		{"30 February", func(r *registry.Record) { r.Date = "2026-02-30" }, "date", registry.DateInvalid},
		{"no country", func(r *registry.Record) { r.Country = "" }, "country", registry.CountryMissing},
		{"country of two letters", func(r *registry.Record) { r.Country = "UT" }, "country", registry.CountryInvalid},
		{"blank", blank, "", ""},
		{"blank in capitals", func(r *registry.Record) { blank(r); r.Status = "STOLEN_BLANK" }, "", ""},
		{"lot of no blank", func(r *registry.Record) { r.Lot = "LOT 7" }, "lot", registry.LotNotAllowed},
		{"long lot", func(r *registry.Record) { blank(r); r.Lot = strings.Repeat("L", 26) }, "lot", registry.FieldTooLong},
		{"reference of 25", func(r *registry.Record) { r.Reference = strings.Repeat("R", 25) }, "", ""},
		{"reference of 26", func(r *registry.Record) { r.Reference = strings.Repeat("R", 26) }, "reference", registry.FieldTooLong},
		{"reference with an accent", func(r *registry.Record) { r.Reference = "é" }, "reference", registry.FieldInvalid},
		{"kept too long", func(r *registry.Record) { r.Expires = "2031-11-02" }, "expires", registry.RetentionTooLong},
		{"blank for 30 years", func(r *registry.Record) { blank(r); r.Expires = "2056-11-01" }, "", ""},
		{"blank too long", func(r *registry.Record) { blank(r); r.Expires = "2056-11-02" }, "expires", registry.RetentionTooLong},
		{"licence for 10 years", func(r *registry.Record) { r.Type, r.Expires = "DRV", "2036-11-01" }, "", ""},
		{"licence too long", func(r *registry.Record) { r.Type, r.Expires = "DRV", "2036-11-02" }, "expires", registry.RetentionTooLong},
		{"retention no date", func(r *registry.Record) { r.Expires = "never" }, "expires", registry.RetentionInvalid},
		{"owner", func(r *registry.Record) { r.Owner = "uto-2" }, "", ""},
		{"owner of 13", func(r *registry.Record) { r.Owner = strings.Repeat("A", 13) }, "owner", registry.OwnerInvalid},
		{"owner in words", func(r *registry.Record) { r.Owner = "UTO 2" }, "owner", registry.OwnerInvalid},
		{"bureau's reference of 26", func(r *registry.Record) { r.NCBReference = strings.Repeat("R", 26) }, "ncb_reference", registry.FieldTooLong},
		{"information of 40", func(r *registry.Record) { r.Info = strings.Repeat("I", 40) }, "", ""},
		{"information of 41", func(r *registry.Record) { r.Info = strings.Repeat("I", 41) }, "info", registry.FieldTooLong},
		{"valid from and to", func(r *registry.Record) { r.Issued, r.DocumentExpiry = "20200102", "2030-01-01" }, "", ""},
		{"issued tomorrow", func(r *registry.Record) { r.Issued = "2026-11-02" }, "issued", registry.IssueInFuture},
		{"issued some day", func(r *registry.Record) { r.Issued = "some day" }, "issued", registry.IssueInvalid},
		{"issued blank", func(r *registry.Record) { blank(r); r.Issued = "2020-01-01" }, "issued", registry.IssueNotAllowed},
		{"valid until some day", func(r *registry.Record) { r.DocumentExpiry = "some day" }, "document_expiry", registry.ExpiryInvalid},
		{"valid blank", func(r *registry.Record) { blank(r); r.DocumentExpiry = "2030-01-01" }, "document_expiry", registry.ExpiryNotAllowed},
		{"valid until before", func(r *registry.Record) { r.Issued, r.DocumentExpiry = "2020-01-02", "2020-01-01" }, "document_expiry", registry.ExpiryBeforeIssue},
		{"date of the year 0", func(r *registry.Record) { r.Date = "0000-05-05" }, "date", registry.DateInvalid},
		{"no retention", func(r *registry.Record) { r.Expires = "" }, "", ""},
	} {
		_, broken := registry.Check(with(c.change), today)
		var want []registry.Error
		if c.want != "" {
			want = []registry.Error{{Field: c.field, Rule: c.want}}
		}
		if diff := cmp.Diff(want, broken); diff != "" {
			t.Errorf("%s: -want +got\n%s", c.name, diff)
		}
	}
}

func TestAllThatIsWrongIsNamedAtOnce(t *testing.T) {
	_, broken := registry.Check(registry.Record{Reference: "é", Expires: "x"}, today)
	var rules []registry.Rule
	for _, b := range broken {
		rules = append(rules, b.Rule)
		if b.Rule.Text() == "" {
			t.Errorf("%s explains nothing", b.Rule)
		}
	}
	want := []registry.Rule{registry.NumberInvalid, registry.IssuerInvalid, registry.TypeInvalid, registry.StatusInvalid, registry.FieldInvalid, registry.RetentionInvalid}
	if !slices.Equal(rules, want) {
		t.Errorf("got %v, want %v", rules, want)
	}
}

func TestEntriesBecomeWhatTheListCarries(t *testing.T) {
	key := testKey(t)
	digest, err := key.Digest("UT12345")
	if err != nil {
		t.Fatal(err)
	}
	want := list.Record{Digest: digest, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 13453, Country: "UTO", Reference: "UTO/26/17"}
	for name, c := range map[string]struct {
		record registry.Record
		want   list.Record
	}{
		"as it is":      {good, want},
		"Germany":       {with(func(r *registry.Record) { r.IssuingState, r.Country = "DEU", "deu" }), change(want, func(r *list.Record) { r.Issuer, r.Country = "D", "D" })},
		"before 1990":   {with(func(r *registry.Record) { r.Date = "1985-01-01" }), change(want, func(r *list.Record) { r.Date = 0 })},
		"identity card": {with(func(r *registry.Record) { r.Type = "IDC" }), change(want, func(r *list.Record) { r.Class = list.Identity })},
		"visa":          {with(func(r *registry.Record) { r.Type = "TDS" }), change(want, func(r *list.Record) { r.Class = list.Visa })},
		"seaman's book": {with(func(r *registry.Record) { r.Type = "SIB" }), change(want, func(r *list.Record) { r.Class = list.Other })},
	} {
		e, broken := registry.Check(c.record, today)
		got, err := e.Record(key)
		if diff := cmp.Diff(c.want, got); diff != "" || broken != nil || err != nil {
			t.Errorf("%s: %v, %v, -want +got\n%s", name, broken, err, diff)
		}
	}
	if got := want.Date.String(); got != "2026-10-31" {
		t.Errorf("the date is %s", got)
	}
	if _, err := (registry.Entry{}).Record(key); err == nil {
		t.Error("an entry that was never checked is a record")
	}
}

func TestNothingPrintsTheNumber(t *testing.T) {
	e, broken := registry.Check(good, today)
	if broken != nil {
		t.Fatal(broken)
	}
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "record", good, "entry", e)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+verb, good, e)
		fmt.Fprintf(&out, verb, []any{&good, []registry.Entry{e}})
	}
	for _, secret := range []string{"12345", "ut-12 345", "UTO/26"} {
		if strings.Contains(strings.ToUpper(out.String()), strings.ToUpper(secret)) {
			t.Errorf("%q is printed: %s", secret, &out)
		}
	}
}

func change(r list.Record, f func(*list.Record)) list.Record { f(&r); return r }

func testKey(t testing.TB) list.Key {
	t.Helper()
	key, err := list.NewKey(bytes.Repeat([]byte{1}, list.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}
