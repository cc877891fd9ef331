package firmware

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
	"portcullis/mrz/report"
)

// A CheckRequest asks what would be decided on a document: by the lines of its
// zone, or by what an officer typed.
type CheckRequest struct {
	Lines  []string `json:"lines,omitempty"`
	Number string   `json:"number,omitempty"`
	Issuer string   `json:"issuer,omitempty"`
	Type   string   `json:"type,omitempty"` // P, I, V or O
	Today  string   `json:"today,omitempty"`
	// Specimens accepts documents of the specimen State, as in training.
	Specimens bool `json:"specimens,omitempty"`
}

// A CheckReport is what would be decided, and why. It holds what was asked,
// and is for whoever asked.
type CheckReport struct {
	Verdict  string          `json:"verdict"`
	Reasons  []CheckReason   `json:"reasons"`
	Document report.Document `json:"document"`
	Matches  []CheckMatch    `json:"matches"`
	Lists    []CheckList     `json:"lists"`
	Elapsed  int64           `json:"elapsed_us"`
}

// A CheckReason is a rule that applied.
type CheckReason struct {
	Code string `json:"code"`
	Text string `json:"text"`
	List string `json:"list,omitempty"`
}

// A CheckMatch is a record that fits.
type CheckMatch struct {
	List      string `json:"list"`
	Release   uint64 `json:"release"`
	How       string `json:"how"`
	Swapped   []int  `json:"swapped,omitempty"` // of a look-alike: places in the number that were taken otherwise
	Status    string `json:"status"`
	Type      string `json:"type"`
	Issuer    string `json:"issuing_state"`
	Date      string `json:"date,omitempty"`
	Country   string `json:"country,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// A CheckList is a list that was asked.
type CheckList struct {
	Name    string `json:"name"`
	Release uint64 `json:"release"`
	Age     int64  `json:"age"` // seconds; -1 when not known
	State   string `json:"state"`
}

// The ways in which a request is not one for a document.
var (
	ErrRequest = errors.New("give the lines of a zone, or a number, an issuing State and a type")
	ErrType    = errors.New("the type of a document is P, I, V or O")
)

// Typed tells whether what an officer typed can be looked up.
func (r CheckRequest) Typed() error {
	_, err := r.typed()
	return err
}

// typed is the query for what an officer typed, in capitals or not. No error
// has it in it.
func (r CheckRequest) typed() (cache.Query, error) {
	if r.Number == "" || r.Issuer == "" || r.Type == "" {
		return cache.Query{}, ErrRequest
	}
	class, err := list.ParseClass(strings.ToUpper(r.Type))
	if err != nil {
		return cache.Query{}, ErrType
	}
	if _, err := list.Clean(nil, r.Number); err != nil {
		return cache.Query{}, err
	}
	return cache.Query{Number: strings.ToUpper(r.Number), Class: class, Issuer: strings.ToUpper(r.Issuer), LookAlikes: true}, nil
}

// Lists is what is asked of the lists. A [cache.Store] is one.
type Lists interface {
	Lookup(cache.Query) (cache.Answer, error)
	Status() []cache.ListStatus
}

// Check decides on a document as the lane would at a time, where another is known
// to have passed, and does nothing about it.
func Check(lists Lists, policy inspect.Policy, now, floor time.Time, r CheckRequest) (CheckReport, error) {
	start := time.Now()
	policy.AcceptSpecimens = policy.AcceptSpecimens || r.Specimens
	in := inspect.Input{Now: now, Today: mrz.DayOf(now), ClockSet: true, Floor: floor, Policy: policy}
	if r.Today != "" {
		today, err := mrz.ParseDay(r.Today)
		if err != nil {
			return CheckReport{}, fmt.Errorf("check document: %w", err)
		}
		in.Today = today
	}
	var shown report.Document
	switch {
	case len(r.Lines) > 0 && r.Number == "":
		zone, err := mrz.Parse(r.Lines)
		in.Zone, shown = zone, report.Of(zone, err, mrz.Century{Today: in.Today}).Document
		shown.MRZInformation = "" // nobody opens a chip here
	case len(r.Lines) == 0:
		q, err := r.typed()
		if err != nil {
			return CheckReport{}, fmt.Errorf("check document: %w", err)
		}
		in.Typed, shown = q, report.Document{Code: q.Class.String(), IssuingState: q.Issuer, Number: q.Number}
	default:
		return CheckReport{}, fmt.Errorf("check document: %w", ErrRequest)
	}
	ask(lists, &in)
	decision := inspect.Decide(in)
	rep := reportOf(decision, in.Answer)
	rep.Document, rep.Elapsed = shown, time.Since(start).Microseconds()
	return rep, nil
}

// ask looks the document of an input up, if it can be: a number with a cell
// that could not be read is not asked for, as another might be found. Where
// there is no number to ask for, the lists are not at fault, and the zone has
// its reason already: only how they stand is noted then.
func ask(lists Lists, in *inspect.Input) {
	q := in.Typed
	if q == (cache.Query{}) {
		var ok bool
		if q, ok = queryOf(&in.Zone); !ok {
			in.Answer, in.Asked = cache.Answer{Lists: lists.Status()}, true
			return
		}
	}
	answer, err := lists.Lookup(q)
	in.Answer, in.Asked = answer, err == nil
}

// queryOf returns the query for the document of a zone, if it has a number that
// can be looked up.
func queryOf(z *mrz.Result) (cache.Query, bool) {
	number := z.Document.Number.Printed()
	for i := range len(number) {
		if c := number[i]; c != mrz.Filler && (c < '0' || c > '9') && (c < 'A' || c > 'Z') {
			return cache.Query{}, false
		}
	}
	if _, err := list.Clean(nil, number); err != nil {
		return cache.Query{}, false
	}
	class, err := list.ParseClass(string(z.Document.Class()))
	return cache.Query{
		Number:     z.Document.Number.Value(),
		Class:      class,
		Issuer:     z.Document.IssuingState.Value(),
		LookAlikes: !z.Sound(mrz.Number),
	}, err == nil
}

func reportOf(d inspect.Decision, a cache.Answer) CheckReport {
	rep := CheckReport{Verdict: d.Verdict().String(), Reasons: []CheckReason{}, Matches: []CheckMatch{}, Lists: []CheckList{}}
	for _, r := range leadFirst(d) {
		rep.Reasons = append(rep.Reasons, CheckReason{Code: string(r.Code), Text: r.Text(), List: r.List})
	}
	for _, m := range a.Matches {
		rep.Matches = append(rep.Matches, CheckMatch{
			List: m.List, Release: m.Release, How: m.How.String(), Swapped: m.Swapped, Status: m.Record.Status.String(), Type: m.Record.Class.String(),
			Issuer: m.Record.Issuer, Date: m.Record.Date.String(), Country: m.Record.Country, Reference: m.Record.Reference,
		})
	}
	for _, l := range d.Lists() {
		rep.Lists = append(rep.Lists, CheckList{Name: l.Name, Release: l.Release, Age: seconds(l.Age), State: l.Freshness.String()})
	}
	return rep
}

// leadFirst returns the reasons of a decision with the one that led to the
// verdict first; the reason for a Clear is that there is none.
func leadFirst(d inspect.Decision) []inspect.Reason {
	lead := d.Lead()
	reasons := []inspect.Reason{lead}
	skipped := false
	for _, r := range d.Reasons() {
		if !skipped && r == lead {
			skipped = true
			continue
		}
		reasons = append(reasons, r)
	}
	return reasons
}

// seconds returns an age in whole seconds, and -1 for one that is not known.
func seconds(age time.Duration) int64 {
	if age < 0 {
		return -1
	}
	return int64(age / time.Second)
}
