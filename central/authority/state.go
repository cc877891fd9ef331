package authority

import (
	"fmt"
	"time"

	"portcullis/protocol"
)

// A holder is whom certificates are made for.
type holder struct {
	role protocol.Role
	name string
}

// An Issued is a certificate that an authority made.
type Issued struct {
	Role    protocol.Role `json:"role"`
	Name    string        `json:"name"`
	Serial  string        `json:"serial"`
	At      time.Time     `json:"at"`
	Until   time.Time     `json:"until"`
	Revoked time.Time     `json:"revoked,omitzero"`
	Why     string        `json:"why,omitempty"` // it was revoked
	key     string
}

// A state is what the events of a journal lead to.
type state struct {
	order    []*Issued // as they were issued
	bySerial map[string]*Issued
	byHolder map[holder][]*Issued
	strange  map[string]bool // revoked without having been issued here
	barred   map[holder]bool
	tools    []*Issued // revoked certificates of those who call devices
}

func newState() state {
	return state{bySerial: map[string]*Issued{}, byHolder: map[holder][]*Issued{}, strange: map[string]bool{}, barred: map[holder]bool{}}
}

func (s *state) apply(e event) error {
	who := holder{e.Role, e.Name}
	switch e.Event {
	case issued:
		i := &Issued{Role: e.Role, Name: e.Name, Serial: e.Serial, At: e.At, Until: e.Until, key: e.Key}
		s.order, s.bySerial[e.Serial], s.byHolder[who] = append(s.order, i), i, append(s.byHolder[who], i)
	case revoked:
		s.revoke(e.Serial, e)
	case barred:
		s.barred[who] = true
		for _, i := range s.byHolder[who] {
			s.revoke(i.Serial, e)
		}
	case readmitted:
		delete(s.barred, who)
	default:
		return fmt.Errorf("event %q is not known", e.Event)
	}
	return nil
}

func (s *state) revoke(serial string, e event) {
	i := s.bySerial[serial]
	switch {
	case i == nil:
		s.strange[serial] = true
	case i.Revoked.IsZero():
		i.Revoked, i.Why = e.At, e.Why
		if i.Role == protocol.Fleet || i.Role == protocol.Central {
			s.tools = append(s.tools, i)
		}
	}
}

// isRevoked reports whether a certificate does not count any more.
func (s *state) isRevoked(who holder, serial string) bool {
	i := s.bySerial[serial]
	return s.barred[who] || s.strange[serial] || i != nil && !i.Revoked.IsZero()
}
