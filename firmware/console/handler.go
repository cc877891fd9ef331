package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// A route is one path of the interface and the one method that it takes.
type route struct {
	method  string
	pattern string
	serve   http.HandlerFunc
}

func (s *Server) routes() []route {
	return []route{
		{"GET", "/{$}", s.file("officer.html")},
		{"GET", "/traveller", s.file("traveller.html")},
		{"GET", "/assets/{name}", s.asset},
		{"GET", "/events", s.stream(officerPage)},
		{"GET", "/traveller/events", s.stream(travellerPage)},
		{"POST", "/api/v1/passages/{id}/outcome", s.outcome},
		{"GET", "/metrics", s.metrics},
		{"GET", "/healthz", s.health},
		{"GET", "/readyz", s.ready},
	}
}

// Handler returns the whole interface. Its streams end with their request's
// context, so whoever serves it gives the http.Server a BaseContext that ends
// with the program; [Server.Serve] does.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.pattern, only(r.method, r.serve))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, problemNotFound, "This device has no page of that name.")
	})
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, problemCrossOrigin, "Only this device's own pages may record an outcome.")
	}))
	return secure(s.knownHost(origin.Handler(mux)))
}

// only refuses every method but one. A page that may be got may be asked for
// its head.
func only(method string, serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || method == "GET" && r.Method == "HEAD" {
			serve(w, r)
			return
		}
		w.Header().Set("Allow", strings.Replace(method, "GET", "GET, HEAD", 1))
		refuse(w, problemMethod, "This page takes "+method+" alone.")
	}
}

func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	if s.options.Metrics == nil {
		refuse(w, problemNotFound, "This device publishes no metrics.")
		return
	}
	s.options.Metrics.ServeHTTP(w, r)
}

// health says whether the program works: the lane's loop, not only this one.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	if s.stalled(time.Now()) {
		refuse(w, problemStalled, "The lane's loop has not reported in time.")
		return
	}
	good(w)
}

// ready says whether the lane can take a traveller.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	if s.options.Ready != nil {
		if err := s.options.Ready(); err != nil {
			refuse(w, problemNotReady, err.Error())
			return
		}
	}
	good(w)
}

func good(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"status": "ok"})
}
