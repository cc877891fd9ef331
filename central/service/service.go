package service

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/listen"
	"portcullis/protocol"
)

// The bounds of connections, most of which have shown no certificate. One caller
// takes a part of them, which is wide enough for the devices of an airport behind
// one address: they are connected for a minute of every five.
const (
	maxConnections = 4096
	maxOfCaller    = 512
)

// Options is what a service is made of. Authority and Inventory are needed.
type Options struct {
	Authority *authority.Authority
	Inventory *devices.Inventory

	// Newest tells the newest release of each list that is published. Of a
	// list that it does not name, and if it is nil, the newest that a device
	// holds is taken for it.
	Newest func() map[string]uint64

	// Routes are further patterns of [http.ServeMux].
	Routes map[string]Route

	// Every is how often devices are to report. Zero is every five minutes.
	Every time.Duration

	// Patience is how long a request may take to arrive. Zero is 30 seconds.
	Patience time.Duration

	// EachDevice adds metrics of each device.
	EachDevice bool

	// Metrics are further ones, of what else this process does.
	Metrics prometheus.Gatherer

	// Now is the clock. Nil is the system's.
	Now func() time.Time

	// Log hears of enrolments, refusals and what failed. Nil drops them.
	Log *slog.Logger
}

// A Route is a handler for holders of certificates with these roles, which
// learns who asks from [authority.HolderOf].
type Route struct {
	Roles   []protocol.Role
	Handler http.Handler
}

// A Service answers devices and fleet tools. Make one with New.
type Service struct {
	Options
	trust    authority.Trust
	guesses  *limiter // of enrolment codes, by address
	firsts   *limiter // certificates for codes, by device
	renewals *limiter // by device
	reports  *limiter // by device and address, so that a copied key silences no one
}

// New makes a service.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Every == 0 {
		o.Every = 5 * time.Minute
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	return &Service{
		Options: o, trust: o.Authority.Trust(o.Now),
		guesses: newLimiter(10, 6*time.Second), firsts: newLimiter(10, time.Hour), renewals: newLimiter(10, time.Hour),
		reports: newLimiter(30, 2*time.Second), // devices report every five seconds at most
	}
}

// Handler answers on connections with TLS, on which clients may show
// certificates.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+protocol.EnrolPath, s.enrol)
	mux.HandleFunc("POST "+protocol.HeartbeatPath, s.heartbeat)
	mux.HandleFunc("POST "+protocol.DonePath, s.done)
	mux.Handle("POST "+protocol.RenewPath, s.guard(http.HandlerFunc(s.renew), protocol.Device))
	mux.Handle("GET "+protocol.DevicesPath, s.guard(http.HandlerFunc(s.inventory), protocol.Fleet))
	mux.Handle("POST "+protocol.OrdersPath, s.guard(http.HandlerFunc(s.order), protocol.Fleet))
	mux.Handle("/", s.guard(s.Pages(), protocol.Fleet))
	for pattern, route := range s.Routes {
		mux.Handle(pattern, s.guard(route.Handler, route.Roles...))
	}
	// A browser that holds a fleet tool's certificate must not give orders for
	// a page of someone else's.
	return http.NewCrossOriginProtection().Handler(mux)
}

// Serve answers on a listener until ctx is done, and then gives requests under
// way some time to end.
func (s *Service) Serve(ctx context.Context, l net.Listener, own authority.Source) error {
	config := s.trust.Server(own)
	config.NextProtos = []string{"h2", "http/1.1"}
	return s.serve(ctx, tls.NewListener(listen.Bound(l, maxConnections, maxOfCaller), config), s.Handler())
}

// ServePages answers with the status page and metrics on a loopback listener,
// to whoever is on this machine.
func (s *Service) ServePages(ctx context.Context, l net.Listener) error {
	if err := OnlyLoopback(l); err != nil {
		return errors.Join(err, l.Close())
	}
	return s.serve(ctx, l, byLoopbackName(s.Pages()))
}

// OnlyLoopback returns an error unless this machine alone can connect.
func OnlyLoopback(l net.Listener) error {
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return errors.New("serve status page: without certificates only on a loopback address")
	}
	return nil
}

func (s *Service) serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: s.Patience, ReadTimeout: s.Patience, WriteTimeout: 2 * time.Minute,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-stopped
}

// byLoopbackName refuses requests that a browser was led to by a name of someone
// else's.
func byLoopbackName(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "not the name of this service", http.StatusMisdirectedRequest)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// newest returns the newest releases, by what is published and by what devices
// hold.
func (s *Service) newest(all []*devices.Device) map[string]uint64 {
	var given map[string]uint64
	if s.Newest != nil {
		given = s.Newest()
	}
	return devices.Newest(all, given)
}
