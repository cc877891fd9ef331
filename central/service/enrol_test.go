package service_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"portcullis/protocol"
)

const day = 24 * time.Hour

func TestADeviceEnrolsReportsAndRenews(t *testing.T) {
	r := newRig(t)
	cert := r.enrol("gate-7", "hall B")
	if role, name, ok := protocol.Holder(cert.Leaf.URIs); !ok || role != protocol.Device || name != "gate-7" || len(cert.Leaf.DNSNames) > 0 {
		t.Errorf("the certificate names %s %s %v, %v", role, name, cert.Leaf.DNSNames, ok)
	}
	gate := r.caller(cert)
	reply := read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if len(reply.Orders) != 0 || reply.Next < 240 || reply.Next > 360 {
		t.Errorf("the reply is %+v", reply)
	}
	key := newKey(t)
	next := read[protocol.Certificate](t, gate.post(protocol.RenewPath, protocol.RenewRequest{Request: request(t, key)}))
	if next.Name != "gate-7" || !next.Renew.After(noon.Add(59*day)) || !next.Renew.Before(noon.Add(61*day)) {
		t.Errorf("renewed as %s, again %v", next.Name, next.Renew)
	}
	// The answer may have been lost: both are good.
	for _, c := range []caller{gate, r.caller(r.pair(key, next))} {
		read[protocol.HeartbeatReply](t, c.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	}
	if d := must(r.inventory.Device("gate-7"))(t); d.Site != "hall B" || len(d.Certificates) != 2 || d.Enrolled != noon {
		t.Errorf("known as %+v", d.Record)
	}
}

func TestACodeUsedTwiceExpiredOrGuessedEnrolsNoOne(t *testing.T) {
	r := newRig(t)
	nobody, key := r.caller(nil), newKey(t)
	enrol := func(code string, k *ecdsa.PrivateKey) answer {
		return nobody.post(protocol.EnrolPath, protocol.EnrolRequest{Code: code, Request: request(t, k)})
	}
	code := r.code("gate-7", "")
	read[protocol.Certificate](t, enrol(code, key))
	read[protocol.Certificate](t, enrol(code, key)) // its answer was lost
	enrol(code, newKey(t)).want(t, "used twice", http.StatusForbidden, protocol.ProblemCode)
	enrol("0000-0000-0000-0000", key).want(t, "guessed", http.StatusForbidden, protocol.ProblemCode)
	late := r.code("gate-8", "")
	r.at(noon.Add(day + time.Second))
	enrol(late, key).want(t, "expired", http.StatusForbidden, protocol.ProblemCode)
}

func TestGuessingIsSlow(t *testing.T) {
	r := newRig(t)
	code := r.code("gate-7", "")
	guess := func(code string) answer {
		return r.caller(nil).post(protocol.EnrolPath, protocol.EnrolRequest{Code: code, Request: request(t, newKey(t))})
	}
	for range 10 {
		guess("0000-0000-0000-0000").want(t, "guessed", http.StatusForbidden, protocol.ProblemCode)
	}
	guess(code).want(t, "after ten", http.StatusTooManyRequests, protocol.ProblemBusy)
	r.at(noon.Add(7 * time.Second))
	read[protocol.Certificate](t, guess(code))
}

func TestRequestsWithWeakKeysOrBadSignaturesUseNoCodeUp(t *testing.T) {
	r := newRig(t)
	code, good := r.code("gate-7", ""), request(t, newKey(t))
	block, _ := pem.Decode([]byte(good))
	block.Bytes[len(block.Bytes)-1] ^= 1
	for what, text := range map[string]string{
		"a weak curve":    request(t, must(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))(t)),
		"RSA":             request(t, must(rsa.GenerateKey(rand.Reader, 2048))(t)),
		"a bad signature": string(pem.EncodeToMemory(block)),
		"garbage":         "garbage",
	} {
		r.caller(nil).post(protocol.EnrolPath, protocol.EnrolRequest{Code: code, Request: text}).want(t, what, http.StatusBadRequest, protocol.ProblemRequest)
	}
	read[protocol.Certificate](t, r.caller(nil).post(protocol.EnrolPath, protocol.EnrolRequest{Code: code, Request: good}))
}

func TestOfTwoAtOnceOneEnrols(t *testing.T) {
	r := newRig(t)
	code := r.code("gate-7", "")
	var group sync.WaitGroup
	answers := make([]answer, 6)
	for i := range answers {
		ask := protocol.EnrolRequest{Code: code, Request: request(t, newKey(t))}
		c := r.caller(nil)
		group.Go(func() { answers[i] = c.post(protocol.EnrolPath, ask) })
	}
	group.Wait()
	enrolled := 0
	for _, a := range answers {
		if a.status == http.StatusOK {
			enrolled++
		} else {
			a.want(t, "the others", http.StatusForbidden, protocol.ProblemCode)
		}
	}
	if enrolled != 1 {
		t.Errorf("%d enrolled", enrolled)
	}
}

func TestAnExpiredCertificateRenewsWithinAYearAndNotBeyond(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	renew := func() answer {
		return gate.post(protocol.RenewPath, protocol.RenewRequest{Request: request(t, newKey(t))})
	}
	r.at(noon.Add((90 + 364) * day))
	read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if got := read[protocol.Certificate](t, renew()); got.Name != "gate-7" {
		t.Errorf("renewed as %q", got.Name)
	}
	r.at(noon.Add((90 + 366) * day))
	renew().want(t, "beyond", http.StatusForbidden, protocol.ProblemDenied)
	gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)).want(t, "a report beyond", http.StatusForbidden, protocol.ProblemDenied)
}

func TestRenewingIsLimited(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	renew := func() answer {
		return gate.post(protocol.RenewPath, protocol.RenewRequest{Request: request(t, newKey(t))})
	}
	for range 10 {
		read[protocol.Certificate](t, renew())
	}
	renew().want(t, "the eleventh", http.StatusTooManyRequests, protocol.ProblemBusy)
}

func TestANewDeviceOfANameEndsTheOneBefore(t *testing.T) {
	r := newRig(t)
	old := r.caller(r.enrol("gate-7", ""))
	read[protocol.HeartbeatReply](t, old.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	now := r.caller(r.enrol("gate-7", ""))
	read[protocol.HeartbeatReply](t, now.post(protocol.HeartbeatPath, r.status("gate-7", 5)))
	// It may be the device that was enrolled anew, which has yet to learn of it.
	old.post(protocol.HeartbeatPath, r.status("gate-7", 3)).want(t, "the old one", http.StatusForbidden, protocol.ProblemDenied)
	r.at(noon.Add(day - time.Second))
	old.post(protocol.HeartbeatPath, r.status("gate-7", 3)).want(t, "within a day", http.StatusForbidden, protocol.ProblemDenied)
	r.at(noon.Add(day))
	reply := read[protocol.HeartbeatReply](t, old.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if len(reply.Orders) != 1 || reply.Orders[0].Kind != protocol.Erase {
		t.Errorf("the old one is told %+v", reply.Orders)
	}
	if a := old.post(protocol.DonePath, protocol.OrderDone{ID: reply.Orders[0].ID}); a.status != http.StatusNoContent {
		t.Errorf("done: %d", a.status)
	}
	if d := must(r.inventory.Device("gate-7"))(t); d.Status.Lists[0].Release != 5 || !d.Revoked.IsZero() || d.HasErased() {
		t.Errorf("the new one is now %+v", d)
	}
	if got := read[protocol.HeartbeatReply](t, now.post(protocol.HeartbeatPath, r.status("gate-7", 5))); len(got.Orders) != 0 {
		t.Errorf("the new one is told %+v", got.Orders)
	}
}

func TestADeviceWhoseNewEnrolmentWasNotAnsweredIsNotErasedButIsWhenItIsLost(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	r.enrol("gate-7", "") // nobody has its key: the answer was lost
	gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)).want(t, "superseded", http.StatusForbidden, protocol.ProblemDenied)
	if err := r.authority.Bar(noon, protocol.Device, "gate-7", "stolen"); err != nil {
		t.Fatal(err)
	}
	reply := read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	if len(reply.Orders) != 1 || reply.Orders[0].Kind != protocol.Erase {
		t.Errorf("revoked, it is told %+v", reply.Orders)
	}
}

func TestACodeThatLastsGivesNoFloodOfCertificates(t *testing.T) {
	r := newRig(t)
	ask := protocol.EnrolRequest{Code: r.code("gate-7", ""), Request: request(t, newKey(t))}
	for range 10 {
		read[protocol.Certificate](t, r.caller(nil).post(protocol.EnrolPath, ask))
	}
	r.caller(nil).post(protocol.EnrolPath, ask).want(t, "the eleventh", http.StatusTooManyRequests, protocol.ProblemBusy)
}

// TestARenewalThatBeganBeforeItsCertificateEndedGivesNone holds the body back
// until another device has the name.
func TestARenewalThatBeganBeforeItsCertificateEndedGivesNone(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	text := must(json.Marshal(protocol.RenewRequest{Request: request(t, newKey(t))}))(t)
	begun := make(chan struct{})
	body := &held{start: text[:1], rest: text[1:], begun: begun, end: make(chan struct{})}
	answered := make(chan answer, 1)
	go func() { answered <- gate.send("POST", protocol.RenewPath, body) }()
	<-begun // the service has taken the request, or will before the body ends
	for !r.service.Renewing("gate-7") {
		runtime.Gosched()
	}
	r.enrol("gate-7", "")
	close(body.end)
	(<-answered).want(t, "renewing", http.StatusForbidden, protocol.ProblemDenied)
}

// held is a body whose rest comes when it may end.
type held struct {
	start, rest []byte
	begun, end  chan struct{}
}

func (h *held) Read(p []byte) (n int, err error) {
	if len(h.start) > 0 {
		n = copy(p, h.start)
		h.start = h.start[n:]
		return n, nil
	}
	if h.begun != nil {
		close(h.begun)
		h.begun = nil
		<-h.end
	}
	if n = copy(p, h.rest); n == 0 {
		return 0, io.EOF
	}
	h.rest = h.rest[n:]
	return n, nil
}

func TestAFloodOfReportsIsBoundedAndSilencesNoOther(t *testing.T) {
	r := newRig(t)
	gate, other := r.caller(r.enrol("gate-7", "")), r.caller(r.enrol("gate-8", ""))
	for range 30 {
		read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
	}
	gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)).want(t, "one more", http.StatusTooManyRequests, protocol.ProblemBusy)
	read[protocol.HeartbeatReply](t, other.post(protocol.HeartbeatPath, r.status("gate-8", 3)))
	r.at(noon.Add(2 * time.Second))
	read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
}
