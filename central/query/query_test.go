package query_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"portcullis/cache/list"
	"portcullis/central/query"
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

func TestQuestionsPrintWithoutTheNumber(t *testing.T) {
	for _, v := range []any{question, stolen} {
		if got := fmt.Sprintf("%v %+v %#v %s", v, v, v, v); got != "P UTO P UTO P UTO P UTO" {
			t.Error(got)
		}
	}
}

func TestWhatIsFoundHasItsTypeAndStatus(t *testing.T) {
	w := newWorld(t, func(w *world) { w.tdawn.records[question] = []query.Record{notice} })
	reply := w.search(w.customs(), passport)
	got := make([]string, len(reply.Found))
	for i, f := range reply.Found {
		got[i] = f.Type + " " + f.Status
	}
	if diff := cmp.Diff([]string{"P stolen", "DIP notice-red"}, got); diff != "" {
		t.Error(diff)
	}
}
