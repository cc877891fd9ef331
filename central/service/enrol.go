package service

import (
	"crypto/x509"
	"net/http"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/listen"
	"portcullis/protocol"
)

// enrol gives a device its first certificate for a code. The code says which
// device it is, whatever the request says.
func (s *Service) enrol(w http.ResponseWriter, r *http.Request) {
	from := listen.Caller(r.RemoteAddr)
	if !s.guesses.take(s.Now(), from) {
		s.refuse(w, r, errBusy)
		return
	}
	asked, err := body[protocol.EnrolRequest](w, r, maxSmall)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	made, name, err := s.admit(asked)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.guesses.forget(from)
	s.Log.Info("device enrolled", "device", name, "serial", authority.Serial(made), "from", r.RemoteAddr)
	writeJSON(w, s.certificate(name, made))
}

// admit makes the certificate for a code. The certificates that the device had
// for other keys end: there is one device of a name.
func (s *Service) admit(asked protocol.EnrolRequest) (made *x509.Certificate, name string, err error) {
	key, err := authority.ParseRequest(asked.Request)
	if err != nil {
		return nil, "", err
	}
	id, err := authority.KeyID(key)
	if err != nil {
		return nil, "", err
	}
	name, err = s.Inventory.Redeem(s.Now(), asked.Code, id)
	if err != nil {
		return nil, "", err
	}
	// Whoever has a code may use it for one key as often as it lasts. Each
	// certificate stays in the journal.
	if !s.firsts.take(s.Now(), name) {
		return nil, "", errBusy
	}
	if made, err = s.issue(authority.Grant{Name: name, Key: key}); err != nil {
		return nil, "", err
	}
	return made, name, s.Authority.Supersede(s.Now(), protocol.Device, name, id)
}

// renew gives a device another certificate. The one that it shows stays good,
// because the answer may be lost.
func (s *Service) renew(w http.ResponseWriter, r *http.Request) {
	who, _ := authority.HolderOf(r.Context())
	if !s.renewals.take(s.Now(), who.Name) {
		s.refuse(w, r, errBusy)
		return
	}
	asked, err := body[protocol.RenewRequest](w, r, maxSmall)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	key, err := authority.ParseRequest(asked.Request)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	// The body may have been long in coming, and the certificate revoked meanwhile.
	made, err := s.issue(authority.Grant{Name: who.Name, Key: key, After: who.Serial})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.Log.Info("certificate renewed", "device", who.Name, "serial", authority.Serial(made))
	writeJSON(w, s.certificate(who.Name, made))
}

// issue makes a device a certificate: a first one, unless it follows on another.
func (s *Service) issue(g authority.Grant) (*x509.Certificate, error) {
	g.Role = protocol.Device
	made, err := s.Authority.Issue(s.Now(), g)
	if err != nil {
		return nil, err
	}
	c := devices.Certificate{Serial: authority.Serial(made), Until: made.NotAfter}
	return made, s.Inventory.Certified(s.Now(), g.Name, c, g.After == "")
}

func (s *Service) certificate(name string, made *x509.Certificate) protocol.Certificate {
	return protocol.Certificate{
		Name: name, Certificate: authority.PEM(made), Authorities: authority.PEM(s.Authority.Root()), Renew: authority.Renew(made),
	}
}
