package audit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestNoFaultLosesAnAcknowledgedEntry lets each call that changes the disk fail
// once, in each way, and cuts the power at the end.
func TestNoFaultLosesAnAcknowledgedEntry(t *testing.T) {
	calls := 0
	for _, how := range faults {
		t.Run(how.name, func(t *testing.T) {
			for at := 1; ; at++ {
				m := newMemory()
				m.at, m.fault = at, how
				acknowledged := work(t, m)
				if m.calls < at {
					break // the work needs no more calls
				}
				calls++
				m.at = 0
				for seed := range uint64(3) {
					if t.Failed() {
						t.Fatalf("at call %d", at)
					}
					comesBack(t, m.afterPowerCut(rand.New(rand.NewPCG(seed, uint64(at)))), acknowledged)
				}
			}
		})
	}
	if calls < 200 {
		t.Errorf("only %d calls failed: the test has lost its aim", calls)
	}
}

// TestAFaultWithoutAPowerCutLeavesAWholeLog is what a full disk looks like: the
// log must verify, and take entries again.
func TestAFaultWithoutAPowerCutLeavesAWholeLog(t *testing.T) {
	for _, how := range faults {
		if how.power {
			continue
		}
		t.Run(how.name, func(t *testing.T) {
			for at := 1; ; at++ {
				m := newMemory()
				m.at, m.fault = at, how
				acknowledged := work(t, m)
				if m.calls < at {
					return
				}
				comesBack(t, m, acknowledged)
			}
		})
	}
}

// small rolls after every second or third entry.
var small = Options{SegmentBytes: 1200, Clock: func() time.Time { return time.Unix(1_800_000_000, 0) }}

// work opens a log and appends to it, through a power cut in the middle of its
// life; it returns the details of the entries that were acknowledged.
func work(t *testing.T, m *memory) (acknowledged []string) {
	t.Helper()
	for session := range 3 {
		l, err := open(m, small)
		if err != nil {
			l, err = open(m, small) // what the appliance does: try again
		}
		if err != nil {
			if !m.dead {
				t.Fatalf("open again: %v", err)
			}
			return acknowledged
		}
		for i := range 4 {
			detail := fmt.Sprint(session, ".", i)
			err := l.Append(Entry{Kind: "test", Detail: detail})
			if err == nil {
				acknowledged = append(acknowledged, detail)
			}
			if errors.Is(err, ErrBroken) {
				break
			}
		}
		l.Close()
	}
	return acknowledged
}

// comesBack opens a log that was left in some state and holds it to what was
// acknowledged.
func comesBack(t *testing.T, m *memory, acknowledged []string) {
	t.Helper()
	m.locked = false
	l, err := open(m, small)
	if err != nil {
		t.Fatalf("open after the fault: %v", err)
	}
	if err := l.Append(Entry{Kind: "test", Detail: "after"}); err != nil {
		t.Fatalf("append after the fault: %v", err)
	}
	l.Close()
	if got, want := details(t, m), append(slices.Clone(acknowledged), "after"); !containsInOrder(got, want) {
		t.Errorf("the log holds %q, acknowledged were %q", got, want)
	}
}

// details verifies the log and returns the details of its test entries.
func details(t *testing.T, m *memory) (found []string) {
	t.Helper()
	w := walk{dir: m, visit: func(r Record) error {
		if r.Entry.Kind == "test" {
			found = append(found, r.Entry.Detail)
		}
		return nil
	}}
	if err := w.run(1); err != nil {
		t.Errorf("verify: %v", err)
	}
	if w.report.Torn > 0 {
		t.Errorf("%d bytes are left that are no entry", w.report.Torn)
	}
	return found
}

func containsInOrder(all, some []string) bool {
	for _, s := range all {
		if len(some) > 0 && s == some[0] {
			some = some[1:]
		}
	}
	return len(some) == 0
}

func TestAFullDiskTakesEntriesAgainOnceThereIsRoom(t *testing.T) {
	m := newMemory()
	l, err := open(m, small)
	if err != nil {
		t.Fatal(err)
	}
	m.at, m.fault = m.calls+1, faults[1] // no space after half the line
	if err := l.Append(Entry{Kind: "test", Detail: "lost"}); !errors.Is(err, ErrFull) || errors.Is(err, ErrBroken) {
		t.Errorf("append to a full disk: got %v, want ErrFull alone", err)
	}
	details(t, m) // finds no half line
	if err := l.Append(Entry{Kind: "test", Detail: "kept"}); err != nil {
		t.Errorf("append once there is room: %v", err)
	}
	if got := details(t, m); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("the log holds %q", got)
	}
}

func TestAFailedSyncStopsTheLog(t *testing.T) {
	m := newMemory()
	l, err := open(m, small)
	if err != nil {
		t.Fatal(err)
	}
	m.at, m.fault = m.calls+2, faults[3] // the sync after the write
	for range 2 {
		if err := l.Append(Entry{Kind: "test"}); !errors.Is(err, ErrBroken) {
			t.Errorf("append with an unknown disk: got %v, want ErrBroken", err)
		}
	}
}

func TestAFolderThatCannotBeWrittenSaysSo(t *testing.T) {
	m := newMemory()
	m.at, m.fault = 1, faults[2]
	if _, err := open(m, small); !errors.Is(explain(err), ErrReadOnly) {
		t.Errorf("open a read-only folder: got %v, want ErrReadOnly", err)
	}
}

func TestWhatWasSetAsideSurvivesAnotherPowerCut(t *testing.T) {
	m := newMemory()
	l, err := open(m, small)
	if err != nil {
		t.Fatal(err)
	}
	torn := []byte(`{"seq":2,"time":"2026-11-`)
	if _, err := l.file.WriteAt(torn, l.size); err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := open(m, small); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(20) {
		found := m.afterPowerCut(rand.New(rand.NewPCG(seed, 0)))
		if f := found.files["audit-000001-2.torn"]; f == nil || string(f.now) != string(torn) {
			t.Fatalf("the torn line is gone: %+v", f)
		}
	}
}
