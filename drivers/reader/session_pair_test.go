package reader_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/reader"
	"portcullis/mrz"
)

func TestLinesThatComeAloneArePaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"sita\"\n[zone]\npair_ms = 1000\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		states(events)
		for _, order := range [][]string{td3, {td3[1], td3[0]}, {td3[0], td3[0], td3[1]}, {td1[2], td1[0], td1[1]}} {
			for _, line := range order {
				d.arrives <- encode(t, p, line)
				time.Sleep(500 * time.Millisecond)
			}
			if e := <-events; e.Reading == nil || !reader.Holds(e.Reading.Lines) {
				t.Errorf("%d lines alone: %v", len(order), e.Reading)
			}
			wantStates(t, events)
		}
		d.arrives <- encode(t, p, td3[0])
		time.Sleep(2 * time.Second)
		d.arrives <- encode(t, p, td3[1])
		time.Sleep(2 * time.Second)
		wantStates(t, events, "reading: partial", "reading: partial")
	})
}

// TestALineThatIsLookedAtAgainIsNotPairedWithTheNextDocument: the names of one passport
// with the number of another would hold.
func TestALineThatIsLookedAtAgainIsNotPairedWithTheNextDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, "[frame]\nkind = \"sita\"\n[zone]\npair_ms = 1000\n")
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		states(events)
		next, err := mrz.Compose(mrz.TD3, mrz.Fields{
			Code: "P", IssuingState: "UTO", Nationality: "UTO", Number: "D23145890", Primary: "SPECIMEN", Secondary: "JOHN",
			BirthDate: "740812", Sex: "M", ExpiryDate: "120415",
		})
		if err != nil {
			t.Fatal(err)
		}
		if !reader.Holds([]string{next[0], td3[1]}) {
			t.Error("what must not be delivered would not hold anyway")
		}
		for _, line := range slices.Concat(td3, td3, td3[1:], next) {
			d.arrives <- encode(t, p, line)
			time.Sleep(500 * time.Millisecond)
		}
		for _, want := range [][]string{td3, td3, nil, next} {
			e := <-events
			if e.Reading == nil || !slices.Equal(e.Reading.Lines, want) || (e.Reading.Fault == drivers.FaultPartial) != (want == nil) {
				t.Errorf("%v, want a document as it was, or the line alone", e.Reading)
			}
		}
		wantStates(t, events)
	})
}
