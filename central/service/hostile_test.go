package service_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"portcullis/central/service"
	"portcullis/protocol"
)

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestGarbageAndEndlessBodiesAreRefused(t *testing.T) {
	r := newRig(t)
	gate := r.caller(r.enrol("gate-7", ""))
	for _, body := range []string{"", "garbage", "{", `{"device":7,"id":7,"request":7}`, `[]`, `{"device":"gate-7"} trailing`, "\x00\xff", strings.Repeat("[", 60_000)} {
		for _, path := range []string{protocol.HeartbeatPath, protocol.DonePath, protocol.RenewPath} {
			a := gate.send("POST", path, strings.NewReader(body))
			if a.status != http.StatusBadRequest && a.status != http.StatusRequestEntityTooLarge {
				t.Errorf("%.20q at %s: %d %s", body, path, a.status, a.body)
			}
			if len(body) > 3 && bytes.Contains(a.body, []byte("garbage")) {
				t.Errorf("the answer repeats the body: %s", a.body)
			}
		}
	}
	for _, path := range []string{protocol.HeartbeatPath, protocol.DonePath, protocol.EnrolPath} {
		q := must(http.NewRequest("POST", "https://"+r.address+path, endless{}))(t)
		resp, err := gate.client.Do(q)
		if err != nil {
			continue // it was cut
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("endless at %s: %d", path, resp.StatusCode)
		}
	}
	read[protocol.HeartbeatReply](t, gate.post(protocol.HeartbeatPath, r.status("gate-7", 3)))
}

func TestASlowBodyIsCutOff(t *testing.T) {
	r := newRig(t, func(o *service.Options) { o.Patience = 50 * time.Millisecond })
	c := must(tls.Dial("tcp", r.address, r.authority.Trust(r.clock).Client(nil, protocol.Central, "")))(t)
	defer c.Close()
	if _, err := fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", protocol.EnrolPath); err != nil {
		t.Fatal(err)
	}
	// Nothing more is sent: that this returns is what is wanted.
	data, err := io.ReadAll(c)
	if err == nil && !bytes.Contains(data, []byte("400 Bad Request")) {
		t.Errorf("it was answered %q", data)
	}
}

func TestABrowserGivesNoOrdersForAnotherSite(t *testing.T) {
	r := newRig(t)
	must(r.inventory.Report(noon, "gate-7", r.status("gate-7", 3)))(t)
	tool := r.as(protocol.Fleet, "tool")
	q := must(http.NewRequest("POST", "https://"+r.address+protocol.OrdersPath, strings.NewReader(`{"device":"gate-7","kind":"erase","confirm":"gate-7"}`)))(t)
	q.Header.Set("Origin", "https://evil.example")
	q.Header.Set("Sec-Fetch-Site", "cross-site")
	resp := must(tool.client.Do(q))(t)
	resp.Body.Close()
	if d := must(r.inventory.Device("gate-7"))(t); resp.StatusCode != http.StatusForbidden || len(d.Orders) > 0 {
		t.Errorf("%d, and the device has orders %v", resp.StatusCode, d.Orders)
	}
}
