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
	number         string // cleaned
	class          list.Class
	kind           string // the type as it was written: a code, or the letter of the class
	issuer         string
	owner          string
	status         list.Status
	date           day
	country        string
	reference      string
	ncbReference   string
	lot            string
	info           string
	issued         day
	documentExpiry day
	expires        day // 0 when not limited
}

// Format prints the class and the issuing State, and no more, under every verb.
func (e Entry) Format(f fmt.State, _ rune) { fmt.Fprint(f, e.class, " ", e.issuer) }

// LogValue implements slog.LogValuer.
func (e Entry) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(e)) }

// Expired reports whether the record may no longer be kept on a day.
func (e Entry) Expired(today time.Time) bool { return e.expires != 0 && e.expires < dayOf(today) }

// Record returns what a list carries of the entry. A theft before 1990 has no
// date there.
func (e Entry) Record(key list.Key) (list.Record, error) {
	digest, err := key.Digest(e.number)
	return e.record(digest), err
}

func (e *Entry) record(digest list.Digest) list.Record {
	return list.Record{
		Digest: digest, Class: e.class, Issuer: e.issuer, Status: e.status,
		Date: list.DateOf(e.date.time()), Country: e.country, Reference: e.reference,
	}
}

// A check gathers what is wrong with one record.
type check struct {
	broken []Error
	today  day
}

func (c *check) fail(field string, rule Rule) {
	c.broken = append(c.broken, Error{Field: field, Rule: rule})
}

// Check returns the entry of a record, or all rules that the record breaks on
// that day. Source and line of the errors are left to the caller.
func Check(r Record, today time.Time) (Entry, []Error) {
	c := check{today: dayOf(today)}
	e := c.identity(r.Identity())
	e.status = c.status(r.Status)
	e.date = c.date(r.Date, "date", DateInvalid)
	if e.date > c.today {
		c.fail("date", DateInFuture)
	}
	e.country = c.country(r.Country, e.status)
	e.reference = c.text(r.Reference, "reference", list.MaxReference)
	e.ncbReference = c.text(r.NCBReference, "ncb_reference", list.MaxReference)
	e.info = c.text(r.Info, "info", maxInfo)
	e.lot = c.text(r.Lot, "lot", list.MaxReference)
	if e.lot != "" && e.status != list.StolenBlank && e.status != list.Unexplained {
		c.fail("lot", LotNotAllowed)
	}
	c.validity(r, &e)
	e.expires = c.expires(r.Expires, e)
	if len(c.broken) > 0 {
		return Entry{}, c.broken
	}
	return e, nil
}

const (
	maxInfo  = 40
	maxOwner = 12
)

// identity checks what names a record.
func (c *check) identity(id Identity) Entry {
	e := Entry{
		number: c.number(id.Number),
		issuer: c.state(id.IssuingState, "issuing_state", IssuerInvalid),
		kind:   strings.ToUpper(strings.TrimSpace(id.Type)),
		owner:  c.owner(id.Owner),
	}
	e.class = c.class(e.kind)
	if e.owner == "" {
		e.owner = e.issuer
	}
	return e
}

func (c *check) owner(s string) string {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) > maxOwner || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		c.fail("owner", OwnerInvalid)
	}
	return s
}

// validity checks the days between which a document was valid: a blank was
// never issued.
func (c *check) validity(r Record, e *Entry) {
	e.issued = c.date(r.Issued, "issued", IssueInvalid)
	e.documentExpiry = c.date(r.DocumentExpiry, "document_expiry", ExpiryInvalid)
	blank := e.status == list.StolenBlank
	switch {
	case e.issued != 0 && blank:
		c.fail("issued", IssueNotAllowed)
	case e.issued > c.today:
		c.fail("issued", IssueInFuture)
	}
	switch {
	case e.documentExpiry != 0 && blank:
		c.fail("document_expiry", ExpiryNotAllowed)
	case e.documentExpiry != 0 && e.documentExpiry < e.issued:
		c.fail("document_expiry", ExpiryBeforeIssue)
	}
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

func (c *check) date(s, field string, rule Rule) day {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if at, err := time.Parse(layout, s); err == nil && !at.IsZero() && at.Year() > 0 {
			return dayOf(at)
		}
	}
	c.fail(field, rule)
	return 0
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

func (c *check) text(s, field string, most int) string {
	s = strings.TrimSpace(s)
	if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		c.fail(field, FieldInvalid)
	}
	if len(s) > most {
		c.fail(field, FieldTooLong)
	}
	return s
}

// expires allows a record no longer than its retention period, counted from
// today: when the record was made is not known here.
func (c *check) expires(s string, e Entry) day {
	at := c.date(s, "expires", RetentionInvalid)
	if years := e.retention(); years > 0 && at > c.today.after(years) {
		c.fail("expires", RetentionTooLong)
	}
	return at
}

// retention is how many years a record may be kept: 5, of stolen blanks 30, of
// administrative documents 10. What speaks of a person is kept as long as the
// notice, which has no period: 0.
func (e *Entry) retention() int {
	switch {
	case e.status.Person():
		return 0
	case e.status == list.StolenBlank:
		return 30
	case e.class == list.Other:
		return 10
	}
	return 5
}
