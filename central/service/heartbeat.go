package service

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/listen"
	"portcullis/protocol"
)

// heartbeat takes in what a device says of itself, and tells it what to do.
func (s *Service) heartbeat(w http.ResponseWriter, r *http.Request) {
	who, err := s.device(r)
	if s.isRefused(who, err) {
		s.refuse(w, r, err)
		return
	}
	if !s.reports.take(s.Now(), who.Name+" "+listen.Caller(r.RemoteAddr)) {
		s.refuse(w, r, errBusy)
		return
	}
	status, wrong := body[protocol.Status](w, r, maxReport)
	if err != nil {
		s.heartbeatOfRevoked(w, r, who, status, wrong)
		return
	}
	if wrong != nil {
		s.refuse(w, r, wrong)
		return
	}
	orders, err := s.Inventory.Report(s.Now(), who.Name, status)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	revoked, err := s.Authority.RevokedTools(s.Now())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	writeJSON(w, protocol.HeartbeatReply{Orders: orders, Next: s.next(), Revoked: revoked})
}

// spared is how long a device whose certificate was superseded is refused, and
// not ordered to erase. It may be the very device that was enrolled anew, whose
// answer was lost, or that is about to learn of it.
const spared = devices.CodeLife

// isRefused reports whether a heartbeat is answered with nothing but the error.
func (s *Service) isRefused(who authority.Holder, err error) bool {
	if !errors.Is(err, authority.ErrRevoked) || who.Role != protocol.Device {
		return err != nil
	}
	barred, err := s.Authority.Barred(who.Role, who.Name)
	if err != nil || barred {
		return false // it is told to erase, whatever fails
	}
	at, err := s.Authority.Superseded(who.Serial)
	return err == nil && !at.IsZero() && s.Now().Sub(at) < spared
}

// device checks that a device asks. One with ErrRevoked is a device too.
func (s *Service) device(r *http.Request) (authority.Holder, error) {
	who, err := s.holder(r)
	if (err == nil || errors.Is(err, authority.ErrRevoked)) && who.Role != protocol.Device {
		err = errRole
	}
	return who, err
}

// heartbeatOfRevoked answers with the order to erase, whatever the device says
// and whatever fails here.
func (s *Service) heartbeatOfRevoked(w http.ResponseWriter, r *http.Request, who authority.Holder, status protocol.Status, wrong error) {
	s.Log.Warn("revoked device reports", "device", who.Name, "serial", who.Serial, "from", r.RemoteAddr)
	erase, err := s.noteRevoked(who, status, wrong)
	if err != nil {
		s.Log.Error("report of a revoked device is not noted", "device", who.Name, "error", err)
	}
	writeJSON(w, protocol.HeartbeatReply{Orders: []protocol.Order{erase}, Next: s.next()})
}

// noteRevoked takes in what a revoked device says, unless it only has the name
// of one that took its place, and returns its order to erase. One that is done
// is given again once a day: a device obeys each order once, and may have failed.
func (s *Service) noteRevoked(who authority.Holder, status protocol.Status, wrong error) (protocol.Order, error) {
	erase := protocol.Order{ID: "revoked-" + who.Serial + s.Now().UTC().Format("-20060102"), Kind: protocol.Erase}
	barred, err := s.Authority.Barred(who.Role, who.Name)
	if err != nil || !barred {
		return erase, err
	}
	if wrong == nil {
		if _, err := s.Inventory.Report(s.Now(), who.Name, status); err != nil {
			return erase, err
		}
	}
	d, err := s.Inventory.Device(who.Name)
	if err != nil {
		return erase, err
	}
	if d.Revoked.IsZero() { // it was barred by the authority alone
		return s.Inventory.Revoke(s.Now(), who.Name, false)
	}
	for _, o := range d.Orders {
		if o.Kind == protocol.Erase {
			return o.Order, nil
		}
	}
	return erase, nil
}

// next returns when a device is to report again, in seconds: not all at once.
func (s *Service) next() int {
	return max(1, int(s.Every/time.Second*time.Duration(80+rand.IntN(41))/100))
}

// done notes that a device did what it was told.
func (s *Service) done(w http.ResponseWriter, r *http.Request) {
	who, err := s.device(r)
	gone := errors.Is(err, authority.ErrRevoked)
	if err != nil && !gone {
		s.refuse(w, r, err)
		return
	}
	done, err := body[protocol.OrderDone](w, r, maxSmall)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if gone {
		err = s.doneByRevoked(who, done)
	} else {
		err = s.Inventory.Done(s.Now(), who.Name, done)
	}
	// An order that is not there was done before, by an answer that was lost, or
	// was taken back: the device need not say it again.
	if err != nil && !errors.Is(err, devices.ErrUnknown) {
		s.refuse(w, r, err)
		return
	}
	s.Log.Info("order done", "device", who.Name, "problem", done.Problem != "", "known", err == nil)
	w.WriteHeader(http.StatusNoContent)
}

// doneByRevoked notes that a revoked device erased itself. A certificate that
// was superseded says nothing of the device that has the name now.
func (s *Service) doneByRevoked(who authority.Holder, done protocol.OrderDone) error {
	barred, err := s.Authority.Barred(who.Role, who.Name)
	if err != nil || !barred {
		return err
	}
	return s.Inventory.Done(s.Now(), who.Name, done)
}
