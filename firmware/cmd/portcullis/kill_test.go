package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// killRounds is how often the power is cut.
const killRounds = 10

// TestKillingTheApplianceLosesNothing kills the appliance at moments that
// nobody chose, while documents and releases come. Whatever it had done, the
// log tells; and the log, the lists and the next start are as if it had been
// ended.
func TestKillingTheApplianceLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	released := 0 // in all rounds
	for round := range killRounds {
		l := s.launch(t)
		l.ready(t)
		stop := l.flow(t, round)
		waitAtRandom(t)
		did := l.kill(t)
		stop()
		released += strings.Count(strings.Join(did, "\n"), "released")
		if cleared := l.mustHaveRecorded(t, did); released > cleared {
			t.Errorf("the gate was released %d times, and the log has %d documents that were clear", released, cleared)
		}
		s.mustSay(t, `"sound":true`, "audit", "verify", "--json")
		s.mustSay(t, `"sound":true`, "list", "verify", "--json")
	}
	if released < killRounds {
		t.Errorf("the gate was released %d times in %d rounds: the test kills too early", released, killRounds)
	}

	// The last start goes on where the last kill was, but for the documents that
	// were still on the wire.
	if err := errors.Join(s.reader.Unplug(), s.reader.Plug()); err != nil {
		t.Fatal(err)
	}
	l := s.start(t)
	l.mustClear(t)
	l.mustAlert(t)
	if err := l.halt(); err != nil {
		t.Error(err)
	}
	mustBeWhole(t, s)
}

// waitAtRandom waits for up to a second, in which some passages fit.
func waitAtRandom(t *testing.T) {
	t.Helper()
	select {
	case <-time.After(rand.N(time.Second)):
	case <-t.Context().Done():
	}
}

// flow presents documents without a pause, most of which are clear, and
// publishes releases, until it is stopped.
func (l *lane) flow(t *testing.T, round int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			if err := l.reader.Present(ctx, l.unlisted(t)); err != nil && ctx.Err() == nil {
				t.Errorf("present a document: %v", err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(20 * time.Millisecond): // the next in the queue
			}
		}
	}()
	l.publish(t, stolenPassport("KILL"+strconv.Itoa(1000+round)))
	return func() {
		cancel()
		<-done
	}
}

// mustHaveRecorded checks that the log has a decision for every passage that
// the appliance said it let through, and returns how many it has.
func (l *lane) mustHaveRecorded(t *testing.T, did []string) int {
	t.Helper()
	cleared := map[string]bool{}
	for _, r := range mustBeWhole(t, l.site) {
		if r.Entry.Kind == "decision" && r.Entry.Verdict == "clear" {
			cleared[strconv.FormatUint(r.Entry.Passage, 10)] = true
		}
	}
	for _, line := range did {
		words := strings.Fields(line)
		if len(words) == 4 && words[2] == "proceed" && !cleared[words[1]] {
			t.Errorf("the log does not have passage %s, which was let through", words[1])
		}
	}
	for id, p := range l.passages() {
		if p.Verdict == "clear" && !cleared[id] {
			t.Errorf("the log does not have passage %s, which the page showed as clear", id)
		}
	}
	return len(cleared)
}

// mustSay runs a command on the data folder, which must succeed and print that.
func (s *site) mustSay(t *testing.T, want string, command ...string) {
	t.Helper()
	run := exec.CommandContext(t.Context(), "portcullis", append(command, "--data", s.config.Data)...)
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %v: %s", command, err, out)
	}
}
