package query_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/central/query/journal"
	"portcullis/protocol"
)

var loopback = []net.IP{net.IPv4(127, 0, 0, 1)}

var errDisk = errors.New("the disk of UT12345 is gone")

func with(change func(*protocol.SearchRequest)) protocol.SearchRequest {
	q := passport
	change(&q)
	return q
}

func TestEachCodeHasItsCause(t *testing.T) {
	twice := func(w *world) { w.tdawn.records[question] = []query.Record{notice} }
	fails := func(m func(*world) *memory, err error) func(*world) {
		return func(w *world) { m(w).find = func(context.Context) error { return err } }
	}
	sltd := func(w *world) *memory { return w.sltd }
	tdawn := func(w *world) *memory { return w.tdawn }
	none := func(*world) {}
	for _, c := range []struct {
		name   string
		caller string
		change func(*world)
		q      protocol.SearchRequest
		want   protocol.ResultCode
		found  int
	}{
		{"listed", "query/customs", none, passport, protocol.NoError, 1},
		{"listed, other spelling", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Number = "ut12345" }), protocol.NoError, 1},
		{"listed, by code", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Type = "DIP" }), protocol.NoError, 1},
		{"listed, asked by a device", "device/gate-7", none, passport, protocol.NoError, 1},
		{"listed twice", "query/customs", twice, passport, protocol.NoError, 2},
		{"listed, and another list fails", "query/customs", fails(tdawn, errDisk), passport, protocol.NoError, 1},
		{"not listed", "query/customs", none, clean, protocol.NoAnswer, 0},
		{"other State", "query/customs", none, with(func(q *protocol.SearchRequest) { q.IssuingState = "D" }), protocol.NoAnswer, 0},
		{"other class", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Type = "V" }), protocol.NoAnswer, 0},
		{"look-alike", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Number = "UTI2345" }), protocol.NoAnswer, 0},
		{"no number", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Number = "--" }), protocol.InvalidSearch, 0},
		{"number in Cyrillic", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Number = "УТ12345" }), protocol.InvalidSearch, 0},
		{"no State", "query/customs", none, with(func(q *protocol.SearchRequest) { q.IssuingState = "" }), protocol.InvalidSearch, 0},
		{"no type", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Type = "" }), protocol.InvalidSearch, 0},
		{"unknown type", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Type = "XYZ" }), protocol.InvalidSearch, 0},
		{"too many asked for", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Max = 51 }), protocol.InvalidSearch, 0},
		{"fewer than none", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Max = -1 }), protocol.InvalidSearch, 0},
		{"long reference", "query/customs", none, with(func(q *protocol.SearchRequest) { q.Reference = strings.Repeat("x", 65) }), protocol.InvalidSearch, 0},
		{"list fails", "query/customs", fails(sltd, errDisk), clean, protocol.UnexpectedError, 0},
		{"second list fails", "query/customs", fails(tdawn, errDisk), clean, protocol.UnexpectedError, 0},
		{"more than asked for", "query/customs", twice, with(func(q *protocol.SearchRequest) { q.Max = 1 }), protocol.TooManyAnswers, 0},
		{"class out of scope", "query/visas", none, passport, protocol.AccessDenied, 0},
		{"without a scope", "query/stranger", none, clean, protocol.AccessDenied, 0},
		{"other role", "fleet/customs", none, clean, protocol.AccessDenied, 0},
		{"role of central", "central/customs", none, clean, protocol.AccessDenied, 0},
		{"a list that is not there", "query/lost", none, clean, protocol.OtherError, 0},
		{"a list that answers something else", "query/customs", func(w *world) {
			w.sltd.records[query.Question{Number: "UT99999", Class: list.Passport, Issuer: "UTO"}] = []query.Record{{Issuer: "D"}}
		}, clean, protocol.OtherError, 0},
		{"a list that is late", "query/customs", func(w *world) {
			w.options.Deadline = 50 * time.Millisecond
			w.sltd.find = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}, clean, protocol.TimeOut, 0},
		{"a list that says nothing when it is late", "query/customs", func(w *world) {
			w.options.Deadline = 50 * time.Millisecond
			w.sltd.find = func(ctx context.Context) error { <-ctx.Done(); return nil }
		}, clean, protocol.TimeOut, 0},
		{"a list that never answers", "query/customs", func(w *world) {
			w.options.Deadline = 50 * time.Millisecond
			w.sltd.find = func(context.Context) error { <-t.Context().Done(); return nil }
		}, clean, protocol.TimeOut, 0},
		{"a list that panics", "query/customs", func(w *world) { w.sltd.find = func(context.Context) error { panic("UT99999") } }, clean, protocol.UnexpectedError, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.change)
			role, name, _ := strings.Cut(c.caller, "/")
			reply := w.search(w.as(protocol.Role(role), name), c.q)
			if reply.Code != c.want || len(reply.Found) != c.found || len(reply.RequestID) < 20 || reply.Time != "2026-11-26T12:00:00Z" {
				t.Errorf("%+v, want code %d and %d found", reply, c.want, c.found)
			}
			if c.q.Number != "--" && strings.Contains(reply.Text, c.q.Number) || strings.Contains(reply.Text, "12345") {
				t.Errorf("the text tells the number: %s", reply.Text)
			}
			e := w.entries()
			if len(e) != 1 || e[0].Code != int(c.want) || e[0].Count != c.found || e[0].Caller != "portcullis://"+c.caller || e[0].Request != reply.RequestID {
				t.Errorf("logged %+v", e)
			}
		})
	}
}

func TestInvalidSearchNamesTheField(t *testing.T) {
	w := newWorld(t)
	for field, q := range map[string]protocol.SearchRequest{
		"din":                     with(func(q *protocol.SearchRequest) { q.Number = "" }),
		"country_of_registration": with(func(q *protocol.SearchRequest) { q.IssuingState = "SECRET" }),
		"type_of_document":        with(func(q *protocol.SearchRequest) { q.Type = "SECRET" }),
		"nb_record":               with(func(q *protocol.SearchRequest) { q.Max = 999 }),
		"reference":               with(func(q *protocol.SearchRequest) { q.Reference = "SECRET\n" }),
	} {
		if text := w.search(w.customs(), q).Text; !strings.Contains(text, field+": ") || strings.Contains(text, "SECRET") || strings.Contains(text, "999") {
			t.Errorf("%s: %s", field, text)
		}
	}
}

func TestTheLogHasThePseudonymAndNotTheNumber(t *testing.T) {
	w := newWorld(t)
	found := w.search(w.customs(), passport).Found[0]
	w.details(w.customs(), found.ID)
	w.search(w.as(protocol.Query, "visas"), passport)
	for i, e := range w.entries() {
		if e.Number != w.key.Pseudonym("UT12345") || e.Class != "P" || e.Issuer != "UTO" {
			t.Errorf("entry %d: %+v", i, e.Entry)
		}
	}
	files, _ := filepath.Glob(filepath.Join(w.dir, "*"))
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil || bytes.Contains(data, []byte("12345")) {
			t.Errorf("%s tells the number; %v", name, err)
		}
	}
}

func TestDetailsAreOfWhatWasFound(t *testing.T) {
	w := newWorld(t)
	id := w.search(w.customs(), passport).Found[0].ID
	got := w.details(w.customs(), id)
	want := protocol.DetailsReply{
		Code: protocol.NoError, Text: "NO_ERROR: found", RequestID: got.RequestID, Time: got.Time,
		Found: &protocol.Found{ID: id, IssuingState: "UTO", Type: "P", Status: "stolen", Owner: "UTO"},
		Date:  "2026-10-01", Country: "D", NationRef: "UTO/26/17", Expires: "2031-10-01",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	delete(w.sltd.records, question)
	if got := w.details(w.customs(), id); got.Code != protocol.NoAnswer || got.Found != nil {
		t.Errorf("withdrawn: %+v", got)
	}
	w.sltd.find = func(context.Context) error { return errDisk }
	if got := w.details(w.customs(), id); got.Code != protocol.UnexpectedError {
		t.Errorf("the list fails: %+v", got)
	}
}

func TestDetailsCannotBeCountedThrough(t *testing.T) {
	w := newWorld(t)
	id := w.search(w.customs(), passport).Found[0].ID
	if again := w.search(w.customs(), passport).Found[0].ID; again == id {
		t.Error("the ID of a record is always the same")
	}
	last := byte('A')
	if id[len(id)-5] == last {
		last = 'B'
	}
	forged := id[:len(id)-5] + string(last) + id[len(id)-4:]
	texts := map[string]bool{}
	for name, ask := range map[string]func() protocol.DetailsReply{
		"another caller":  func() protocol.DetailsReply { return w.details(w.as(protocol.Device, "customs"), id) },
		"one character":   func() protocol.DetailsReply { return w.details(w.customs(), forged) },
		"the store's key": func() protocol.DetailsReply { return w.details(w.customs(), "1") },
		"nothing":         func() protocol.DetailsReply { return w.details(w.customs(), "") },
		"too late": func() protocol.DetailsReply {
			defer func(then time.Time) { w.now = then }(w.now)
			w.now = w.now.Add(15*time.Minute + time.Second)
			return w.details(w.customs(), id)
		},
	} {
		got := ask()
		if got.Code != protocol.InvalidSearch || got.Found != nil {
			t.Errorf("%s: %+v", name, got)
		}
		texts[got.Text] = true
	}
	if len(texts) != 1 {
		t.Errorf("answers tell wrong IDs apart: %v", texts)
	}
	w.now = w.now.Add(15 * time.Minute)
	if got := w.details(w.customs(), id); got.Code != protocol.NoError {
		t.Errorf("in time: %+v", got)
	}
}

// brokenLog is a log whose disk has failed.
type brokenLog struct{ *journal.Log }

func (brokenLog) Append(context.Context, journal.Entry) error { return errDisk }

// hangingLog is a log whose disk does not answer.
type hangingLog struct {
	*journal.Log
	until <-chan struct{}
}

func (l hangingLog) Append(context.Context, journal.Entry) error { <-l.until; return nil }

func TestNoAnswerGoesOutThatIsNotLogged(t *testing.T) {
	for name, change := range map[string]func(*world){
		"disk failed": func(w *world) { w.options.Log = brokenLog{w.log} },
		"disk hangs": func(w *world) {
			w.options.Log = hangingLog{w.log, t.Context().Done()}
			w.options.Deadline = 10 * time.Millisecond
		},
		"log closed": func(w *world) { w.log.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, change)
			for _, q := range []protocol.SearchRequest{passport, clean} {
				if reply := w.search(w.customs(), q); reply.Code != protocol.UnexpectedError || len(reply.Found) > 0 {
					t.Errorf("%+v", reply)
				}
			}
		})
	}
}

func TestAFullDiskOfTheLogGivesUnexpectedError(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("mount a small disk: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	w := newWorld(t, func(w *world) {
		l, err := journal.Open(dir, w.key, journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		w.dir, w.options.Log = dir, l
	})
	if reply := w.search(w.customs(), clean); reply.Code != protocol.NoAnswer {
		t.Fatalf("%+v", reply)
	}
	filler := filepath.Join(dir, "filler")
	os.WriteFile(filler, make([]byte, 2<<20), 0o600) // as far as it goes
	answered, reply := 0, protocol.SearchReply{Code: protocol.NoAnswer}
	for ; reply.Code == protocol.NoAnswer; answered++ { // to the end of the page
		reply = w.search(w.customs(), clean)
	}
	if reply.Code != protocol.UnexpectedError || !strings.Contains(reply.Text, "could not be logged") {
		t.Errorf("%+v", reply)
	}
	os.Remove(filler)
	if reply := w.search(w.customs(), clean); reply.Code != protocol.NoAnswer {
		t.Errorf("once there is room: %+v", reply)
	}
	if n := len(w.entries()); n != answered+1 { // the first, the last, and all but the one refused
		t.Errorf("%d entries of %d answers", n, answered+1)
	}
}

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

func TestTwoCallersAskAtOnceAndEachIsLogged(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for _, name := range []string{"gate-1", "gate-2"} {
		c := w.as(protocol.Device, name)
		all.Go(func() {
			for i := range 20 {
				q, want := passport, protocol.NoError
				if i%2 == 0 {
					q, want = clean, protocol.NoAnswer
				}
				if reply := w.search(c, q); reply.Code != want {
					t.Errorf("%s: %+v", name, reply)
				}
			}
		})
	}
	all.Wait()
	counts := map[string]int{}
	for _, e := range w.entries() {
		counts[fmt.Sprint(e.Caller, e.Code)]++
	}
	want := map[string]int{"portcullis://device/gate-10": 10, "portcullis://device/gate-11": 10, "portcullis://device/gate-20": 10, "portcullis://device/gate-21": 10}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
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
	w.ca = newAuthority(t) // which issues the client's
	forger := w.as(protocol.Query, "customs")
	forger.Transport.(*http.Transport).TLSClientConfig.RootCAs = genuine.pool()
	if resp, err := forger.Post(w.server.URL+protocol.SearchPath, "application/json", strings.NewReader("{}")); err == nil {
		t.Errorf("%s", resp.Status)
	}
}

func TestMetricsCountCodes(t *testing.T) {
	metrics := prometheus.NewRegistry()
	w := newWorld(t, func(w *world) { w.options.Metrics = metrics })
	w.search(w.customs(), passport)
	w.search(w.customs(), clean)
	w.search(w.customs(), clean)
	w.post(w.customs(), protocol.SearchPath, strings.NewReader("x"))
	families, err := metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		for _, m := range f.Metric {
			name := f.GetName()
			for _, l := range m.Label {
				name += " " + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	want := map[string]float64{
		"portcullis_query_results_total 0 search": 1, "portcullis_query_results_total 1 search": 2, "portcullis_query_seconds search": 3,
		"portcullis_query_problems_total " + protocol.ProblemRequest: 1, "portcullis_query_unlogged_total": 0,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
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

func TestQuestionsPrintWithoutTheNumber(t *testing.T) {
	for _, v := range []any{question, stolen} {
		if got := fmt.Sprintf("%v %+v %#v %s", v, v, v, v); got != "P UTO P UTO P UTO P UTO" {
			t.Error(got)
		}
	}
}
