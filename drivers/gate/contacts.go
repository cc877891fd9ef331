package gate

import (
	"slices"
	"strings"
)

// A ContactStatus is what one contact of a gate says.
type ContactStatus struct {
	Name   string // such as "door_closed"
	Active bool   // as it was last heard; means nothing where there is a fault
	Fault  string // why it is nothing to rely on; "" if it is
}

// Contacts returns what each contact that is wired says.
func (g *Gate) Contacts() (all []ContactStatus) {
	said := g.said.Load()
	for r, w := range g.contacts {
		switch {
		case w.Contact == nil:
		case said == nil:
			all = append(all, ContactStatus{Name: role(r).String(), Fault: "gate: not running"})
		default:
			all = append(all, said[r])
		}
	}
	return all
}

// tell tells whoever asks what the contacts say now: each of them first, and then
// what that makes of the gate.
func (g *Gate) tell() {
	said := g.machine.contacts()
	g.said.Store(&said)
	g.feed.publish(g.machine.status())
}

// contacts returns what each contact says.
func (m *machine) contacts() (all [roles]ContactStatus) {
	for r := range roles {
		all[r] = ContactStatus{Name: r.String(), Active: m.heard[r] == active, Fault: m.faultOf(r)}
	}
	for i, d := range doubts {
		if !due(m.doubts[i], m.clock.now) {
			continue
		}
		names, what, _ := strings.Cut(d.fault, ": ")
		for r := range roles {
			if all[r].Fault == "" && slices.Contains(strings.Split(names, ", "), r.String()) {
				all[r].Fault = what
			}
		}
	}
	return all
}
