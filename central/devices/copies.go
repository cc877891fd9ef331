package devices

import (
	"slices"
	"time"

	"portcullis/protocol"
)

// Overdue is how long a device that holds a list may go unheard: the 48 hours
// of Regulation (EU) 2018/1862 Art. 56(3).
const Overdue = 48 * time.Hour

// Silent is how long a device may go unheard before it stands out.
const Silent = time.Hour

// The states of a copy.
const (
	CopyHeld    = "held"
	CopyOverdue = "overdue" // its device is unheard for longer than Overdue
	CopyRevoked = "revoked" // its device may not hold it, and has not said that it erased it
	CopyErased  = "erased"
	CopyMissing = "missing" // the device wants it and has none
)

// Copies returns the lists that a device holds, or wants, at a moment. The
// newest releases of lists are those given, if they are known.
func (d *Device) Copies(now time.Time, newest map[string]uint64) []protocol.Copy {
	all := []protocol.Copy{}
	for _, h := range d.Status.Lists {
		c := protocol.Copy{
			List: h.Name, Release: h.Release, Issued: h.Issued, Since: d.Since[h.Name],
			Checked: d.ours(h.Checked), State: d.copyState(now, h),
		}
		if n := newest[h.Name]; h.Release > 0 && n > h.Release {
			c.Behind = n - h.Release
		}
		all = append(all, c)
	}
	return all
}

// ours turns a time of the device's clock into central's: that clock may be
// wrong, but how long ago something was it knows.
func (d *Device) ours(t time.Time) time.Time {
	if t.IsZero() || d.Status.Clock.IsZero() {
		return time.Time{}
	}
	return d.Heard.Add(-max(0, d.Status.Clock.Sub(t)))
}

func (d *Device) copyState(now time.Time, h protocol.Held) string {
	switch {
	case d.HasErased():
		return CopyErased
	case h.Release == 0:
		return CopyMissing
	case now.Sub(d.Heard) > Overdue:
		return CopyOverdue
	case !d.Revoked.IsZero():
		return CopyRevoked
	}
	return CopyHeld
}

// The standings of a device, the worst first.
const (
	StandingOverdue = "overdue" // it holds a list and is unheard for longer than Overdue
	StandingRevoked = "revoked" // it may hold lists, and has not said that it erased itself
	StandingFaulty  = "faulty"  // it cannot clear documents, or a list is missing, stale or broken
	StandingSilent  = "silent"  // unheard for longer than Silent, or never heard
	StandingBehind  = "behind"  // a list is not the newest
	StandingGood    = "good"
	StandingErased  = "erased"
)

// Standings are all standings, the worst first.
var Standings = []string{StandingOverdue, StandingRevoked, StandingFaulty, StandingSilent, StandingBehind, StandingGood, StandingErased}

// Standing returns how a device stands: the worst that applies.
func (d *Device) Standing(now time.Time, newest map[string]uint64) string {
	copies := d.Copies(now, newest)
	has := func(f func(protocol.Copy) bool) bool { return slices.ContainsFunc(copies, f) }
	switch {
	case d.HasErased():
		return StandingErased
	case has(func(c protocol.Copy) bool { return c.State == CopyOverdue }):
		return StandingOverdue
	case !d.Revoked.IsZero():
		return StandingRevoked
	case now.Sub(d.Heard) > Silent:
		return StandingSilent
	case !d.Status.Ready || slices.ContainsFunc(d.Status.Lists, troubled):
		return StandingFaulty
	case has(func(c protocol.Copy) bool { return c.Behind > 0 }):
		return StandingBehind
	}
	return StandingGood
}

func troubled(h protocol.Held) bool {
	return h.Release == 0 || h.Bad > 0 || h.State == "stale" || h.State == "broken" || h.State == "missing"
}

// Known returns a device as fleet tools are told of it.
func (d *Device) Known(now time.Time, newest map[string]uint64) protocol.Known {
	last := d.Last()
	k := protocol.Known{
		Name: d.Name, Site: d.Site, Enrolled: d.Enrolled, Certificate: last.Serial, Until: last.Until,
		Revoked: d.Revoked, Lost: d.Lost, Erased: d.Erased, Heard: d.Heard,
		Standing: d.Standing(now, newest), Copies: d.Copies(now, newest), Orders: d.pending(),
	}
	if !d.Heard.IsZero() {
		k.Status = &d.Status
	}
	return k
}
