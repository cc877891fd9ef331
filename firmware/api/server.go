package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"portcullis/listen"
	"portcullis/protocol"
)

// An Installer brings lists up to date.
type Installer interface {
	// Install brings a list up to date from a folder that is laid out as a
	// repository, or from the device's own source when the folder is "". Dry
	// says what would be done. The result says how it ended; an error is for
	// what has nothing to do with the list.
	Install(ctx context.Context, list, folder string, dry bool, progress func(float64)) (protocol.Install, error)
}

// Options say what a server can do, and how much room it takes.
type Options struct {
	TLS    *tls.Config // must ask for certificates, and check them
	Inbox  string      // folder
	Lists  []string    // that can be brought up to date
	Status func() protocol.Status
	Erase  func(protocol.Order) error
	Erased func() bool // keys and lists are gone
	Installer
	Limits Limits
	Log    *slog.Logger
}

// Limits are of what is brought to a device, in bytes.
type Limits struct {
	File    int64 // the largest file
	Inbox   int64 // all files of a list
	Reserve int64 // that stay free on the disk
}

// DefaultLimits have room for a snapshot of the largest list, and leave what the
// store needs to be opened.
var DefaultLimits = Limits{File: 4 << 30, Inbox: 5 << 30, Reserve: 128 << 20}

// The bounds of connections. Nobody has shown a certificate when one is taken,
// and files that are open for it are wanting elsewhere.
const (
	maxConnections = 128
	maxOfCaller    = 16
)

// The bounds of a connection.
const (
	headerTime  = 5 * time.Second
	requestTime = 15 * time.Second // for all but files and waiting
	eraseTime   = 5 * time.Minute  // many gigabytes are deleted
	idleTime    = 2 * time.Minute
	maxRequest  = 64 << 10 // bytes of JSON
	maxAtOnce   = 16       // requests
)

// A Server is the interface of one device.
type Server struct {
	Options
	inboxes  map[string]*inbox
	installs *installs
	slots    chan struct{}
	tls      *tls.Config
}

// believed tells whether whoever has connected may ask.
func (s *Server) believed(c tls.ConnectionState) error { return s.tls.VerifyConnection(c) }

// New returns a server that does not serve yet.
func New(o Options) *Server {
	s := &Server{Options: o, inboxes: map[string]*inbox{}, slots: make(chan struct{}, maxAtOnce), tls: toolsOnly(o.TLS)}
	for _, list := range o.Lists {
		s.inboxes[list] = &inbox{dir: filepath.Join(o.Inbox, list), list: list, limits: o.Limits, writing: map[string]bool{}}
	}
	s.installs = &installs{server: s, turn: make(chan struct{}, 1)}
	return s
}

// Serve serves on l until ctx is done, and returns when what was begun has
// ended. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s.installs.begin(ctx)
	server := &http.Server{
		Handler: s.handler(), TLSConfig: s.tls, BaseContext: func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	defer server.Close() // of a listener that failed the connections are left
	failed := make(chan error, 1)
	go func() { failed <- server.ServeTLS(listen.Bound(l, maxConnections, maxOfCaller), "", "") }()
	var err error
	select {
	case err = <-failed:
		err = fmt.Errorf("serve the fleet: %w", err)
	case <-ctx.Done():
		err = halt(server, failed)
	}
	stop()
	s.installs.end()
	return err
}

// halt lets running requests end, and cuts those that do not.
func halt(server *http.Server, failed <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		server.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve the fleet: %w", err)
	}
	return nil
}

// A route is an address and what answers there.
type route struct {
	method, path string
	handle       func(http.ResponseWriter, *http.Request) error
}

func (s *Server) routes() []route {
	return []route{
		{http.MethodGet, protocol.StatusPath, s.status},
		{http.MethodPut, protocol.FilesPath, s.put},
		{http.MethodGet, protocol.FilesPath, s.part},
		{http.MethodDelete, protocol.FilesPath, s.remove},
		{http.MethodDelete, protocol.InboxPath, s.clear},
		{http.MethodPost, protocol.InstallsPath, s.install},
		{http.MethodGet, protocol.InstallPath, s.installed},
		{http.MethodPost, protocol.ErasePath, s.erase},
		{http.MethodGet, protocol.OpenAPIPath, s.describe},
	}
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.Handle(r.method+" "+r.path, s.guard(r.handle))
	}
	mux.Handle("/", s.guard(func(http.ResponseWriter, *http.Request) error { return unknown("There is nothing at this address.") }))
	return mux
}

// guard lets in whom the interface is for, so many at once.
func (s *Server) guard(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := busy("Too many requests at once.")
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
			err = s.guarded(handle, w, r)
		default:
		}
		if err != nil {
			answerError(w, err, s.Log)
		}
	})
}

// mayAsk reports whether the interface is for the holder of a certificate.
func mayAsk(shown []*x509.Certificate) bool {
	if len(shown) == 0 {
		return false
	}
	role, _, ok := protocol.Holder(shown[0].URIs)
	return ok && (role == protocol.Fleet || role == protocol.Central)
}

// toolsOnly lets nobody else connect: the certificate of a device, which may be
// stolen, must not hold connections at all others.
func toolsOnly(c *tls.Config) *tls.Config {
	c = c.Clone()
	believed := c.VerifyConnection
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if believed != nil {
			if err := believed(s); err != nil {
				return err
			}
		}
		if !mayAsk(s.PeerCertificates) {
			return errDenied
		}
		return nil
	}
	return c
}

func (s *Server) guarded(handle func(http.ResponseWriter, *http.Request) error, w http.ResponseWriter, r *http.Request) error {
	// A connection may outlive the certificate that it began with.
	if r.TLS == nil || s.believed(*r.TLS) != nil {
		return errDenied
	}
	allow(w, requestTime)
	return handle(w, r)
}

// allow gives a request so much time from now on.
func allow(w http.ResponseWriter, d time.Duration) {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Now().Add(d)) // both can: they are connections
	_ = c.SetWriteDeadline(time.Now().Add(d))
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) error {
	return answer(w, http.StatusOK, s.Status())
}

// inbox returns the inbox of the list that a request names.
func (s *Server) inbox(r *http.Request) (*inbox, error) {
	b := s.inboxes[r.PathValue("list")]
	if b == nil {
		return nil, unknown("The device has no such list.")
	}
	return b, nil
}

func (s *Server) clear(w http.ResponseWriter, r *http.Request) error {
	b, err := s.inbox(r)
	if err == nil {
		err = b.clear()
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *Server) erase(w http.ResponseWriter, r *http.Request) error {
	var order protocol.Order
	if err := decode(w, r, &order); err != nil {
		return err
	}
	if order.Kind != protocol.Erase || !validID(order.ID) {
		return badRequest("It takes an order to erase, with an ID.")
	}
	allow(w, eraseTime)
	if err := s.Erase(order); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

//go:embed openapi.json
var description []byte

func (s *Server) describe(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(description)
	return nil
}

func decode(w http.ResponseWriter, r *http.Request, v any) error {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest)).Decode(v)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return tooLarge("The request is longer than any that has a meaning.")
	case err != nil:
		return badRequest("It is not the JSON that this address takes.")
	}
	return nil
}
