package api_test

import (
	"crypto/tls"
	"net/http"
	"strings"
	"testing"

	"portcullis/firmware/identity/identitytest"
	"portcullis/protocol"
)

func TestFleetAndCentralAloneAreLetIn(t *testing.T) {
	d := start(t, nil)
	for role, want := range map[protocol.Role]bool{
		protocol.Fleet: true, protocol.Central: true, protocol.Device: false, protocol.Query: false, "boss": false,
	} {
		client := d.as(t, d.ca.Issue(t, role, "x", today, today.AddDate(1, 0, 0)))
		for _, path := range []string{protocol.StatusPath, protocol.OpenAPIPath, files + timestamp, "/none"} {
			a, err := ask(t.Context(), client, http.MethodGet, d.url+path, "", nil)
			if want && (err != nil || path != "/none" && a.status != 200) || !want && err == nil {
				t.Errorf("%s asks for %s: %d %v", role, path, a.status, err)
			}
		}
	}
}

const timestamp = "timestamp.json"

func TestNoOneIsLetInWithoutACertificateThatIsBelieved(t *testing.T) {
	d := start(t, nil)
	other := identitytest.NewAuthority(t, today)
	year := today.AddDate(1, 0, 0)
	for what, client := range map[string]*http.Client{
		"none":                 d.as(t),
		"of another authority": d.as(t, other.Issue(t, protocol.Fleet, "tool", today, year)),
		"expired":              d.as(t, d.ca.Issue(t, protocol.Fleet, "tool", today.AddDate(-1, 0, 0), today.AddDate(0, 0, -1))),
	} {
		if a, err := ask(t.Context(), client, http.MethodGet, d.url+protocol.StatusPath, "", nil); err == nil {
			t.Errorf("%s: it answers %d", what, a.status)
		}
	}
	soon := d.as(t, d.ca.Issue(t, protocol.Fleet, "tool", today.AddDate(1, 0, 0), today.AddDate(2, 0, 0)))
	if _, err := ask(t.Context(), soon, http.MethodGet, d.url+protocol.StatusPath, "", nil); err != nil {
		t.Errorf("one that is not valid yet, by a clock that may be behind: %v", err)
	}
}

// TestARevokedAuthorityOpensNothing replaces the authority at a renewal.
func TestARevokedAuthorityOpensNothing(t *testing.T) {
	d := start(t, nil)
	next := identitytest.NewAuthority(t, today)
	c := identitytest.NewCentral(t, d.ca, now)
	both, old := *d.ca, d.ca.PEM
	both.PEM = old + next.PEM
	c.Authority = &both
	if err := d.identity.Renew(t.Context(), c.URL); err != nil {
		t.Fatal(err)
	}
	newTool := next.Issue(t, protocol.Fleet, "tool", today, today.AddDate(1, 0, 0))
	for _, client := range []*http.Client{d.as(t, newTool), d.client} {
		if _, err := ask(t.Context(), client, http.MethodGet, d.url+protocol.StatusPath, "", nil); err != nil {
			t.Errorf("while both are believed: %v", err)
		}
	}
	after := identitytest.NewCentralAs(t, next, now, next.Issue(t, protocol.Central, "central", today, today.AddDate(1, 0, 0)))
	after.Codes["again"] = "gate-7"
	identitytest.Enrol(t, d.identity, after, "gate-7")
	d.client.CloseIdleConnections()
	if _, err := ask(t.Context(), d.client, http.MethodGet, d.url+protocol.StatusPath, "", nil); err == nil {
		t.Error("the old authority still opens")
	}
	if _, err := ask(t.Context(), d.as(t, newTool), http.MethodGet, d.url+protocol.StatusPath, "", nil); err != nil {
		t.Errorf("the new one: %v", err)
	}
}

func TestARevokedToolMayNothingOnAnOpenConnectionEither(t *testing.T) {
	d := start(t, nil)
	shown := d.ca.Issue(t, protocol.Fleet, "lost", today, today.AddDate(1, 0, 0))
	lost := d.as(t, shown)
	if a, err := ask(t.Context(), lost, http.MethodGet, d.url+protocol.StatusPath, "", nil); err != nil || a.status != 200 {
		t.Fatal(a, err)
	}
	if err := d.identity.Revoke([]string{shown.Leaf.SerialNumber.Text(16)}); err != nil {
		t.Fatal(err)
	}
	if a, err := ask(t.Context(), lost, http.MethodGet, d.url+protocol.StatusPath, "", nil); err != nil || a.problem() != "403 not-allowed" {
		t.Errorf("on an open connection: %s %v", a.body, err)
	}
	lost.CloseIdleConnections()
	if _, err := ask(t.Context(), lost, http.MethodGet, d.url+protocol.StatusPath, "", nil); err == nil {
		t.Error("it connects again")
	}
	if a := d.ask(t, http.MethodGet, protocol.StatusPath, "", nil); a.status != 200 {
		t.Errorf("another tool: %s", a.body)
	}
}

func TestBothVersionsOfHTTPAreSpoken(t *testing.T) {
	d := start(t, nil)
	for _, major := range []int{1, 2} {
		shown := d.client.Transport.(*http.Transport).TLSClientConfig.Certificates
		transport := &http.Transport{ForceAttemptHTTP2: major == 2, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: shown}}
		response, err := (&http.Client{Transport: transport}).Get(d.url + protocol.StatusPath)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.ProtoMajor != major {
			t.Errorf("it speaks HTTP/%d", response.ProtoMajor)
		}
		transport.CloseIdleConnections()
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	d := start(t, nil)
	for _, x := range []struct{ method, path, body, want string }{
		{"GET", "/", "", "404 not-known"},
		{"POST", "/v1/status", "", "404 not-known"},
		{"GET", "/v1/lists/none/files/timestamp.json", "", "404 not-known"},
		{"GET", "/v1/lists/sltd/installs/none", "", "404 not-known"},
		{"POST", "/v1/lists/none/installs", `{"id":"1"}`, "404 not-known"},
		{"POST", "/v1/lists/sltd/installs", `{`, "400 bad-request"},
		{"POST", "/v1/lists/sltd/installs", `{}`, "400 bad-request"},
		{"POST", "/v1/lists/sltd/installs", `{"id":"a b"}`, "400 bad-request"},
		{"POST", "/v1/lists/sltd/installs", `{"id":"` + strings.Repeat("1", 100_000) + `"}`, "413 too-large"},
		{"POST", "/v1/erase", `{"id":"1"}`, "400 bad-request"},
		{"POST", "/v1/erase", `{"id":"1","kind":"sync"}`, "400 bad-request"},
		{"POST", "/v1/erase", `{"kind":"erase"}`, "400 bad-request"},
	} {
		if got := d.ask(t, x.method, x.path, "", strings.NewReader(x.body)).problem(); got != x.want {
			t.Errorf("%s %s %.20s: %s, want %s", x.method, x.path, x.body, got, x.want)
		}
	}
	if len(d.orders) > 0 || d.was() != "" {
		t.Errorf("it did %v %s", d.orders, d.was())
	}
}

func TestAnErasedDeviceTakesNothingMore(t *testing.T) {
	d := start(t, nil)
	order := protocol.Order{ID: "1", Kind: protocol.Erase}
	if a := d.post(t, protocol.ErasePath, order); a.status != 204 || len(d.orders) != 1 || d.orders[0] != order {
		t.Fatalf("it answers %d %s, and was ordered %v", a.status, a.body, d.orders)
	}
	if got := d.put(t, timestamp, []byte("{}"), 0, 2).problem(); got != "410 erased" {
		t.Errorf("a file: %s", got)
	}
	if got := d.post(t, "/v1/lists/sltd/installs", protocol.InstallRequest{ID: "1"}).problem(); got != "410 erased" {
		t.Errorf("an install: %s", got)
	}
	var s protocol.Status
	d.ask(t, "GET", protocol.StatusPath, "", nil).into(t, &s)
	if !s.Erased {
		t.Error("its status does not say so")
	}
}
