package devices

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// maxSummed lists are summed up; names come from devices, which may be wrong.
const maxSummed = 64

// A Summary is how a fleet stands at a moment.
type Summary struct {
	Time      time.Time
	Devices   int
	Never     int            // enrolled or expected, and never heard
	Lost      int            // of the revoked
	Orders    int            // not yet done
	Standings map[string]int // devices of each
	Lists     []ListSummary  // by name
}

// A ListSummary is how the copies of a list stand.
type ListSummary struct {
	List     string
	Newest   uint64
	Copies   int            // releases on devices that are not known to be erased
	Current  int            // of these the newest release
	States   map[string]int // of copies, missing and erased ones too
	Behind   map[uint64]int // copies by how many releases they are behind
	Ages     []time.Duration
	Unknown  int           // copies of which no one knows when they were checked
	Greatest time.Duration // age
}

// Newest returns the newest releases of lists: those that are given, and of
// others the newest that a device holds which is not revoked.
func Newest(all []*Device, given map[string]uint64) map[string]uint64 {
	newest := map[string]uint64{}
	for _, d := range all {
		if !d.Revoked.IsZero() {
			continue
		}
		for _, h := range d.Status.Lists {
			newest[h.Name] = max(newest[h.Name], h.Release)
		}
	}
	maps.Copy(newest, given)
	return newest
}

// Summarise sums up how devices stand. The age of a copy is the time since the
// device last knew it to be the newest.
func Summarise(now time.Time, all []*Device, newest map[string]uint64) Summary {
	s := Summary{Time: now, Devices: len(all), Standings: map[string]int{}}
	names := mostHeld(all, newest)
	lists := map[string]*ListSummary{}
	for _, name := range names[:min(len(names), maxSummed)] {
		lists[name] = &ListSummary{List: name, Newest: newest[name], States: map[string]int{}, Behind: map[uint64]int{}}
	}
	for _, d := range all {
		s.add(d, newest)
		for _, c := range d.Copies(now, newest) {
			if l := lists[c.List]; l != nil {
				l.States[c.State]++
				if c.State != CopyErased && c.State != CopyMissing {
					l.add(now, c.Behind, c.Checked)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		s.Lists = append(s.Lists, *lists[name])
	}
	return s
}

// mostHeld returns the names of lists, those that most devices hold first: a
// device that invents lists pushes none out that others hold.
func mostHeld(all []*Device, newest map[string]uint64) []string {
	holders := map[string]int{}
	for _, d := range all {
		for _, h := range d.Status.Lists {
			holders[h.Name]++
		}
	}
	return slices.SortedFunc(maps.Keys(newest), func(a, b string) int {
		return cmp.Or(cmp.Compare(holders[b], holders[a]), cmp.Compare(a, b))
	})
}

func (s *Summary) add(d *Device, newest map[string]uint64) {
	s.Standings[d.Standing(s.Time, newest)]++
	s.Orders += len(d.Orders)
	if d.Heard.IsZero() {
		s.Never++
	}
	if d.Lost {
		s.Lost++
	}
}

func (l *ListSummary) add(now time.Time, behind uint64, checked time.Time) {
	l.Copies++
	l.Behind[behind]++
	if behind == 0 {
		l.Current++
	}
	if checked.IsZero() {
		l.Unknown++
		return
	}
	age := max(0, now.Sub(checked))
	l.Ages, l.Greatest = append(l.Ages, age), max(l.Greatest, age)
}
