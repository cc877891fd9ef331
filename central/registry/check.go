package registry

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"portcullis/cache/list"
)

// An Entry is a record that keeps all rules. The only way to have one is
// [Check].
type Entry struct {
	number    string // cleaned
	class     list.Class
	issuer    string
	status    list.Status
	date      time.Time // zero when not known
	country   string
	reference string
	expires   time.Time // zero when not limited
}

// Format prints the class and the issuing State, and no more, under every verb.
func (e Entry) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.class, " ", e.issuer) }

// LogValue implements slog.LogValuer.
func (e Entry) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(e)) }

// Expired reports whether the record may no longer be kept on a day.
func (e Entry) Expired(today time.Time) bool {
	return !e.expires.IsZero() && e.expires.Before(day(today))
}

// Record returns what a list carries of the entry. A theft before 1990 has no
// date there.
func (e Entry) Record(key list.Key) (list.Record, error) {
	digest, err := key.Digest(e.number)
	return list.Record{
		Digest: digest, Class: e.class, Issuer: e.issuer, Status: e.status,
		Date: list.DateOf(e.date), Country: e.country, Reference: e.reference,
	}, err
}

// A check gathers what is wrong with one record.
type check struct {
	broken []Error
	today  time.Time
}

func (c *check) fail(field string, rule Rule) {
	c.broken = append(c.broken, Error{Field: field, Rule: rule})
}

// Check returns the entry of a record, or all rules that the record breaks on
// that day. Source and line of the errors are left to the caller.
func Check(r Record, today time.Time) (Entry, []Error) {
	c := check{today: day(today)}
	e := Entry{
		number: c.number(r.Number),
		issuer: c.state(r.IssuingState, "issuing_state", IssuerInvalid),
		class:  c.class(r.Type),
		status: c.status(r.Status),
		date:   c.date(r.Date, "date", DateInvalid),
	}
	if e.date.After(c.today) {
		c.fail("date", DateInFuture)
	}
	e.country = c.country(r.Country, e.status)
	e.reference = c.text(r.Reference, "reference")
	if c.text(r.Lot, "lot") != "" && e.status != list.StolenBlank && e.status != list.Unexplained {
		c.fail("lot", LotNotAllowed)
	}
	e.expires = c.expires(r.Expires, e)
	if len(c.broken) > 0 {
		return Entry{}, c.broken
	}
	return e, nil
}

func (c *check) number(s string) string {
	clean, err := list.Clean(nil, s)
	if err != nil || len(clean) < list.MinNumber {
		c.fail("number", NumberInvalid)
	}
	return string(clean)
}

// state reads a code as it stands in a machine readable zone. Germany is D
// there: a record under DEU would never be found.
func (c *check) state(s, field string, rule Rule) string {
	code := strings.TrimRight(strings.ToUpper(strings.TrimSpace(s)), "<")
	if code == "DEU" || code == "D" {
		return "D"
	}
	if len(code) != 3 || strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		c.fail(field, rule)
	}
	return code
}

func (c *check) class(s string) list.Class {
	class, known := classOf(s)
	if !known {
		c.fail("type", TypeInvalid)
	}
	return class
}

// hyphens part the words of a status, whatever parts them in a file.
var hyphens = strings.NewReplacer("_", "-", " ", "-")

func (c *check) status(s string) list.Status {
	status, err := list.ParseStatus(hyphens.Replace(strings.ToLower(strings.TrimSpace(s))))
	if err != nil || status == list.Unexplained {
		c.fail("status", StatusInvalid)
	}
	return status
}

func (c *check) date(s, field string, rule Rule) time.Time {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}
	}
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at
		}
	}
	c.fail(field, rule)
	return time.Time{}
}

func (c *check) country(s string, status list.Status) string {
	if strings.TrimSpace(s) != "" {
		return c.state(s, "country", CountryInvalid)
	}
	switch {
	case status == list.StolenBlank, status.Person(), status == list.Unexplained: // which is wrong by itself
	default:
		c.fail("country", CountryMissing)
	}
	return ""
}

func (c *check) text(s, field string) string {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		c.fail(field, FieldInvalid)
	}
	if len(s) > list.MaxReference {
		c.fail(field, FieldTooLong)
	}
	return s
}

// expires allows a record no longer than its retention period, counted from
// today: when the record was made is not known here.
func (c *check) expires(s string, e Entry) time.Time {
	at := c.date(s, "expires", RetentionInvalid)
	years := 5
	switch {
	case e.status.Person():
		return at
	case e.status == list.StolenBlank:
		years = 30
	case e.class == list.Other:
		years = 10
	}
	if at.After(c.today.AddDate(years, 0, 0)) {
		c.fail("expires", RetentionTooLong)
	}
	return at
}

// day is the midnight that a day begins with.
func day(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }
