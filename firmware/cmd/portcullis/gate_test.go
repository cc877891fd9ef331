package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"portcullis/drivers/sim"
	"portcullis/firmware/console"
)

// says runs a command on the appliance of a site, whose exit code it checks, and
// returns what it says.
func (s *site) says(t *testing.T, code int, command ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if got := execute(t.Context(), append(command, "--config", s.configFile()), streams{nil, &out, &errs}); got != code {
		t.Errorf("portcullis %s: exit code %d, want %d\n%s%s", strings.Join(command, " "), got, code, &out, &errs)
	}
	return out.String() + errs.String()
}

func mustContain(t *testing.T, said string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("it does not say %q:\n%s", w, said)
		}
	}
}

// TestATamperedGateIsClearedByTheCommandAndByNothingElse has a technician look at
// a gate, and somebody open its cabinet. The appliance is restarted meanwhile.
func TestATamperedGateIsClearedByTheCommandAndByNothingElse(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	mustContain(t, s.says(t, exitFailed, "gate", "status"), "no running appliance answers")
	l := s.start(t)
	l.mustClear(t)
	l.ready(t)
	mustContain(t, s.says(t, exitOK, "gate", "status"), "gate      locked\n", "1 passed, 0 releases were not used")

	l.appliance.board.Sim.SetFault(sim.OpenCabinet, true)
	l.await(t, "a lane that is closed for tampering", closedFor("tamper"))
	mustContain(t, s.says(t, exitFailed, "gate", "status", "--json"), `"state":"locked"`, `"tampered":true`)
	mustContain(t, s.says(t, exitFailed, "gate", "clear-tamper", "--by", "smith"), "its contact still says so")
	mustContain(t, s.says(t, exitUsage, "gate", "clear-tamper"), "--by is needed")
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}

	l = s.start(t) // its cabinet is shut
	l.await(t, "a lane that is closed for tampering", closedFor("tamper"))
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "refer" {
		t.Errorf("a document that would be clear: %s", p.Verdict)
	}
	mustContain(t, s.says(t, exitFailed, "gate", "status"), "gate      locked\n", "tampered  yes")
	mustContain(t, s.says(t, exitOK, "gate", "clear-tamper", "--by", "smith"), "cleared")
	l.ready(t)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Error(err)
	}
	who := []string{}
	for _, r := range mustBeWhole(t, s) {
		if r.Entry.Kind == "tamper-cleared" {
			who = append(who, r.Entry.Officer)
		}
	}
	if len(who) != 1 || who[0] != "smith" {
		t.Errorf("the log has it cleared by %q", who)
	}
}

// closedFor says that a lane is closed for a fault, though its gate is locked.
func closedFor(fault string) func(console.View) bool {
	return func(v console.View) bool {
		return v.State == "closed" && v.Devices.Gate == "locked" &&
			slices.ContainsFunc(v.Faults, func(f console.Fault) bool { return f.Code == fault })
	}
}
