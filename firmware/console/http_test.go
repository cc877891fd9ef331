package console_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"portcullis/firmware/console"
)

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	h := console.New(console.Options{}).Handler()
	for _, target := range []string{"GET /", "HEAD /", "GET /traveller", "GET /assets/officer.js", "GET /assets/none.js", "GET /none",
		"DELETE /", "POST /api/v1/passages/x/outcome", "GET /healthz", "GET /metrics", "HEAD /events"} {
		method, path, _ := strings.Cut(target, " ")
		got := do(h, method, path, "").Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cache-Control":                "no-store",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got.Get(name) != want {
				t.Errorf("%s: %s = %q, want %q", target, name, got.Get(name), want)
			}
		}
		policy := got.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: policy %q lacks %s", target, policy, want)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", target, policy)
		}
	}
}

func TestPagesAndTheirPartsAreServedAsWhatTheyAre(t *testing.T) {
	h := console.New(console.Options{}).Handler()
	for path, want := range map[string]string{
		"/": "text/html; charset=utf-8", "/traveller": "text/html; charset=utf-8",
		"/assets/officer.css": "text/css; charset=utf-8", "/assets/officer.js": "text/javascript; charset=utf-8", "/assets/icon.svg": "image/svg+xml",
	} {
		if a := do(h, "GET", path, ""); a.Code != 200 || a.Header().Get("Content-Type") != want || a.Body.Len() == 0 {
			t.Errorf("GET %s = %d, %q, %d bytes", path, a.Code, a.Header().Get("Content-Type"), a.Body.Len())
		}
	}
}

// A problem is an error as a program sees it.
type problem struct {
	Type, Title, Detail string
	Status              int
}

func wantProblem(t *testing.T, what string, a *http.Response, status int, kind string) {
	t.Helper()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Errorf("%s: %s: %v", what, body, err)
		return
	}
	if a.StatusCode != status || p.Status != status || p.Type != "urn:portcullis:problem:"+kind || p.Title == "" || p.Detail == "" ||
		a.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%s = %d %s, want %d %s: %s", what, a.StatusCode, p.Type, status, kind, body)
	}
}

func TestWhatIsNoPageIsAProblem(t *testing.T) {
	h := console.New(console.Options{}).Handler()
	for _, c := range []struct {
		request string
		status  int
		kind    string
	}{
		{"GET /none", 404, "not-found"},
		{"GET /assets/phrases.json", 404, "not-found"},
		{"GET /assets/..%2fdoc.go", 404, "not-found"},
		{"GET /metrics", 404, "not-found"},
		{"POST /", 405, "method-not-allowed"},
		{"DELETE /events", 405, "method-not-allowed"},
		{"GET /api/v1/passages/x/outcome", 405, "method-not-allowed"},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		a := do(h, method, path, "").Result()
		wantProblem(t, c.request, a, c.status, c.kind)
		if c.status == 405 && a.Header.Get("Allow") == "" {
			t.Errorf("%s does not say what is allowed", c.request)
		}
	}
}

func TestADeviceIsCalledByItsAddressOrANameOfItsOwn(t *testing.T) {
	h := console.New(console.Options{Hosts: []string{"lane3.example"}}).Handler()
	for host, want := range map[string]int{
		"127.0.0.1:8080": 200, "10.1.2.3": 200, "[::1]:8080": 200, "[fe80::1]": 200, "localhost:8080": 200, "LOCALHOST": 200,
		"lane3.example:8080": 200, "Lane3.Example": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "127.0.0.1.evil.example": 421, "": 421,
	} {
		if got := do(h, "GET", "/", "", "Host", host).Code; got != want {
			t.Errorf("GET / for host %q = %d, want %d", host, got, want)
		}
	}
}

func TestReadinessIsTheLanesAndMetricsAreHandedOn(t *testing.T) {
	why := errors.New("open reader: no such port")
	h := console.New(console.Options{
		Ready:   func() error { return why },
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "passages 7\n") }),
	}).Handler()
	wantProblem(t, "GET /readyz", do(h, "GET", "/readyz", "").Result(), 503, "not-ready")
	if got := do(h, "GET", "/readyz", "").Body.String(); !strings.Contains(got, why.Error()) {
		t.Errorf("readyz does not say why: %s", got)
	}
	why = nil
	for _, path := range []string{"/readyz", "/healthz"} {
		if a := do(h, "GET", path, ""); a.Code != 200 || a.Body.String() != "{\"status\":\"ok\"}\n" {
			t.Errorf("GET %s = %d %s", path, a.Code, a.Body)
		}
	}
	if got := do(h, "GET", "/metrics", "").Body.String(); got != "passages 7\n" {
		t.Errorf("metrics = %q", got)
	}
}
