package reader_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAReaderThatWaitsForLongIsArmedAgainInCaseItForgot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var deaf atomic.Bool
		d := newTalker(func(sent string) string {
			if deaf.Load() {
				return ""
			}
			return answer(sent[:1] + sent[3:])
		})
		events := converse(t, parse(t, idbox), d)
		wantStates(t, events, "opening", "probing", "ready")
		d.said()
		time.Sleep(11 * time.Second)
		if got := d.said(); got != "C\x00\x01\x01 C\x00\x01\x01" {
			t.Errorf("said %q in 11 s", got)
		}
		wantStates(t, events) // that it is still ready is no news
		deaf.Store(true)
		time.Sleep(10 * time.Second)
		wantStates(t, events, "degraded") // though no document came
	})
}

func TestAReaderWhoseDocumentIsNotTakenAwayIsDegradedUntilItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := parse(t, `
[frame]
kind = "json"
[arm]
when = "removal"
send = 'arm\n'
[presence]
kind = "message"
`)
		d := newTalker(func(string) string { return "" })
		events := converse(t, p, d)
		wantStates(t, events, "opening", "ready")
		d.arrives <- encode(t, p, td3...)
		time.Sleep(29 * time.Second)
		wantStates(t, events, "reading")
		time.Sleep(2 * time.Second)
		wantStates(t, events, "degraded")
		d.said()
		d.arrives <- `{"type":"presence","in":false}` + "\n"
		wantStates(t, events, "ready")
		if got := d.said(); got != "arm\n" {
			t.Errorf("said %q once it was taken away", got)
		}
	})
}
