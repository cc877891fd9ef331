package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"syscall"

	"portcullis/protocol"
)

// A refusal is an error that whoever asked is told.
type refusal struct {
	protocol.Problem
	after string // seconds, for Retry-After
}

// Error tells what is wrong. Nothing of the request is in it.
func (r *refusal) Error() string { return r.Title + ": " + r.Detail }

func refuse(status int, kind, title, detail string) *refusal {
	return &refusal{Problem: protocol.Problem{Type: kind, Title: title, Status: status, Detail: detail}}
}

func badRequest(detail string) error {
	return refuse(http.StatusBadRequest, protocol.ProblemRequest, "Request not understood", detail)
}

func tooLarge(detail string) error {
	return refuse(http.StatusRequestEntityTooLarge, protocol.ProblemTooLarge, "Too large", detail)
}

func unknown(detail string) error {
	return refuse(http.StatusNotFound, protocol.ProblemUnknown, "Not known", detail)
}

func outOfRange(detail string) error {
	return refuse(http.StatusConflict, protocol.ProblemRange, "The part does not follow on what is there", detail)
}

func noSpace() error {
	return refuse(http.StatusInsufficientStorage, protocol.ProblemSpace, "No space", "There is not enough space on the device.")
}

func busy(detail string) error {
	r := refuse(http.StatusTooManyRequests, protocol.ProblemBusy, "Busy", detail)
	r.after = "2"
	return r
}

var (
	errDenied = refuse(http.StatusForbidden, protocol.ProblemDenied, "Not allowed", "The certificate is for another role than this needs, or does not count any more.")
	errErased = refuse(http.StatusGone, protocol.ProblemErased, "Erased", "The lists and keys of this device were erased.")
)

// answerError writes a problem. What has gone wrong on the device itself is
// logged, and not told.
func answerError(w http.ResponseWriter, err error, log *slog.Logger) {
	var r *refusal
	switch {
	case errors.As(err, &r):
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		errors.As(noSpace(), &r)
	default:
		log.Error("a request of the fleet failed", "error", err)
		r = refuse(http.StatusInternalServerError, protocol.ProblemInternal, "Not done", "The device could not do it. Its log says why.")
	}
	if r.after != "" {
		w.Header().Set("Retry-After", r.after)
	}
	w.Header().Set("Content-Type", protocol.ProblemMedia)
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(r.Problem) // the status has said it already
}

func answer(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who has gone needs no answer
	return nil
}
