package service

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"

	"portcullis/central/authority"
	"portcullis/central/devices"
	"portcullis/protocol"
)

// holder checks the certificate that was shown with a request.
func (s *Service) holder(r *http.Request) (authority.Holder, error) {
	if r.TLS == nil {
		return authority.Holder{}, authority.ErrForeign
	}
	return s.trust.Holder(r.TLS.PeerCertificates, x509.ExtKeyUsageClientAuth)
}

// guard lets holders of certificates with these roles through.
func (s *Service) guard(h http.Handler, roles ...protocol.Role) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, err := s.holder(r)
		if err == nil && !slices.Contains(roles, who.Role) {
			err = errRole
		}
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		h.ServeHTTP(w, r.WithContext(authority.WithHolder(r.Context(), who)))
	})
}

var (
	errRole  = errors.New("the certificate's role may not ask this")
	errBusy  = errors.New("too many requests: wait a minute")
	errLarge = errors.New("the body is too large")
	errBody  = errors.New("the body is not the JSON that is wanted here")
)

// problems are the answers to errors. What is not here failed in the service.
var problems = []struct {
	err    error
	status int
	kind   string
	title  string
}{
	{errLarge, http.StatusRequestEntityTooLarge, protocol.ProblemTooLarge, "Too large"},
	{errBody, http.StatusBadRequest, protocol.ProblemRequest, "Bad request"},
	{errConfirm, http.StatusUnprocessableEntity, protocol.ProblemRequest, "Not confirmed"},
	{errBusy, http.StatusTooManyRequests, protocol.ProblemBusy, "Too many requests"},
	{errRole, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{authority.ErrForeign, http.StatusUnauthorized, protocol.ProblemDenied, "Not allowed"},
	{authority.ErrEnded, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{authority.ErrRevoked, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{authority.ErrBarred, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{authority.ErrRequest, http.StatusBadRequest, protocol.ProblemRequest, "Bad request"},
	{devices.ErrCode, http.StatusForbidden, protocol.ProblemCode, "Code not valid"},
	{devices.ErrName, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{devices.ErrReport, http.StatusUnprocessableEntity, protocol.ProblemRequest, "Bad request"},
	{devices.ErrUnknown, http.StatusNotFound, protocol.ProblemUnknown, "Not known"},
	{devices.ErrRevoked, http.StatusForbidden, protocol.ProblemDenied, "Not allowed"},
	{devices.ErrNoRoom, http.StatusInsufficientStorage, protocol.ProblemSpace, "No space"},
}

// refuse answers with the problem that an error is. Of errors in the service
// only the log hears the cause.
func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	// Not the path: what someone has typed into it might be anything.
	for _, p := range problems {
		if errors.Is(err, p.err) {
			s.Log.Info("refused", "asked", r.Pattern, "from", r.RemoteAddr, "error", err)
			writeProblem(w, protocol.Problem{Type: p.kind, Title: p.title, Status: p.status, Detail: err.Error()})
			return
		}
	}
	s.Log.Error("request failed", "asked", r.Pattern, "error", err)
	writeProblem(w, protocol.Problem{Type: protocol.ProblemInternal, Title: "Failed", Status: http.StatusInternalServerError})
}

func writeProblem(w http.ResponseWriter, p protocol.Problem) {
	h := w.Header()
	h.Set("Content-Type", protocol.ProblemMedia)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p.Status == http.StatusTooManyRequests {
		h.Set("Retry-After", "60")
	}
	w.WriteHeader(p.Status)
	json.NewEncoder(w).Encode(p)
}

func writeJSON(w http.ResponseWriter, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	json.NewEncoder(w).Encode(v)
}

// The bounds of bodies, in bytes.
const (
	maxReport = 64 << 10
	maxSmall  = 16 << 10
)

// body reads the one JSON value of a request. Fields that are not known are of
// a newer version, and ignored.
func body[T any](w http.ResponseWriter, r *http.Request, most int64) (v T, err error) {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, most))
	err = dec.Decode(&v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errBody
		}
	}
	if err != nil && errors.As(err, new(*http.MaxBytesError)) {
		return v, errLarge
	}
	if err != nil {
		return v, errBody // the cause may quote the body
	}
	return v, nil
}
