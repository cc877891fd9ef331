package firmware

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/console"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/mrz"
)

// A page is what the officer's page shows, as the lane knows it.
type page struct {
	lane    station.Lane
	readers readers
	gate    drivers.GateStatus
	signal  drivers.Signal
	tone    drivers.Tone
	message drivers.Message
	recent  []console.Passage    // newest first
	current uint64               // the passage that the lane is dealing with, or dealt with last
	waiting bool                 // it waits for an officer's outcome
	since   map[string]time.Time // of the faults, by code

	published time.Time
}

func (p *page) begin(l *Lane) {
	p.since = map[string]time.Time{}
	p.publish(l, time.Now())
}

// passage shows a passage, in the place of what was shown of it before.
func (p *page) passage(s station.Passage) {
	shown := passageOf(s)
	i := slices.IndexFunc(p.recent, func(old console.Passage) bool { return old.ID == shown.ID })
	switch {
	case i >= 0:
		p.recent[i] = shown
	default:
		p.recent = slices.Insert(p.recent, 0, shown)
		p.recent = p.recent[:min(len(p.recent), console.MaxRecent)]
	}
	if s.State != station.NotTaken && s.Number >= p.current {
		p.current, p.waiting = s.Number, s.Waiting
	}
}

func passageOf(s station.Passage) console.Passage {
	lead := s.Decision.Lead()
	shown := console.Passage{
		ID: strconv.FormatUint(s.Number, 10), At: s.At, Verdict: s.Decision.Verdict().String(), Kind: lead.Kind.String(),
		Headline: lead.Words(), Document: describe(s.Document), Do: drill(s.Decision), ElapsedUS: s.Elapsed.Microseconds(),
		Waiting: s.Waiting, Outcome: string(s.Outcome), OutcomeAt: s.Closed,
	}
	for _, r := range leadFirst(s.Decision) {
		shown.Reasons = append(shown.Reasons, console.Reason{Code: string(r.Code), Text: r.Words(), List: r.List, Detail: detailOf(r)})
	}
	return shown
}

// drill is what the officer does next: what the leading reason asks for, and
// where a notice concerns the holder of a document that is in question, what
// that asks for too.
func drill(d inspect.Decision) []string {
	steps := d.Lead().Drill()
	if d.Lead().Kind == inspect.Person {
		return steps
	}
	for _, r := range d.Reasons() {
		if r.Kind == inspect.Person {
			return append(steps, r.Drill()...)
		}
	}
	return steps
}

// detailOf is what a reason knows beside its words.
func detailOf(r inspect.Reason) string {
	var parts []string
	if r.Match.Date != 0 {
		parts = append(parts, "since "+r.Match.Date.String())
	}
	if r.Match.Country != "" {
		parts = append(parts, "reported by "+mrz.StateName(r.Match.Country))
	}
	if r.Detail != "" {
		parts = append(parts, r.Detail)
	}
	return strings.Join(parts, ", ")
}

// describe turns a label such as "P UTO" into words.
func describe(label string) string {
	code, state, ok := strings.Cut(label, " ")
	if !ok {
		return ""
	}
	kind := "Document"
	switch code[:min(len(code), 1)] {
	case "P":
		kind = "Passport"
	case "A", "C", "I":
		kind = "Identity document"
	case "V":
		kind = "Visa"
	}
	return kind + ", " + mrz.StateName(state)
}

// publish tells the pages and the metrics how the lane stands.
func (p *page) publish(l *Lane, now time.Time) {
	view := console.View{
		Site: l.Site, Lane: l.Name, Version: l.Version, Demo: l.Demo, Now: now,
		State: string(p.lane.State), Since: p.lane.Since, Recent: slices.Clone(p.recent),
		Devices:   console.Devices{Gate: p.gate.State.String(), Lights: p.signal.String(), Buzzer: p.tone.String(), Display: p.message.String()},
		Traveller: p.message.String(),
		Outcomes:  outcomeKeys,
	}
	state, detail := p.readers.summary()
	view.Reader = console.Reader{State: state.String(), Label: l.ReaderLabel, Detail: detail}
	for i := range p.recent {
		if p.recent[i].ID == strconv.FormatUint(p.current, 10) {
			view.Last, view.Waiting = &p.recent[i], p.waiting
		}
	}
	reports := ReportLists(l.Lists.Status(), l.Policy, now)
	for _, r := range reports {
		view.Lists = append(view.Lists, p.list(l, r))
	}
	view.Faults = p.faults(l, reports, now)
	l.Console.Publish(view)
	l.closed.Store(p.whyClosed())
	p.published = now
	l.Metrics.lists(reports)
	l.Metrics.faults.Set(float64(len(view.Faults)))
	if l.log != nil {
		l.Metrics.lastEntry.Set(float64(l.log.Head().Seq))
	}
}

// whyClosed names the causes for which the lane is closed, or is nil when it is
// not.
func (p *page) whyClosed() *string {
	if p.lane.State != station.Closed {
		return nil
	}
	causes := "it has not begun"
	if len(p.lane.Causes) > 0 {
		causes = fmt.Sprint(p.lane.Causes)
	}
	return &causes
}

func (p *page) list(l *Lane, r ListReport) console.List {
	shown := console.List{
		Name: r.Name, Title: r.Name, Release: r.Release, Records: r.Records, State: r.State, Detail: r.Problem,
	}
	if title := l.Titles[r.Name]; title != "" {
		shown.Title = title
	}
	if r.Issued != nil {
		shown.Issued, shown.Checked = *r.Issued, *r.Checked
	}
	if shown.Detail == "" && l.Updates != nil {
		shown.Detail = l.Updates(r.Name)
	}
	return shown
}

// faults are what the officer must know now, each with the time since when.
func (p *page) faults(l *Lane, lists []ListReport, now time.Time) []console.Fault {
	var faults []console.Fault
	for _, c := range p.lane.Causes {
		faults = append(faults, faultOf(c, l.why(c)))
	}
	for _, r := range lists {
		if c, bad := listFaults[r.State]; bad {
			f := faultOf(c, r.Name)
			f.Code += ":" + r.Name
			faults = append(faults, f)
		}
		if r.Damaged > 0 || r.Bad > 0 {
			faults = append(faults, console.Fault{Code: "list-damaged:" + r.Name, Text: "A part of list " + r.Name + " is damaged.",
				Do: "Documents that fall into it are referred. Tell the technician."})
		}
	}
	faults = append(faults, p.readers.faults()...)
	if _, failing := l.devices[display]; failing {
		faults = append(faults, console.Fault{Code: "display-fault", Text: "The display for travellers does not answer.",
			Do: "The lane goes on: lamps and page still show the way. Tell the technician."})
	}
	if l.Faults != nil {
		faults = append(faults, l.Faults()...)
	}
	still := map[string]time.Time{}
	for i := range faults {
		since, known := p.since[faults[i].Code]
		if !known {
			since = now
		}
		still[faults[i].Code], faults[i].Since = since, since
	}
	p.since = still
	return faults
}

var listFaults = map[string]inspect.Code{
	inspect.Missing.String(): inspect.ListMissing,
	inspect.Broken.String():  inspect.ListBroken,
	inspect.Stale.String():   inspect.ListStale,
}

// faultOf puts a rule into the words of a banner.
func faultOf(c inspect.Code, detail string) console.Fault {
	r := inspect.Decision{}.With(c).Reasons()[0]
	f := console.Fault{Code: string(c), Text: r.Words(), Do: strings.Join(r.Drill(), " ")}
	if detail != "" {
		f.Text = strings.TrimSuffix(f.Text, ".") + ": " + detail + "."
	}
	return f
}

// why says more of a cause that keeps the lane closed.
func (l *Lane) why(c inspect.Code) string {
	switch c {
	case inspect.LogFailed:
		if l.logError != nil {
			return l.logError.Error()
		}
	case inspect.ReaderGone:
		_, detail := l.page.readers.summary()
		return detail
	case inspect.GateUnknown, inspect.GateForced, inspect.GateTailgate, inspect.GateHeldOpen, inspect.GatePulled, inspect.GateOut,
		inspect.GateNotShut:
		return l.page.gate.Detail
	case inspect.DeviceFault:
		var names []string
		for name := range l.devices {
			names = append(names, name)
		}
		slices.Sort(names)
		return strings.Join(names, ", ")
	}
	return ""
}

// outcomeKeys are the outcomes that the page offers, on the keys 1, 2, ...
var outcomeKeys = func() []console.Outcome {
	var all []console.Outcome
	for i, o := range station.Outcomes() {
		all = append(all, console.Outcome{Code: string(o), Label: o.Label(), Key: strconv.Itoa(i + 1)})
	}
	return all
}()
