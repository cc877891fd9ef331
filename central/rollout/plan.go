package rollout

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Plan is what a campaign is to do. It never changes once the campaign began.
type Plan struct {
	ID         string        `json:"id"`
	List       string        `json:"list"`
	Release    uint64        `json:"release"`
	Root       string        `json:"root"` // of the list with this release
	Waves      []Wave        `json:"waves"`
	Wait       time.Duration `json:"wait"`       // between the end of a wave and the next
	Concurrent int           `json:"concurrent"` // devices sent to, or installing, at once
	PerMinute  int           `json:"per_minute"` // devices begun with in a minute; 0 is no bound
	Seen       time.Duration `json:"seen"`       // devices not heard of for longer are not counted, nor tried
	Timeout    time.Duration `json:"timeout"`    // of one try at one device
	Retries    int           `json:"retries"`    // after the first try
	BackOff    time.Duration `json:"back_off"`   // before the first retry; doubles, with jitter
	// FailedPercent halts the campaign when more of the devices that ended have
	// failed, once Executed have ended; at the end of a wave, however few.
	FailedPercent float64       `json:"failed_percent"`
	Executed      int           `json:"executed"`
	Anomaly       Anomaly       `json:"anomaly"`
	Watch         time.Duration `json:"watch"` // between looks at devices that have the release; 0 is never
	Window        Window        `json:"window"`
	Urgent        bool          `json:"urgent"` // neither waits nor window; the canary comes first all the same
}

// Check reports what makes a plan one that cannot be followed.
func (p Plan) Check() error {
	switch {
	case p.ID == "" || p.List == "" || p.Release == 0:
		return errors.New("check plan: it names no campaign, list or release")
	case len(p.Waves) == 0 || p.Waves[len(p.Waves)-1].Percent < 100:
		return errors.New("check plan: the last wave must be 100%")
	case p.Concurrent < 1 || p.Retries < 0 || p.PerMinute < 0:
		return errors.New("check plan: at least one device must be sent to at once")
	case p.Timeout <= 0 || p.Seen <= 0:
		return errors.New("check plan: a try needs time, and a device must have been heard of within some time")
	case !(p.FailedPercent >= 0 && p.FailedPercent <= 100):
		return errors.New("check plan: the part of failed devices is no percentage")
	}
	return nil
}

// A Wave is how many devices have been begun with by its end: a number, or a
// percentage of those that count.
type Wave struct {
	Count   int     `json:"count,omitempty"`
	Percent float64 `json:"percent,omitempty"`
}

// String returns the wave as ParseWaves reads it.
func (w Wave) String() string {
	if w.Percent > 0 {
		return strconv.FormatFloat(w.Percent, 'f', -1, 64) + "%"
	}
	return strconv.Itoa(w.Count)
}

// of returns how many of so many devices are in this wave and those before it.
func (w Wave) of(devices int) int {
	n := w.Count
	if w.Percent > 0 {
		n = int(math.Ceil(float64(devices) * w.Percent / 100))
	}
	return min(n, devices)
}

// WaveOf returns the wave that a device is in which needs the release and has
// this place, from 0, among so many.
func (p Plan) WaveOf(place, devices int) int {
	for i, w := range p.Waves {
		if place < w.of(devices) {
			return i
		}
	}
	return len(p.Waves) - 1
}

// ParseWaves reads waves such as "2,10%,100%". Each counts those before it, and
// the last must be 100%.
func ParseWaves(text string) ([]Wave, error) {
	var all []Wave
	for part := range strings.SplitSeq(text, ",") {
		w, err := parseWave(strings.TrimSpace(part))
		if err != nil {
			return nil, err
		}
		if n := len(all); n > 0 && w.Percent <= all[n-1].Percent {
			return nil, fmt.Errorf("parse waves: %s does not come after %s: percentages grow, and numbers come before them", w, all[n-1])
		}
		all = append(all, w)
	}
	if all[len(all)-1].Percent != 100 {
		return nil, errors.New("parse waves: the last must be 100%")
	}
	return all, nil
}

func parseWave(text string) (w Wave, err error) {
	number, percent := strings.CutSuffix(text, "%")
	if percent {
		w.Percent, err = strconv.ParseFloat(number, 64)
	} else {
		w.Count, err = strconv.Atoi(number)
	}
	if err != nil || !(w.Percent > 0 && w.Percent <= 100 || w.Count > 0) {
		return w, fmt.Errorf("parse waves: %q is neither a number of devices nor a percentage", text)
	}
	return w, nil
}

// A Window is the time of day within which devices are begun with, in minutes
// after midnight where the clock of Step is. The zero window is the whole day.
type Window struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// ParseWindow reads a window such as "22:00-05:00".
func ParseWindow(text string) (Window, error) {
	from, to, _ := strings.Cut(text, "-")
	f, err1 := time.Parse("15:04", from)
	t, err2 := time.Parse("15:04", to)
	if err1 != nil || err2 != nil {
		return Window{}, fmt.Errorf("parse window %q: it reads HH:MM-HH:MM", text)
	}
	return Window{From: f.Hour()*60 + f.Minute(), To: t.Hour()*60 + t.Minute()}, nil
}

func (w Window) open(now time.Time) bool {
	m := now.Hour()*60 + now.Minute()
	switch {
	case w.From == w.To:
		return true
	case w.From < w.To:
		return w.From <= m && m < w.To
	}
	return m >= w.From || m < w.To // over midnight
}
