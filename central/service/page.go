package service

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS []byte

var page = template.Must(template.New("page").Funcs(template.FuncMap{"join": strings.Join}).Parse(pageHTML))

// perPage devices are on a page.
const perPage = 100

// Pages answers with the status page and the metrics, to whoever asks.
func (s *Service) Pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.page)
	mux.HandleFunc("GET /page.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Write(pageCSS)
	})
	mux.Handle("GET /metrics", s.metrics())
	return mux
}

// A view is what the page shows.
type view struct {
	Time      string
	Summary   devices.Summary
	Standings []standingView
	Lists     []listView
	Devices   []deviceView
	Query     string
	State     string
	Found     int
	Page      int
	Pages     int
	Before    string // address of the page before, if there is one
	After     string
}

type standingView struct {
	Name    string
	Devices int
	Chosen  bool
}

type listView struct {
	devices.ListSummary
	Behind  int
	Overdue int
	Missing int
	Revoked int
	Oldest  string
}

type deviceView struct {
	protocol.Known
	Heard    string
	Copies   []copyView
	Software string
	Notes    []string
}

type copyView struct {
	protocol.Copy
	Checked string
}

func (s *Service) page(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	number, err := positive(q.Get("page"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if err := page.Execute(w, s.view(q, max(1, number))); err != nil {
		s.Log.Debug("page not sent", "error", err)
	}
}

func (s *Service) view(q url.Values, number int) view {
	now, all, newest, sum := s.summary()
	found := []ranked{}
	for _, d := range all {
		if standing := d.Standing(now, newest); matches(d, standing, q) {
			found = append(found, ranked{d, slices.Index(devices.Standings, standing)})
		}
	}
	slices.SortFunc(found, worse)
	v := view{
		Time: now.UTC().Format("2006-01-02 15:04:05 UTC"), Summary: sum, Query: q.Get("q"), State: q.Get("state"),
		Found: len(found), Pages: max(1, (len(found)+perPage-1)/perPage),
	}
	v.Page = min(number, v.Pages)
	for _, name := range devices.Standings {
		v.Standings = append(v.Standings, standingView{name, sum.Standings[name], name == v.State})
	}
	for _, l := range sum.Lists {
		v.Lists = append(v.Lists, newListView(l))
	}
	first := (v.Page - 1) * perPage
	for _, f := range found[first:min(len(found), first+perPage)] {
		v.Devices = append(v.Devices, newDeviceView(now, f.Known(now, newest)))
	}
	if v.Page > 1 {
		v.Before = address(v, v.Page-1)
	}
	if v.Page < v.Pages {
		v.After = address(v, v.Page+1)
	}
	return v
}

func address(v view, page int) string {
	return "/?" + url.Values{"q": {v.Query}, "state": {v.State}, "page": {strconv.Itoa(page)}}.Encode()
}

// A ranked device has a rank among standings.
type ranked struct {
	*devices.Device
	rank int
}

// worse orders devices: the worst standing first, then the longest unheard.
func worse(a, b ranked) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), a.Heard.Compare(b.Heard), strings.Compare(a.Name, b.Name))
}

func newListView(l devices.ListSummary) listView {
	v := listView{
		ListSummary: l, Behind: l.Copies - l.Current, Overdue: l.States[devices.CopyOverdue],
		Missing: l.States[devices.CopyMissing], Revoked: l.States[devices.CopyRevoked], Oldest: "not known",
	}
	if len(l.Ages) > 0 {
		v.Oldest = span(l.Greatest)
	}
	return v
}

func newDeviceView(now time.Time, k protocol.Known) deviceView {
	v := deviceView{Known: k, Heard: ago(now, k.Heard)}
	for _, c := range k.Copies {
		v.Copies = append(v.Copies, copyView{c, ago(now, c.Checked)})
	}
	if k.Lost {
		v.Notes = append(v.Notes, "lost")
	}
	if s := k.Status; s != nil {
		v.Software = s.Software
		v.Notes = append(v.Notes, s.Faults...)
		if off := s.Clock.Sub(k.Heard); off.Abs() > 2*time.Minute {
			v.Notes = append(v.Notes, "clock off by "+span(off.Abs()))
		}
	}
	if !k.Until.IsZero() && now.After(k.Until) {
		v.Notes = append(v.Notes, "certificate ended "+ago(now, k.Until))
	}
	for _, o := range k.Orders {
		v.Notes = append(v.Notes, "ordered: "+string(o.Kind))
	}
	return v
}

// ago says how long ago something was.
func ago(now, t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return span(now.Sub(t)) + " ago"
}

// span says how long something takes, rounded down: an age looks never younger
// than by one unit.
func span(d time.Duration) string {
	d = max(0, d)
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 72*time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d days", d/(24*time.Hour))
}
