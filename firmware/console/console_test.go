package console_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"portcullis/firmware/console"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// sample is a View with something in every field.
func sample() console.View {
	stolen := console.Passage{
		ID: "01K5", At: noon.Add(-time.Second), Verdict: "alert", Kind: "document",
		Headline: "The document is reported stolen", Document: "Passport, Utopia",
		Reasons: []console.Reason{{Code: "listed-stolen", Text: "The document is reported stolen", List: "sltd", Detail: "reported 14 months ago"}},
		Do:      []string{"Take the traveller to the second line", "Record the outcome"}, ElapsedUS: 1710,
	}
	earlier := console.Passage{ID: "01K4", At: noon.Add(-time.Minute), Verdict: "refer", Kind: "system", Headline: "No list", Waiting: true,
		Outcome: "owner", OutcomeAt: noon.Add(-30 * time.Second)}
	return console.View{
		Site: "Port of Utopia", Lane: "3", Version: "1.2.3", Demo: true, Now: noon,
		State: "alert", Since: noon.Add(-time.Second), Waiting: true, Last: &stolen, Recent: []console.Passage{stolen, earlier},
		Lists: []console.List{{Name: "sltd", Title: "Travel documents", Release: 1042, Records: 100_000,
			Issued: noon.Add(-time.Hour), Checked: noon.Add(-time.Minute), State: "fresh", Detail: "as published"}},
		Reader:    console.Reader{State: "ready", Label: "sita-ocr, ttyUSB0", Detail: "open"},
		Devices:   console.Devices{Gate: "locked", Lights: "stop", Buzzer: "document alert", Display: "officer"},
		Traveller: "officer",
		Faults:    []console.Fault{{Code: "uplink-down", Text: "No network", Do: "Go on", Since: noon.Add(-time.Hour)}},
		Outcomes:  []console.Outcome{{Code: "owner", Label: "Rightful owner", Key: "1"}, {Code: "fraud", Label: "Fraud suspected", Key: "2"}},
	}
}

// serve runs a server on loopback for the length of a test.
func serve(t *testing.T, o console.Options) (*console.Server, string) {
	t.Helper()
	s := console.New(o)
	web := httptest.NewUnstartedServer(s.Handler())
	ctx, stop := context.WithCancel(context.Background())
	web.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	web.Start()
	t.Cleanup(func() { stop(); web.Close() })
	return s, web.URL
}

// An event is one event of a stream.
type event struct{ ID, Name, Data string }

// A stream is the page's end of one.
type stream struct {
	t     *testing.T
	lines *bufio.Scanner
}

func open(t *testing.T, client *http.Client, url string, header ...string) *stream {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Body.Close() })
	if got := a.Header.Get("Content-Type"); a.StatusCode != 200 || got != "text/event-stream" {
		t.Fatalf("GET %s = %s, %q", url, a.Status, got)
	}
	return &stream{t, bufio.NewScanner(a.Body)}
}

// next returns the next event, whatever it is.
func (s *stream) next() event {
	s.t.Helper()
	e, ok := s.read()
	if !ok {
		s.t.Fatalf("the stream ended: %v", s.lines.Err())
	}
	return e
}

func (s *stream) read() (e event, ok bool) {
	for s.lines.Scan() {
		name, value, _ := strings.Cut(s.lines.Text(), ": ")
		switch name {
		case "":
			return e, true
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			e.Data = value
		}
	}
	return e, false
}

// view returns the next value, passing over beats.
func (s *stream) view() event {
	s.t.Helper()
	for {
		if e := s.next(); e.Name == "view" {
			return e
		}
	}
}

func decode[T any](t *testing.T, data string) T {
	t.Helper()
	var v T
	d := json.NewDecoder(strings.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("decode %s: %v", data, err)
	}
	return v
}

// do answers a request to a handler without a network.
func do(h http.Handler, method, target, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "127.0.0.1:8080"
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// A pipes is a listener without a network, for tests in fake time.
type pipes struct {
	dialled chan net.Conn
	closed  chan struct{}
}

func newPipes() *pipes { return &pipes{make(chan net.Conn), make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case p.dialled <- there:
		return here, nil
	case <-p.closed:
		return nil, errors.New("nobody listens")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: p.dial, DisableKeepAlives: true}}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.dialled:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
