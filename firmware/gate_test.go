package firmware_test

import (
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/drivers"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

func TestAGateThatWasTamperedWithStaysClosedUntilSomebodySaysOtherwise(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		b.board.SetFault(sim.OpenCabinet, true)
		b.pass(time.Second)
		b.mustBe(station.Closed, inspect.Tamper)
		if err := b.lane.ClearTamper(t.Context(), "smith"); err == nil {
			t.Error("it was cleared with an open cabinet")
		}
		b.board.SetFault(sim.OpenCabinet, false)
		b.pass(time.Minute)
		b.mustBe(station.Closed, inspect.Tamper)
		b.present(b.passport("U00000001"))
		if p, _ := b.last(); p.Decision.Verdict() == inspect.Clear || b.released() > 0 {
			t.Errorf("a document that would be clear: %v, released %d times", p.Decision.Codes(), b.released())
		}
		b.pass(time.Minute)

		for _, by := range []string{"", strings.Repeat("x", 81)} {
			if err := b.lane.ClearTamper(t.Context(), by); !errors.Is(err, firmware.ErrNoName) {
				t.Errorf("cleared by %q: got %v", by, err)
			}
		}
		if err := b.lane.ClearTamper(t.Context(), "smith"); err != nil {
			t.Fatal(err)
		}
		b.pass(0)
		b.mustBe(station.Ready)
		entries := b.recorded()
		if got := kinds(entries); !slices.Equal(got, []string{"log-opened", "tampered", "decision", "tamper-cleared"}) {
			t.Fatalf("the log has %v", got)
		}
		if by := entries[3].Officer; by != "smith" {
			t.Errorf("it was cleared by %q", by)
		}
		b.present(b.passport("U00000001"))
		if b.released() != 1 {
			t.Error("nobody is let through")
		}
		if err := b.lane.ClearTamper(t.Context(), "smith"); err != nil {
			t.Errorf("clearing what is clear: %v", err)
		}
		if got := kinds(b.recorded()); slices.Index(got, "tamper-cleared") != len(got)-2 {
			t.Errorf("clearing what is clear was recorded: %v", got)
		}
	})
}

// TestWhatAGateSaysCanBeAskedFor has a traveller go through, and one not.
func TestWhatAGateSaysCanBeAskedFor(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		b.present(b.passport("U00000001"))
		p, _ := b.last()
		if r := b.lane.GateReport(); r.State != "granted" || r.Grant != p.Number || r.Until == nil {
			t.Errorf("as it is released: %+v, want granted for passage %d", r, p.Number)
		}
		b.pass(10 * time.Second)
		b.board.SetFault(sim.NoTraveller, true)
		b.present(b.passport("U00000002"))
		b.pass(10 * time.Second)
		want := firmware.GateReport{State: "locked", Passages: 1, Unused: 1}
		if r := b.lane.GateReport(); r != want {
			t.Errorf("got %+v, want %+v", r, want)
		}
		b.board.SetFault(sim.ForcedDoor, true)
		b.board.SetFault(sim.OpenCabinet, true)
		b.pass(time.Second)
		answer := httptest.NewRecorder()
		b.parts.Metrics.Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
		for _, line := range []string{
			`portcullis_gate_state{state="forced"} 1`, `portcullis_gate_state{state="locked"} 0`,
			"portcullis_gate_passages_total 1", "portcullis_gate_unused_total 1", "portcullis_gate_tampered 1",
		} {
			if !strings.Contains(answer.Body.String(), line+"\n") {
				t.Errorf("the metrics lack %s", line)
			}
		}
	})
}

func TestEveryStateOfAGateIsKnownToTheLane(t *testing.T) {
	for _, state := range drivers.GateStates() {
		var lane station.Station
		lane.Step(noon, station.ReaderChanged{State: "ready"})
		lane.Step(noon, station.GateChanged{State: "locked"})
		said := ""
		for _, a := range lane.Step(noon, station.GateChanged{State: state.String()}) {
			if l, ok := a.(station.Lane); ok {
				for _, c := range l.Causes {
					said += string(c)
				}
			}
		}
		want := "gate-" + state.String()
		switch state {
		case drivers.GateLocked:
			want = ""
		case drivers.GateGranted, drivers.GatePassing:
			want = "gate-not-shut" // nobody was let through
		}
		if said != want {
			t.Errorf("%v: the lane is closed for %q, want %q", state, said, want)
		}
	}
}

func TestATamperFileIsThereOrNot(t *testing.T) {
	f := firmware.Folder(t.TempDir()).Tamper()
	for _, is := range []bool{false, true, true, false, false, true} {
		if err := f.SetTampered(is); err != nil {
			t.Fatal(err)
		}
		if got, err := f.Tampered(); got != is || err != nil {
			t.Errorf("got %v, %v, want %v", got, err, is)
		}
	}
	since, err := os.ReadFile(string(f))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := time.Parse(time.RFC3339, strings.TrimSpace(string(since))); err != nil {
		t.Errorf("it does not say since when: %v", err)
	}
	bad := firmware.TamperFile(filepath.Join(string(f), "below"))
	if _, err := bad.Tampered(); err == nil {
		t.Error("a place that cannot be looked at is one where nothing is")
	}
	if bad.SetTampered(true) == nil || bad.SetTampered(false) == nil {
		t.Error("a place that cannot be written was written")
	}
}
