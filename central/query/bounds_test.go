package query_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/protocol"
)

func TestOneWhoAsksTooOftenKeepsNobodyElseOut(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Rate, w.options.Burst = 0.5, 3 })
	body, _ := json.Marshal(clean)
	for range 3 {
		w.search(w.customs(), clean)
	}
	resp, text := w.post(w.customs(), protocol.SearchPath, bytes.NewReader(body))
	var p protocol.Problem
	json.Unmarshal(text, &p)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") != "2" || p.Type != protocol.ProblemBusy || resp.Header.Get("Content-Type") != protocol.ProblemMedia {
		t.Errorf("%s %v %s", resp.Status, resp.Header, text)
	}
	w.search(w.as(protocol.Query, "visas"), clean)
	w.now = w.now.Add(2 * time.Second)
	w.search(w.customs(), clean)
	if resp, _ := w.post(w.customs(), protocol.SearchPath, bytes.NewReader(body)); resp.StatusCode != http.StatusTooManyRequests {
		t.Error("after two seconds more than one may be asked")
	}
	w.now = w.now.Add(-time.Hour)
	w.search(w.customs(), clean) // a clock that is put back locks nobody out
}

func TestTooManyAtOnceAreToldToTryAgain(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	began := make(chan struct{}, 1)
	w := newWorld(t, func(w *world) {
		w.options.Running, w.options.Deadline = 1, 30*time.Millisecond
		w.sltd.find = func(context.Context) error { began <- struct{}{}; <-release; return nil }
	})
	c := w.customs()
	if reply := w.search(c, clean); reply.Code != protocol.TimeOut { // and keeps the one place
		t.Fatalf("%+v", reply)
	}
	<-began
	codes := make(chan protocol.ResultCode, 30)
	var all sync.WaitGroup
	for range cap(codes) {
		all.Go(func() { codes <- w.search(c, clean).Code })
	}
	all.Wait()
	close(codes)
	for code := range codes {
		if code != protocol.TimeOut && code != protocol.UnexpectedError {
			t.Errorf("code %d", code)
		}
	}
}

// endless is a body without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestWhatIsNoQueryIsAProblem(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Burst = 1000 })
	good := `{"din":"UT12345","country_of_registration":"UTO","type_of_document":"P"}`
	for _, c := range []struct {
		name   string
		client *http.Client
		path   string
		body   io.Reader
		status int
		kind   string
	}{
		{"without a certificate", w.as("", ""), protocol.SearchPath, strings.NewReader(good), 403, protocol.ProblemDenied},
		{"no body", w.customs(), protocol.SearchPath, strings.NewReader(""), 400, protocol.ProblemRequest},
		{"garbage", w.customs(), protocol.SearchPath, strings.NewReader("\x00\xff{{"), 400, protocol.ProblemRequest},
		{"list", w.customs(), protocol.SearchPath, strings.NewReader("[" + good + "]"), 400, protocol.ProblemRequest},
		{"two objects", w.customs(), protocol.SearchPath, strings.NewReader(good + good), 400, protocol.ProblemRequest},
		{"half an object", w.customs(), protocol.SearchPath, strings.NewReader(good[:30]), 400, protocol.ProblemRequest},
		{"two numbers", w.customs(), protocol.SearchPath, strings.NewReader(`{"din":"UT1",` + good[1:]), 400, protocol.ProblemRequest},
		{"two numbers by case", w.customs(), protocol.SearchPath, strings.NewReader(`{"DIN":"UT1",` + good[1:]), 400, protocol.ProblemRequest},
		{"a name", w.customs(), protocol.SearchPath, strings.NewReader(`{"surname":"SECRET",` + good[1:]), 400, protocol.ProblemRequest},
		{"a number for a text", w.customs(), protocol.SearchPath, strings.NewReader(`{"din":12345}`), 400, protocol.ProblemRequest},
		{"details with a number", w.customs(), protocol.DetailsPath, strings.NewReader(good), 400, protocol.ProblemRequest},
		{"large", w.customs(), protocol.SearchPath, strings.NewReader(strings.Repeat(" ", 5000) + good), 413, protocol.ProblemTooLarge},
		{"endless", w.customs(), protocol.SearchPath, endless{}, 413, protocol.ProblemTooLarge},
	} {
		resp, text := w.post(c.client, c.path, c.body)
		var p protocol.Problem
		err := json.Unmarshal(text, &p)
		if resp.StatusCode != c.status || p.Type != c.kind || err != nil || p.Status != c.status || resp.Header.Get("X-Request-ID") == "" {
			t.Errorf("%s: %s %s", c.name, resp.Status, text)
		}
		if bytes.Contains(text, []byte("12345")) || bytes.Contains(text, []byte("SECRET")) {
			t.Errorf("%s: the problem tells a value: %s", c.name, text)
		}
	}
	if resp, err := w.customs().Get(w.server.URL + protocol.SearchPath); err != nil || resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %v", err)
	}
	if resp, err := w.customs().Post(w.server.URL+protocol.SearchPath, "text/plain", strings.NewReader(good)); err != nil || resp.StatusCode != 415 {
		t.Errorf("text: %v", err)
	}
	if e := w.entries(); len(e) > 0 {
		t.Errorf("logged %+v", e)
	}
}

func TestABodyThatDoesNotArriveIsNotWaitedFor(t *testing.T) {
	w := newWorld(t, func(w *world) { w.options.Deadline = 50 * time.Millisecond })
	for name, c := range map[string]*http.Client{"HTTP/1.1": w.customs(), "HTTP/2": w.customs()} {
		c.Transport.(*http.Transport).ForceAttemptHTTP2 = name == "HTTP/2"
		body, hold := io.Pipe()
		go hold.Write([]byte(`{"din":`))
		resp, text := w.post(c, protocol.SearchPath, body)
		if resp.StatusCode != http.StatusRequestTimeout || resp.Proto[:6] != name[:6] {
			t.Errorf("%s: %s %s %s", name, resp.Proto, resp.Status, text)
		}
		hold.Close()
	}
}

func TestCertificatesOfOthersAreNotBelieved(t *testing.T) {
	w := newWorld(t)
	genuine := w.ca
	w.ca = newAuthority(t) // which makes the client's
	forger := w.as(protocol.Query, "customs")
	forger.Transport.(*http.Transport).TLSClientConfig.RootCAs = genuine.pool()
	if resp, err := forger.Post(w.server.URL+protocol.SearchPath, "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("%s", resp.Status)
	}
}

func TestScopesAreReadStrictly(t *testing.T) {
	good := "[scope.\"query/customs\"]\nlists = [\"sltd\"]\nclasses = [\"P\", \"I\"]\n[scope.\"device/*\"]\nlists = [\"sltd\"]\n"
	got, err := query.ReadScopes(strings.NewReader(good))
	want := query.Scopes{"query/customs": {Lists: []string{"sltd"}, Classes: []list.Class{list.Passport, list.Identity}}, "device/*": {Lists: []string{"sltd"}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, bad := range []string{
		"[scope.\"fleet/x\"]", "[scope.\"query/\"]", "[scope.\"query/A B\"]", "[scope.customs]", "[scope.\"query/x\"]\nclasses=[\"PAS\"]", "[scope.\"query/x\"]\nlist=[\"sltd\"]",
	} {
		if _, err := query.ReadScopes(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestACallerSeesNoMoreThanItsLists(t *testing.T) {
	w := newWorld(t, func(w *world) {
		delete(w.sltd.records, question)
		w.tdawn.records[question] = []query.Record{notice}
	})
	if reply := w.search(w.as(protocol.Device, "gate-7"), passport); reply.Code != protocol.NoAnswer {
		t.Errorf("a device that may ask of another list: %+v", reply)
	}
	found := w.search(w.customs(), passport).Found
	if len(found) != 1 || found[0].Status != "notice-red" {
		t.Fatalf("%+v", found)
	}
	w.options.Scopes["query/customs"] = query.Scope{Lists: []string{"sltd"}, Classes: []list.Class{list.Passport}}
	if reply := w.details(w.customs(), found[0].ID); reply.Code != protocol.AccessDenied || reply.Found != nil {
		t.Errorf("an ID from before its scope was narrowed: %+v", reply)
	}
}
