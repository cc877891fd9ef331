package trust_test

import (
	"slices"
	"testing"
	"time"
)

// A publisher that says every few minutes that nothing is new costs a device one
// request each time, and every hour a look for a new root.
func TestATimestampThatRepeatsIsOneRequest(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	p.Now = p.Now.Truncate(time.Hour).Add(time.Hour)
	p.Publish()
	d.refreshes(p)
	for range 5 {
		p.Now = p.Now.Add(10 * time.Minute)
		p.Publish()
		p.Asked = nil
		if m := d.refreshes(p); !m.Published().Equal(p.Now) {
			t.Errorf("it was published at %s, and says %s", p.Now, m.Published())
		}
		if !slices.Equal(p.Asked, []string{"timestamp.json"}) {
			t.Errorf("at %s it asked for %v", p.Now, p.Asked)
		}
	}
	p.Now = p.Now.Add(10 * time.Minute) // the next hour
	p.Publish()
	p.Asked = nil
	d.refreshes(p)
	if !slices.Equal(p.Asked, []string{"timestamp.json", "2.root.json"}) {
		t.Errorf("in the next hour it asked for %v", p.Asked)
	}

	p.Rotate("timestamp") // which is seen at once
	p.Asked = nil
	if m := d.refreshes(p); m.Versions()["root"] != 2 || !slices.Contains(p.Asked, "2.root.json") {
		t.Errorf("after a rotation it asked for %v, and holds %v", p.Asked, m.Versions())
	}
}
