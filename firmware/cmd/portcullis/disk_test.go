package main

import (
	"slices"
	"strconv"
	"testing"

	"portcullis/firmware/audit"
	"portcullis/firmware/console"
)

// TestADiskThatFillsUpClosesTheLaneAndNoRecordIsLost fills the disk under an
// appliance at work. It is a process of its own, as a full disk has ways to end
// one.
func TestADiskThatFillsUpClosesTheLaneAndNoRecordIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	disk := s.mount(t, "200m")
	l := s.launch(t)
	l.mustClear(t)

	empty := disk.fill(t)
	l.untilClosed(t)
	if f := l.fault(t, "log-failed", true); f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	cleared := l.cleared()
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "refer" {
		t.Errorf("a document that would be clear: %s: %s", p.Verdict, p.Headline)
	}
	l.await(t, "a closed lane", func(v console.View) bool { return v.State == "closed" })
	alert := l.decide(t, passport(t, "SPEC00001"))
	if alert.Verdict != "alert" {
		t.Errorf("a document that is listed as stolen: %s: %s", alert.Verdict, alert.Headline)
	}
	if l.cleared() > cleared {
		t.Error("a document was cleared without a log")
	}

	empty()
	l.fault(t, "log-failed", false)
	l.settle(t, alert.ID)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Errorf("the appliance ended: %v", err)
	}
	l.mustBeRecorded(t)
}

// untilClosed presents documents until the log can take no more: what is left in
// its last block takes some entries. A lane that has only just started is closed
// as well, until it has seen its gate: that is no rest.
func (l *lane) untilClosed(t *testing.T) {
	t.Helper()
	full := func(v console.View) bool {
		return v.State == "closed" && slices.ContainsFunc(v.Faults, func(f console.Fault) bool { return f.Code == "log-failed" })
	}
	atRest := func(v console.View) bool {
		return v.Reader.State == "ready" && (v.State == "ready" || full(v))
	}
	for !full(l.await(t, "a lane that has dealt with a document", atRest)) {
		l.decide(t, l.unlisted(t))
	}
}

// mustBeRecorded checks that the log is whole and has what the page ever
// showed, and the gate was never released without a decision in it.
func (l *lane) mustBeRecorded(t *testing.T) {
	t.Helper()
	decided := map[string]string{}
	released := 0
	for _, r := range mustBeWhole(t, l.site) {
		if e := r.Entry; e.Kind == "decision" {
			decided[strconv.FormatUint(e.Passage, 10)] = e.Verdict
			released += count(e)
		}
	}
	for id, p := range l.passages() {
		if verdict := decided[id]; verdict == "" || p.Verdict == "clear" && verdict != "clear" {
			t.Errorf("passage %s was shown as %s and is in the log as %q", id, p.Verdict, verdict)
		}
	}
	for _, did := range l.did {
		if did == "released" {
			released--
		}
	}
	if released < 0 {
		t.Errorf("the gate was released %d times more than the log has it", -released)
	}
}

// count is 1 for a decision that releases the gate.
func count(e audit.Entry) int {
	if e.Verdict == "clear" {
		return 1
	}
	return 0
}

// TestAnApplianceStartsOnAFullDisk has the lane closed, with the reason on the
// page, until there is room: also where the power was cut as the disk was full.
func TestAnApplianceStartsOnAFullDisk(t *testing.T) {
	t.Parallel()
	for fault, end := range map[string]func(*lane){
		"store-read-only": func(l *lane) { _ = l.halt() },
		"store-unusable":  func(l *lane) { l.kill(t) }, // it must be written to be put in order
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			disk := s.mount(t, "200m")
			l := s.launch(t)
			l.mustClear(t)
			end(l)
			empty := disk.fill(t)

			l = s.launch(t)
			if f := l.fault(t, fault, true); f.Do == "" {
				t.Errorf("the page says %+v", f)
			}
			l.untilClosed(t)
			l.fault(t, "log-failed", true)
			if p := l.decide(t, l.unlisted(t)); p.Verdict != "refer" {
				t.Errorf("a document that would be clear: %s: %s", p.Verdict, p.Headline)
			}

			empty()
			l.fault(t, "log-failed", false)
			l.fault(t, fault, false)
			l.mustClear(t)
			if err := l.halt(); err != nil {
				t.Errorf("the appliance ended: %v", err)
			}
			l.mustBeRecorded(t)
		})
	}
}
