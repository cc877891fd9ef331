package identitytest

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"portcullis/cache/keys"
	"portcullis/firmware/identity"
	"portcullis/protocol"
)

// Life is how long the certificates of devices live.
const Life = 90 * 24 * time.Hour

// A Central answers devices as the central service does. What it was told and
// is to say is in its fields, under its lock.
type Central struct {
	*Authority
	URL   string
	Shown *x509.Certificate // its own
	Clock func() time.Time

	sync.Mutex
	Codes    map[string]string // that are good, and for which device
	Orders   []protocol.Order  // that are not done
	Next     int               // seconds
	Revoked  []string          // certificates, by serial number
	Down     bool              // it answers no one
	Deaf     bool              // it cannot be told what was done
	Heard    []protocol.Status
	Finished []protocol.OrderDone
	Enrolled int // certificates given out
}

// NewCentral returns a central that serves until the test ends. Its own
// certificate is valid from its clock's time on, for a year.
func NewCentral(t testing.TB, a *Authority, clock func() time.Time) *Central {
	t.Helper()
	return NewCentralAs(t, a, clock, a.Issue(t, protocol.Central, "central", clock(), clock().AddDate(1, 0, 0)))
}

// NewCentralAs is NewCentral with a certificate of its own.
func NewCentralAs(t testing.TB, a *Authority, clock func() time.Time, shown tls.Certificate) *Central {
	t.Helper()
	c := &Central{Authority: a, Shown: shown.Leaf, Clock: clock, Codes: map[string]string{}, Next: 5}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+protocol.EnrolPath, c.enrol)
	mux.HandleFunc("POST "+protocol.RenewPath, c.renew)
	mux.HandleFunc("POST "+protocol.HeartbeatPath, c.heartbeat)
	mux.HandleFunc("POST "+protocol.DonePath, c.done)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.Lock()
		defer c.Unlock()
		if c.Down {
			refuse(w, http.StatusServiceUnavailable, protocol.ProblemInternal)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{shown}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS13}
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	c.URL = s.URL
	return c
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", protocol.ProblemMedia)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(protocol.Problem{Type: kind, Title: "refused", Status: status})
}

func (c *Central) enrol(w http.ResponseWriter, r *http.Request) {
	var request protocol.EnrolRequest
	err := json.NewDecoder(r.Body).Decode(&request)
	name, ok := c.Codes[request.Code]
	if err != nil || !ok {
		refuse(w, http.StatusForbidden, protocol.ProblemCode)
		return
	}
	delete(c.Codes, request.Code)
	c.certify(w, request.Request, name)
}

func (c *Central) certify(w http.ResponseWriter, request, name string) {
	reply, err := c.Answer(request, name, c.Clock(), c.Clock().Add(Life))
	if err != nil {
		refuse(w, http.StatusBadRequest, protocol.ProblemRequest)
		return
	}
	c.Enrolled++
	json.NewEncoder(w).Encode(reply)
}

// device returns who asks; the empty name is refused already.
func (c *Central) device(w http.ResponseWriter, r *http.Request) string {
	for _, p := range r.TLS.PeerCertificates[:min(1, len(r.TLS.PeerCertificates))] {
		role, name, ok := protocol.Holder(p.URIs)
		if ok && role == protocol.Device && p.CheckSignatureFrom(c.Certificate) == nil {
			return name
		}
	}
	refuse(w, http.StatusForbidden, protocol.ProblemDenied)
	return ""
}

func (c *Central) renew(w http.ResponseWriter, r *http.Request) {
	var request protocol.RenewRequest
	if name := c.device(w, r); name != "" && json.NewDecoder(r.Body).Decode(&request) == nil {
		c.certify(w, request.Request, name)
	}
}

func (c *Central) heartbeat(w http.ResponseWriter, r *http.Request) {
	var s protocol.Status
	if c.device(w, r) != "" && json.NewDecoder(r.Body).Decode(&s) == nil {
		c.Heard = append(c.Heard, s)
		json.NewEncoder(w).Encode(protocol.HeartbeatReply{Orders: c.Orders, Next: c.Next, Revoked: c.Revoked})
	}
}

func (c *Central) done(w http.ResponseWriter, r *http.Request) {
	var d protocol.OrderDone
	if c.Deaf {
		refuse(w, http.StatusServiceUnavailable, protocol.ProblemInternal)
		return
	}
	if c.device(w, r) != "" && json.NewDecoder(r.Body).Decode(&d) == nil {
		c.Finished = append(c.Finished, d)
		w.WriteHeader(http.StatusNoContent)
	}
}

// NewDevice returns an identity in a folder, sealed by the machine's ring, which
// is returned too.
func NewDevice(dir string, clock, floor func() time.Time) (*identity.Identity, *keys.Ring) {
	ring := keys.NewRing(dir, keys.Machine{})
	return identity.Open(identity.Options{Dir: dir, Vault: ring, Clock: clock, Floor: floor}), ring
}

// Enrol enrols a device at a central, or ends the test.
func Enrol(t testing.TB, i *identity.Identity, c *Central, name string) {
	t.Helper()
	c.Lock()
	c.Codes["code-of-"+name] = name
	c.Unlock()
	pin, err := identity.PinCertificate([]byte(c.PEM))
	if err == nil {
		err = i.Enrol(t.Context(), c.URL, pin, "code-of-"+name)
	}
	if err != nil {
		t.Fatal(err)
	}
}
