package inspect

import (
	"slices"
	"strings"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/mrz"
)

// An Input is all that a decision depends on. The zero Input refers.
type Input struct {
	Now      time.Time   // for the age of lists and uses
	Today    mrz.Day     // where the traveller stands; a document is good to the end of its last day
	ClockSet bool        // the clock can be trusted
	Floor    time.Time   // a time that has passed, as it was signed; zero when none is known
	Zone     mrz.Result  // the zero Result when nothing was parsed
	Typed    cache.Query // instead of Zone, when an officer typed the number
	Asked    bool        // the lists were asked, and answered without an error
	Answer   cache.Answer
	LastUsed time.Time // when this document was used last; zero when that is not known
	Faults   []Code    // what is wrong with the device
	Policy   Policy
}

// Decide goes through all rules.
func Decide(in Input) Decision {
	d := decider{Input: in}
	if in.Typed != (cache.Query{}) {
		d.typed()
	} else {
		d.zone()
	}
	d.matches()
	d.uses()
	d.lists()
	d.device()
	inOrder(d.made.reasons)
	d.made.decided = true
	return d.made
}

// A decider is a decision in the making.
type decider struct {
	Input
	made   Decision
	number bool // the document number is certain
}

func (d *decider) add(c Code, detail ...string) {
	r := reason(c)
	if len(detail) > 0 {
		r.Detail = strings.Join(detail, ", ")
	}
	d.made.reasons = append(d.made.reasons, r)
}

// typed judges a document of which no more is known than an officer typed.
func (d *decider) typed() {
	d.add(TypedOnly)
	d.number = true
	d.issuer(d.Typed.Issuer)
	if d.Typed.Class == list.Other {
		d.add(TypeUnknown)
	}
}

// zone judges the zone, and the fields that others depend on.
func (d *decider) zone() {
	z := &d.Zone
	if z.Document.Format == mrz.None {
		d.add(NoZone)
		return
	}
	d.form()
	d.number = z.Sound(mrz.Number)
	if _, err := list.Clean(nil, z.Document.Number.Value()); err != nil {
		d.add(NumberMissing)
	}
	d.expiry()
	d.issuer(z.Document.IssuingState.Value())
	if !strings.ContainsRune("PIV", rune(z.Document.Class())) {
		d.add(TypeUnknown)
	}
	if z.Document.Format.National() {
		d.add(NationalLayout)
	}
}

// form judges form and check digits. A deviation that real documents are known
// for is no reason; neither is a digit that is not printed where the layout
// allows that.
func (d *decider) form() {
	z := &d.Zone
	var failed, undetermined, errors []string
	for _, c := range z.Checks() {
		switch c.Outcome {
		case mrz.Passed, mrz.Absent:
		case mrz.Failed:
			failed = append(failed, c.Field.String())
		default:
			undetermined = append(undetermined, c.Field.String())
		}
	}
	for _, f := range []mrz.Field{mrz.Number, mrz.BirthDate, mrz.ExpiryDate} {
		if name := f.String(); !z.Sound(f) && !slices.Contains(failed, name) && !slices.Contains(undetermined, name) {
			undetermined = append(undetermined, name)
		}
	}
	for _, f := range z.Findings() {
		if f.Severity == mrz.Error && f.Code != mrz.WrongDigit {
			errors = append(errors, f.Text())
		}
	}
	if len(failed) > 0 {
		d.add(CheckFailed, failed...)
	}
	if len(undetermined) > 0 {
		d.add(CheckUndetermined, undetermined...)
	}
	if len(errors) > 0 || !z.Readable() && len(failed)+len(undetermined) == 0 {
		d.add(ZoneMalformed, errors...)
	}
}

// expiry judges a date that its check digit vouches for; one that it does not
// vouch for has its reason already.
func (d *decider) expiry() {
	if !d.Zone.Sound(mrz.ExpiryDate) {
		return
	}
	last, known := d.Zone.Document.ExpiryDate.Expiry(d.Today)
	switch {
	case !known:
		d.add(ExpiryUnknown)
	case last.Compare(d.Today) < 0:
		d.add(Expired)
	}
}

func (d *decider) issuer(code string) {
	switch {
	case !mrz.KnownState(code):
		d.add(IssuerUnknown)
	case mrz.IsSpecimen(code) && !d.Policy.AcceptSpecimens:
		d.add(IssuerSpecimen)
	}
}

// uses judges whether the document was used just now. A use in the future is
// one too: the clock was put back since.
func (d *decider) uses() {
	window := d.Policy.MultipleUseWindow
	if window == 0 {
		window = DefaultMultipleUseWindow
	}
	if window > 0 && !d.LastUsed.IsZero() && d.Now.Sub(d.LastUsed) <= window {
		d.add(MultipleUse)
	}
}

// firstYear is before any day on which this program can run.
const firstYear = 2020

func (d *decider) device() {
	if !d.ClockSet || d.Today.Year < firstYear || d.Now.Year() < firstYear {
		d.add(ClockUnset)
	}
	for _, c := range d.Faults {
		d.made.reasons = append(d.made.reasons, fault(c))
	}
}
