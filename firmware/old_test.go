package firmware_test

import (
	"testing"
	"testing/synctest"
	"time"

	"portcullis/drivers"
	"portcullis/firmware/inspect"
)

// A document that was read a while ago clears nobody, and is an alert all the same.
func TestADocumentThatWasReadLongAgoClearsNobody(t *testing.T) {
	atWork(t, openStore(t, "S00000001"), nil, func(b *bench) {
		late := func(lines []string, age time.Duration) {
			r := drivers.Reading{Lines: lines, At: time.Now().Add(-age)}
			b.events <- drivers.ReaderEvent{At: time.Now(), State: drivers.ReaderReady, Reading: &r}
			synctest.Wait()
		}
		late(b.passport("U00000001"), 6*time.Second)
		late(b.passport("U00000001"), time.Hour)
		if b.released() != 0 {
			t.Fatal("a document that was read long ago opens the gate")
		}
		b.pass(time.Minute)
		late(b.passport("U00000002"), 4*time.Second)
		if b.released() != 1 {
			t.Error("a document that was read just now does not")
		}
		b.pass(time.Minute)
		late(b.passport("S00000001"), time.Hour)
		if p, _ := b.last(); p.Decision.Verdict() != inspect.Alert {
			t.Errorf("what is stolen is %v", p.Decision.Codes())
		}
	})
}
