package console_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"portcullis/firmware/console"
)

// codes are the faults of a view, in order.
func codes(v console.View) (all []string) {
	for _, f := range v.Faults {
		all = append(all, f.Code)
	}
	return all
}

func TestAnAlarmIsShownBesideWhatTheLanePublishes(t *testing.T) {
	s, url := serve(t, console.Options{})
	s.Publish(sample())
	page := open(t, http.DefaultClient, url+"/events")
	want := func(codesWanted ...string) {
		t.Helper()
		v := decode[console.View](t, page.view().Data)
		if got := codes(v); !slices.Equal(got, codesWanted) || v.Lane != "3" || len(v.Recent) != 2 || v.Last == nil {
			t.Errorf("the page shows %v of lane %q, want %v", got, v.Lane, codesWanted)
		}
	}
	want("uplink-down")
	faults := []console.Fault{{Code: "stalled:reader", Text: "It stands still", Do: "Wait"}}
	s.Alarm(faults)
	faults[0].Code = "changed"
	want("stalled:reader", "uplink-down")
	next := sample()
	next.Faults = nil
	s.Publish(next)
	want("stalled:reader")
	s.Alarm(nil)
	want()
}

// TestAnAlarmIsNoWordOfTheLane has a lane stand still: that somebody else changes
// the page must not hide it.
func TestAnAlarmIsNoWordOfTheLane(t *testing.T) {
	inFakeTime(t, console.Options{Within: 5 * time.Second}, func(t *testing.T, s *console.Server, c *http.Client) {
		s.Publish(sample())
		time.Sleep(6 * time.Second)
		s.Alarm([]console.Fault{{Code: "stalled:lane"}})
		if got := status(t, c, "http://localhost/healthz"); got != http.StatusServiceUnavailable {
			t.Errorf("/healthz says %d", got)
		}
	})
}
