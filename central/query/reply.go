package query

import (
	"cmp"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"time"

	"portcullis/central/query/journal"
	"portcullis/protocol"
)

// The texts of the result codes. They say what follows from each.
var texts = [...]string{
	protocol.NoError:         "NO_ERROR: found",
	protocol.NoAnswer:        "NO_ANSWER: not found",
	protocol.InvalidSearch:   "INVALID_SEARCH_ERROR: nothing is known",
	protocol.UnexpectedError: "UNEXPECTED_ERROR: nothing is known, try again",
	protocol.TooManyAnswers:  "TOO_MANY_ANSWER: ask for more, or more narrowly",
	protocol.AccessDenied:    "ACCESS_DENIED: nothing is known",
	protocol.OtherError:      "OTHER_ERROR_CODE: nothing is known, and somebody must mend it",
	protocol.TimeOut:         "TIME_OUT: nothing is known, try again",
}

func (a answer) text() string {
	if a.note == "" {
		return texts[a.code]
	}
	return texts[a.code] + "; " + a.note
}

func newRequestID() string { return rand.Text() }

func (q search) reply(s *Service, c Caller, e journal.Entry, a answer) (any, error) {
	m := protocol.SearchReply{Code: a.code, Text: a.text(), RequestID: e.Request, Time: e.Time.UTC().Format(time.RFC3339), Found: []protocol.Found{}}
	for _, r := range a.records {
		id, err := s.items.seal(item{
			Until: e.Time.Add(itemLife).Unix(), List: r.list, Key: r.Key,
			Number: e.Number, Class: r.Class, Issuer: r.Issuer,
		}, c)
		if err != nil {
			return nil, err
		}
		m.Found = append(m.Found, r.found(id))
	}
	return m, nil
}

func (q details) reply(_ *Service, _ Caller, e journal.Entry, a answer) (any, error) {
	m := protocol.DetailsReply{Code: a.code, Text: a.text(), RequestID: e.Request, Time: e.Time.UTC().Format(time.RFC3339)}
	for _, r := range a.records { // one at most
		found := r.found(q.ID)
		m.Found = &found
		m.Date, m.Country, m.NationRef = dayOf(r.Date), r.Country, r.Reference
		m.Lot, m.Expires = r.Lot, dayOf(r.Expires)
	}
	return m, nil
}

func (r Record) found(id string) protocol.Found {
	return protocol.Found{ID: id, IssuingState: r.Issuer, Type: cmp.Or(r.Type, r.Class.String()), Status: r.Status.String(), Owner: r.Owner}
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

func problem(status int, kind, detail string) *protocol.Problem {
	return &protocol.Problem{Type: kind, Title: http.StatusText(status), Status: status, Detail: detail}
}

func writeProblem(w http.ResponseWriter, p *protocol.Problem) {
	writeJSON(w, p.Status, protocol.ProblemMedia, p)
}

func writeJSON(w http.ResponseWriter, status int, media string, v any) {
	text, err := json.Marshal(v)
	if err != nil { // of strings and numbers alone: it does not happen
		status, text = http.StatusInternalServerError, nil
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(append(text, '\n'))
}
