package console

import (
	"encoding/json"
	"net/http"
)

// A problem is an error as RFC 9457 has it. Its type is what a program may
// act on, and stays as it is.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
}

// The problems of this interface.
var (
	problemNotFound       = problem{"urn:portcullis:problem:not-found", "No such page", http.StatusNotFound, ""}
	problemMethod         = problem{"urn:portcullis:problem:method-not-allowed", "Method not allowed", http.StatusMethodNotAllowed, ""}
	problemCrossOrigin    = problem{"urn:portcullis:problem:cross-origin", "Request from another site", http.StatusForbidden, ""}
	problemHost           = problem{"urn:portcullis:problem:unknown-host", "Not a name of this device", http.StatusMisdirectedRequest, ""}
	problemMediaType      = problem{"urn:portcullis:problem:media-type", "Not JSON", http.StatusUnsupportedMediaType, ""}
	problemTooLarge       = problem{"urn:portcullis:problem:too-large", "Request too large", http.StatusRequestEntityTooLarge, ""}
	problemBadRequest     = problem{"urn:portcullis:problem:bad-request", "Request not understood", http.StatusBadRequest, ""}
	problemUnknownOutcome = problem{"urn:portcullis:problem:unknown-outcome", "No such outcome", http.StatusUnprocessableEntity, ""}
	problemUnknownPassage = problem{"urn:portcullis:problem:unknown-passage", "No such passage", http.StatusNotFound, ""}
	problemRecorded       = problem{"urn:portcullis:problem:already-recorded", "Outcome already recorded", http.StatusConflict, ""}
	problemNotRecorded    = problem{"urn:portcullis:problem:not-recorded", "Outcome not recorded", http.StatusInternalServerError, ""}
	problemBusy           = problem{"urn:portcullis:problem:busy", "Too many pages", http.StatusServiceUnavailable, ""}
	problemNotReady       = problem{"urn:portcullis:problem:not-ready", "Not ready", http.StatusServiceUnavailable, ""}
	problemStalled        = problem{"urn:portcullis:problem:stalled", "The lane stands still", http.StatusServiceUnavailable, ""}
)

// refuse answers with a problem. The detail says what to do in words of ours:
// nothing of the request is in it.
func refuse(w http.ResponseWriter, p problem, detail string) {
	p.Detail = detail
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the status has said it already
}
