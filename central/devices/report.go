package devices

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"portcullis/protocol"
)

// maxPositions of a list are remembered of each device: more than there are in
// the 48 hours that matter when releases come every hour.
const maxPositions = 64

// maxHistories is of how many lists of a device the releases are remembered. A
// device that goes on inventing lists must not fill the disk.
const maxHistories = 2 * maxLists

// A Position is a release of a list that a device held.
type Position struct {
	Release uint64    `json:"release"`
	Root    string    `json:"root,omitempty"`
	Issued  time.Time `json:"issued,omitzero"`
	Since   time.Time `json:"since"`          // the device first said so
	Until   time.Time `json:"until,omitzero"` // it first said otherwise
}

// Report takes in what the device with a name says of itself, and returns what
// it has to do. A device that is not known is known from then on: its
// certificate says that it may be.
func (v *Inventory) Report(now time.Time, name string, s protocol.Status) ([]protocol.Order, error) {
	if err := checkReport(name, &s); err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	d := &Device{Record: Record{Name: name}}
	if old := v.devices[name]; old != nil {
		d = old.clone()
	}
	before := d.Report
	d.Report = Report{Heard: now.UTC(), Status: share(s), Since: map[string]time.Time{}}
	changes := []Change{{}}
	histories, err := v.histories(name, moved(before, &d.Report), d.Report)
	if err != nil {
		return nil, err
	}
	changes = append(changes, histories...)
	changes[0] = put("report/"+name, d.Report)
	if err := v.store.Write(changes...); err != nil {
		return nil, err
	}
	v.devices[name] = d
	return d.pending(), nil
}

// moved returns the lists whose release is another than before, and notes since
// when the device holds each.
func moved(before Report, after *Report) (lists []string) {
	was := map[string]protocol.Held{}
	for _, h := range before.Status.Lists {
		was[h.Name] = h
	}
	for _, h := range after.Status.Lists {
		old, held := was[h.Name]
		delete(was, h.Name)
		since, ok := before.Since[h.Name]
		if held && ok && old.Release == h.Release && old.Root == h.Root {
			after.Since[h.Name] = since
			continue
		}
		after.Since[h.Name] = after.Heard
		lists = append(lists, h.Name)
	}
	for name := range was {
		lists = append(lists, name)
	}
	return lists
}

// histories returns the histories of lists that moved.
func (v *Inventory) histories(device string, moved []string, r Report) (changes []Change, err error) {
	if len(moved) == 0 {
		return nil, nil
	}
	known, prefix := map[string]bool{}, "history/"+device+"/"
	err = v.store.Each(prefix, func(key string, _ []byte) error { known[strings.TrimPrefix(key, prefix)] = true; return nil })
	if err != nil {
		return nil, err
	}
	for _, list := range moved {
		if !known[list] && len(known) >= maxHistories {
			continue
		}
		known[list] = true
		c, err := v.position(device, list, r)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// position returns the history of a list, with what a device holds of it now.
func (v *Inventory) position(device, list string, r Report) (Change, error) {
	key := "history/" + device + "/" + list
	var all []Position
	err := load(v.store, key, func(rest string, positions []Position) {
		if rest == "" { // and not a list whose name begins the same
			all = positions
		}
	})
	if err != nil {
		return Change{}, err
	}
	if n := len(all); n > 0 && all[n-1].Until.IsZero() {
		all[n-1].Until = r.Heard
	}
	for _, h := range r.Status.Lists {
		if h.Name == list && h.Release > 0 {
			all = append(all, Position{Release: h.Release, Root: h.Root, Issued: h.Issued, Since: r.Heard})
		}
	}
	return put(key, all[max(0, len(all)-maxPositions):]), nil
}

// History returns the releases that a device held, by list, the oldest first.
func (v *Inventory) History(name string) (map[string][]Position, error) {
	all := map[string][]Position{}
	prefix := "history/" + name + "/"
	err := v.store.Each(prefix, func(key string, data []byte) error {
		var positions []Position
		if err := json.Unmarshal(data, &positions); err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		all[strings.TrimPrefix(key, prefix)] = positions
		return nil
	})
	return all, err
}
