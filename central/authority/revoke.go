package authority

import (
	"fmt"
	"slices"
	"time"

	"portcullis/protocol"
)

// Revoke ends one certificate.
func (a *Authority) Revoke(now time.Time, serial, why string) error {
	err := a.journal.append(func(s *state) ([]event, error) {
		if s.isRevoked(holder{}, serial) {
			return nil, nil
		}
		return []event{{Event: revoked, At: now.UTC(), Serial: serial, Why: why}}, nil
	})
	if err != nil {
		return fmt.Errorf("revoke certificate: %w", err)
	}
	return nil
}

// Bar ends all certificates of a holder, who gets no other until it is
// readmitted.
func (a *Authority) Bar(now time.Time, role protocol.Role, name, why string) error {
	err := a.journal.append(func(s *state) ([]event, error) {
		if s.barred[holder{role, name}] {
			return nil, nil
		}
		return []event{{Event: barred, At: now.UTC(), Role: role, Name: name, Why: why}}, nil
	})
	if err != nil {
		return fmt.Errorf("bar %s %s: %w", role, name, err)
	}
	return nil
}

// Readmit lets a holder that was barred have certificates again. Those that it
// had stay revoked.
func (a *Authority) Readmit(now time.Time, role protocol.Role, name string) error {
	err := a.journal.append(func(s *state) ([]event, error) {
		if !s.barred[holder{role, name}] {
			return nil, nil
		}
		return []event{{Event: readmitted, At: now.UTC(), Role: role, Name: name}}, nil
	})
	if err != nil {
		return fmt.Errorf("readmit %s %s: %w", role, name, err)
	}
	return nil
}

// Supersede ends all certificates of a holder but those for one key, which is
// what the holder has from now on.
func (a *Authority) Supersede(now time.Time, role protocol.Role, name, key string) error {
	err := a.journal.append(func(s *state) (events []event, err error) {
		for _, i := range s.byHolder[holder{role, name}] {
			if i.key != key && i.Revoked.IsZero() {
				events = append(events, event{Event: revoked, At: now.UTC(), Serial: i.Serial, Why: superseded})
			}
		}
		return events, nil
	})
	if err != nil {
		return fmt.Errorf("supersede certificates of %s %s: %w", role, name, err)
	}
	return nil
}

// superseded is why a certificate is revoked whose holder has another key now.
const superseded = "superseded"

// Superseded returns when a certificate ended because its holder has another
// key now; the zero time if it did not.
func (a *Authority) Superseded(serial string) (at time.Time, err error) {
	err = a.journal.view(func(s *state) {
		if i := s.bySerial[serial]; i != nil && i.Why == superseded {
			at = i.Revoked
		}
	})
	return at, err
}

// maxTold bounds what RevokedTools returns: the last that were revoked.
const maxTold = 1024

// RevokedTools returns the serial numbers of certificates of fleet tools and of
// central that are revoked and have not ended long ago, for devices, whose clocks may be
// behind.
func (a *Authority) RevokedTools(now time.Time) (serials []string, err error) {
	err = a.journal.view(func(s *state) {
		for _, i := range s.tools[max(0, len(s.tools)-maxTold):] {
			if now.Before(i.Until.Add(Grace)) {
				serials = append(serials, i.Serial)
			}
		}
	})
	return serials, err
}

// Barred reports whether a holder gets no certificates.
func (a *Authority) Barred(role protocol.Role, name string) (is bool, err error) {
	err = a.journal.view(func(s *state) { is = s.barred[holder{role, name}] })
	return is, err
}

// Issued returns the certificates that were made, the oldest first.
func (a *Authority) Issued() (all []Issued, err error) {
	err = a.journal.view(func(s *state) {
		for _, i := range s.order {
			all = append(all, *i)
		}
	})
	return slices.Clip(all), err
}
