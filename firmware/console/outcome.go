package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"
)

const (
	maxBody     = 1 << 10         // of an outcome: some 30 bytes are needed
	recordLimit = 5 * time.Second // for an outcome to become durable
)

// outcome records what an officer says came of a passage.
func (s *Server) outcome(w http.ResponseWriter, r *http.Request) {
	code, ok := readOutcome(w, r)
	if !ok {
		return
	}
	now, _ := s.current()
	if !slices.ContainsFunc(now.outcomes, func(o Outcome) bool { return o.Code == code }) {
		refuse(w, problemUnknownOutcome, "Send one of the codes under outcomes in the current view.")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), recordLimit)
	defer cancel()
	s.answer(w, s.acknowledge(ctx, Acknowledgement{Passage: r.PathValue("id"), Outcome: code}))
}

func (s *Server) acknowledge(ctx context.Context, a Acknowledgement) error {
	if s.options.Acknowledge == nil {
		return ErrUnknownPassage
	}
	return s.options.Acknowledge(ctx, a)
}

// answer tells the page what became of its outcome.
func (s *Server) answer(w http.ResponseWriter, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, ErrUnknownPassage):
		refuse(w, problemUnknownPassage, "This passage is not waiting for an outcome.")
	case errors.Is(err, ErrRecorded):
		refuse(w, problemRecorded, "The first outcome stands. A correction is made at the desk.")
	default:
		s.log.Error("record outcome", "error", err)
		refuse(w, problemNotRecorded, "The device could not store the outcome. Try again; if it fails again, note it on paper and call a technician.")
	}
}

// readOutcome reads the code out of a request, or refuses it.
func readOutcome(w http.ResponseWriter, r *http.Request) (code string, ok bool) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		refuse(w, problemMediaType, "Send the outcome as application/json.")
		return "", false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if large := new(http.MaxBytesError); errors.As(err, &large) {
		refuse(w, problemTooLarge, "An outcome takes less than a kilobyte.")
		return "", false
	}
	if err == nil {
		code, err = decodeOutcome(body)
	}
	if err != nil {
		refuse(w, problemBadRequest, `Send {"outcome":"code"}, and nothing else.`)
		return "", false
	}
	return code, true
}

// decodeOutcome takes one object with one field, and nothing behind it.
func decodeOutcome(body []byte) (string, error) {
	var sent struct {
		Outcome string `json:"outcome"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&sent); err != nil {
		return "", err
	}
	if _, err := d.Token(); err != io.EOF {
		return "", errors.New("more than one value")
	}
	return sent.Outcome, nil
}
