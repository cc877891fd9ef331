package query

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"time"

	"portcullis/protocol"
)

// maxBody bounds a question in bytes: no honest one comes near it.
const maxBody = 4 << 10

// readBody reads a question that arrives in time, or says by a problem why it
// is none.
func readBody(w http.ResponseWriter, r *http.Request, limit time.Duration) ([]byte, *protocol.Problem) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, problem(http.StatusUnsupportedMediaType, protocol.ProblemRequest, "a query is application/json")
	}
	c := http.NewResponseController(w)
	c.SetReadDeadline(time.Now().Add(limit)) // a server that cannot has deadlines of its own
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, problem(http.StatusRequestEntityTooLarge, protocol.ProblemTooLarge, "a query has no more than 4096 bytes")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, problem(http.StatusRequestTimeout, protocol.ProblemRequest, "the query did not arrive in time")
	case err != nil:
		return nil, problem(http.StatusBadRequest, protocol.ProblemRequest, "the query did not arrive whole")
	}
	c.SetReadDeadline(time.Time{})
	return body, nil
}

var errDecode = errors.New("the body is not one JSON object with the members of this query, each at most once")

// decode reads a flat object. Package json would take the last of two members
// of one name, and names in any case: an ambiguous question would have a clear
// answer. Its errors quote what they read, so none goes further.
func decode(body []byte, fields map[string]any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errDecode
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		name, _ := t.(string)
		if err != nil || fields[name] == nil || seen[name] || dec.Decode(fields[name]) != nil {
			return errDecode
		}
		seen[name] = true
	}
	if _, err := dec.Token(); err != nil {
		return errDecode
	}
	if _, err := dec.Token(); err != io.EOF {
		return errDecode
	}
	return nil
}

func decodeSearch(body []byte) (q protocol.SearchRequest, err error) {
	err = decode(body, map[string]any{
		"din": &q.Number, "country_of_registration": &q.IssuingState, "type_of_document": &q.Type,
		"nb_record": &q.Max, "reference": &q.Reference,
	})
	return q, err
}

func decodeDetails(body []byte) (q protocol.DetailsRequest, err error) {
	err = decode(body, map[string]any{"item_id": &q.ID, "reference": &q.Reference})
	return q, err
}
