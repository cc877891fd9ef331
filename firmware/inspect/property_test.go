package inspect_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/firmware/inspect"
	"portcullis/mrz"
)

// randomInput returns an input in which each thing is right most of the time.
func randomInput(t testing.TB, r *rand.Rand) inspect.Input {
	rarely := func() bool { return r.IntN(20) == 0 }
	in := inspect.Input{
		Now: noon, Today: mrz.DayOf(noon), ClockSet: !rarely(), Asked: !rarely(), Zone: randomZone(t, r),
		Policy: inspect.Policy{AcceptSpecimens: !rarely(), LiftLost: rarely()},
	}
	if rarely() {
		in.Policy.RequiredLists = []string{"a", "b"}[:1+r.IntN(2)]
	}
	if rarely() {
		in.Now = time.Time{}
	}
	if rarely() {
		in.Today = mrz.Day{}
	}
	if rarely() {
		in.Faults = []inspect.Code{inspect.LogFull, inspect.Tamper, "", "clear", "lost-lifted"}[r.IntN(5):][:1]
	}
	if rarely() {
		in.LastUsed = noon.Add(-time.Duration(r.IntN(1200)) * time.Second)
	}
	if rarely() {
		in.Typed = cache.Query{Number: "L898902C3", Issuer: "UTO", Class: list.Passport}
	}
	for _, name := range []string{"a", "b", "c"}[:r.IntN(8)/2&3] {
		in.Answer.Lists = append(in.Answer.Lists, randomList(r, name))
	}
	for range max(0, r.IntN(8)-5) {
		in.Answer.Matches = append(in.Answer.Matches, cache.Match{
			List: "a", How: cache.How(r.IntN(4)), Record: list.Record{Status: list.Status(r.IntN(28))},
		})
	}
	return in
}

func randomList(r *rand.Rand, name string) cache.ListStatus {
	s := cache.ListStatus{Name: name, Release: 3, Issued: noon.Add(-50 * time.Hour), Checked: noon.Add(-time.Duration(r.IntN(50*60)) * time.Minute)}
	switch r.IntN(20) {
	case 0:
		s.Release = 0
	case 1:
		s.Err = errors.New("broken")
	case 2:
		s.Issued = noon.Add(time.Second)
	case 3:
		s.Checked = noon.Add(time.Second)
	case 4:
		s.Checked = time.Time{}
	}
	return s
}

func randomZone(t testing.TB, r *rand.Rand) mrz.Result {
	if r.IntN(20) == 0 {
		return mrz.Result{}
	}
	pick := func(all ...string) string {
		if r.IntN(6) > 0 {
			return all[0]
		}
		return all[r.IntN(len(all))]
	}
	lines, err := mrz.Compose(mrz.Format(1+r.IntN(5)), mrz.Fields{
		Code: pick("P", "I", "V", "N", "", "PX"), IssuingState: pick("UTO", "D", "XYZ", "", "DEU"), Number: pick("L898902C3", "", "<<<A", "D2314589"),
		Primary: pick("ERIKSSON", ""), Secondary: pick("ANNA MARIA", ""), Nationality: pick("UTO", "XYZ"), BirthDate: pick("740812", "74<<<<", "990231", "<<<<<<"),
		Sex: pick("F", "X", "", "Q"), ExpiryDate: pick("280415", "261122", "261121", "991231", "<<<<<<", "28<<<<", "280231"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.IntN(6) == 0 {
		i := r.IntN(len(lines))
		at := r.IntN(len(lines[i]))
		lines[i] = lines[i][:at] + string("0123456789ABCZ<<* "[r.IntN(18)]) + lines[i][at+1:]
	}
	z, _ := mrz.Parse(lines) // lines that are no zone give the zero Result
	return z
}

// TestClearIsWhatNothingSpeaksAgainst holds every Clear over random inputs to
// the conditions in full, and sees to it that there are enough of them.
func TestClearIsWhatNothingSpeaksAgainst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	verdicts := map[inspect.Verdict]int{}
	for range 30_000 {
		in := randomInput(t, r)
		d := inspect.Decide(in)
		verdicts[d.Verdict()]++
		objection := objectionTo(in)
		if d.Verdict() == inspect.Clear && objection != "" {
			t.Fatalf("clear, although %s: %v", objection, d.Codes())
		}
		if d.Verdict() != inspect.Clear && objection == "" {
			t.Fatalf("%v without a reason: %v", d.Verdict(), d.Codes())
		}
		if alert := callsForAlert(in); alert != (d.Verdict() == inspect.Alert) {
			t.Fatalf("%v, and alert is %v: %v", d.Verdict(), alert, d.Codes())
		}
		if d.With(inspect.LaneBusy).Verdict() == inspect.Clear || d.With("clear", inspect.LostLifted).Verdict() == inspect.Clear {
			t.Fatal("a fault of the lane left a decision clear")
		}
	}
	if verdicts[inspect.Clear] < 1000 || verdicts[inspect.Alert] < 300 {
		t.Errorf("the inputs are not worth much: %v", verdicts)
	}
}

// objectionTo says in its own way why an input must not be Clear.
func objectionTo(in inspect.Input) string {
	objection := objectionToZone(in)
	if in.Typed != (cache.Query{}) {
		objection = "" // a typed number is clear when no list has it
		if in.Typed.Issuer == "UTO" && !in.Policy.AcceptSpecimens {
			objection = "it is a specimen"
		}
	}
	switch {
	case objection != "":
		return objection
	case !in.Asked:
		return "the lists were not asked"
	case !in.ClockSet || in.Now.IsZero() || in.Today == (mrz.Day{}):
		return "the clock is not set"
	case len(in.Faults) > 0:
		return "the device has a fault"
	case !in.LastUsed.IsZero() && in.LastUsed.After(in.Now.Add(-601*time.Second)):
		return "it was used"
	}
	for _, m := range in.Answer.Matches {
		if !in.Policy.LiftLost || m.How != cache.Exact || m.Record.Status != list.Lost {
			return "it is listed"
		}
	}
	return objectionToLists(in)
}

func objectionToZone(in inspect.Input) string {
	z, doc := &in.Zone, in.Zone.Document
	last, known := doc.ExpiryDate.Expiry(in.Today)
	switch {
	case doc.Format == mrz.None || !z.Readable():
		return "the zone is not readable"
	case slices.ContainsFunc(z.Checks(), func(c mrz.Check) bool { return c.Outcome == mrz.Failed || c.Outcome == mrz.Undetermined }):
		return "a digit did not pass"
	case strings.Trim(doc.Number.Printed(), "<") == "":
		return "there is no number"
	case !known || last.Compare(in.Today) < 0:
		return "it has expired"
	case !mrz.KnownState(doc.IssuingState.Value()) || doc.IssuingState.Value() == "UTO" && !in.Policy.AcceptSpecimens:
		return "the issuer is not known"
	case doc.Class() == 'O':
		return "the type is not known"
	case doc.Format.National():
		return "no travel document has this layout"
	}
	return ""
}

func objectionToLists(in inspect.Input) string {
	usable := map[string]bool{}
	for _, s := range in.Answer.Lists {
		soon := in.Now.Add(inspect.FloorSkew)
		if s.Issued.After(soon) || s.Checked.After(soon) {
			if s.Release > 0 {
				return "the clock is behind"
			}
		}
		usable[s.Name] = s.Err == nil && s.Release > 0 && !s.Checked.IsZero() && in.Now.Sub(s.Checked) < 48*time.Hour
	}
	required := in.Policy.RequiredLists
	for name := range usable {
		if len(in.Policy.RequiredLists) == 0 {
			required = append(required, name)
		}
	}
	if len(required) == 0 {
		return "there is no list"
	}
	for _, name := range required {
		if !usable[name] {
			return "a list is not usable"
		}
	}
	return ""
}

func callsForAlert(in inspect.Input) bool {
	certain := in.Typed != (cache.Query{}) || in.Zone.Sound(mrz.Number)
	return certain && slices.ContainsFunc(in.Answer.Matches, func(m cache.Match) bool {
		return m.How == cache.Exact && slices.Contains([]list.Status{list.Stolen, list.StolenBlank, list.NoticeRed, list.NoticeUN}, m.Record.Status)
	})
}

func TestTheZeroValuesRefer(t *testing.T) {
	if d := inspect.Decide(inspect.Input{}); d.Verdict() != inspect.Refer || len(d.Reasons()) < 4 {
		t.Errorf("no input at all: %v, %v", d.Verdict(), d.Codes())
	}
	if d := (inspect.Decision{}); d.Verdict() != inspect.Refer || d.Lead().Words() == "" {
		t.Errorf("no decision at all: %v, %q", d.Verdict(), d.Lead().Words())
	}
	if d := (inspect.Decision{}).With(inspect.Unreadable); d.Lead().Code != inspect.Unreadable {
		t.Errorf("a decision that was never made: led by %v", d.Lead().Code)
	}
	if inspect.Freshness(0).Usable() {
		t.Error("a list of unknown state is usable")
	}
}

func TestEveryPartOfTheClockMustBeSet(t *testing.T) {
	whole := inspect.Input{Now: noon, Today: mrz.DayOf(noon), ClockSet: true}
	if inspect.Decide(whole).Has(inspect.ClockUnset) {
		t.Error("a clock that is set is called unset")
	}
	for _, spoil := range []func(*inspect.Input){
		func(in *inspect.Input) { in.Now = time.Unix(0, 0) },
		func(in *inspect.Input) { in.Today = mrz.Day{} },
		func(in *inspect.Input) { in.ClockSet = false },
	} {
		in := whole
		spoil(&in)
		if !inspect.Decide(in).Has(inspect.ClockUnset) {
			t.Errorf("%v, %v, %v is called set", in.Now, in.Today, in.ClockSet)
		}
	}
}

func TestWithLeavesTheDecisionItCameFrom(t *testing.T) {
	in := randomInput(t, rand.New(rand.NewPCG(3, 4)))
	in.Faults = []inspect.Code{inspect.Tamper}
	d := inspect.Decide(in)
	before := fmt.Sprint(d.Codes())
	d.With(inspect.LaneBusy, inspect.Unreadable)
	if got := fmt.Sprint(d.Codes()); got != before {
		t.Errorf("the decision became %s, was %s", got, before)
	}
}

func TestNoReasonHoldsAValueOfTheDocument(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		in := randomInput(t, r)
		d := inspect.Decide(in)
		text := fmt.Sprintf("%+v %v %#v %+v", d, d, d, in)
		for _, reason := range d.Reasons() {
			text += reason.Text()
		}
		for _, value := range []string{"L898902C3", "D2314589", "ERIKSSON", "ANNA", "740812", "280415", "2028-04-15"} {
			if strings.Contains(text, value) {
				t.Fatalf("%q is in %s", value, text)
			}
		}
	}
}

func TestEveryRuleHasWordsAndADrill(t *testing.T) {
	lines := map[inspect.Kind]map[string]bool{inspect.Document: {}, inspect.Person: {}}
	seen := map[inspect.Code]bool{}
	for _, c := range inspect.Codes() {
		r := inspect.Reason{Code: c}
		if seen[c] || r.Words() == "" || len(r.Drill()) < 1 || len(r.Drill()) > 4 {
			t.Errorf("%s: %q, %q", c, r.Words(), r.Drill())
		}
		seen[c] = true
		kind := (inspect.Decision{}).With(c).Reasons()[0].Kind
		if lines[kind] != nil {
			for _, l := range r.Drill() {
				lines[kind][l] = l != "Record what you found."
			}
		}
	}
	for l := range lines[inspect.Person] {
		if lines[inspect.Person][l] && lines[inspect.Document][l] {
			t.Errorf("the drills for documents and for persons share %q", l)
		}
	}
}

func TestAPolicyThatNobodyCanHaveMeantIsRefused(t *testing.T) {
	if err := (inspect.Policy{}).Validate(); err != nil {
		t.Errorf("the zero policy: %v", err)
	}
	for _, p := range []inspect.Policy{{StaleAfter: -1}, {AgeingAfter: 72 * time.Hour}, {ClockSkew: -1}} {
		if p.Validate() == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
}

func Example() {
	zone, _ := mrz.Parse([]string{
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	})
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	d := inspect.Decide(inspect.Input{
		Now: now, Today: mrz.DayOf(now), ClockSet: true, Zone: zone, Asked: true,
		Answer: cache.Answer{Lists: []cache.ListStatus{{Name: "sltd", Release: 12, Issued: now, Checked: now}}},
		Policy: inspect.Policy{AcceptSpecimens: true},
	})
	fmt.Println(d.Verdict())
	for _, r := range d.Reasons() {
		fmt.Println(r.Code, r.Text())
	}
	// Output:
	// refer
	// expired The document has expired.
}
