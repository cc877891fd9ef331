package query_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/protocol"
)

// FuzzSearch: whatever comes in is answered, by a problem or by a code, and
// none is a hit but for the one document that is listed.
func FuzzSearch(f *testing.F) {
	good, _ := json.Marshal(passport)
	f.Add(string(good))
	f.Add(`{"din":"UT12345","country_of_registration":"UTO","type_of_document":"DIP","nb_record":50}`)
	f.Add(`{"din":"\u0000","din":null}{`)
	w := newWorld(f, func(w *world) {
		w.options.Rate, w.options.Log = 1e9, forgetful{}
		w.options.Caller = func(*http.Request) (query.Caller, bool) {
			return query.Caller{Role: protocol.Query, Name: "customs"}, true
		}
	})
	s, err := query.New(w.options)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, protocol.SearchPath, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		got := httptest.NewRecorder()
		s.Handler().ServeHTTP(got, r)
		var reply protocol.SearchReply
		if got.Code == http.StatusOK {
			if err := json.Unmarshal(got.Body.Bytes(), &reply); err != nil {
				t.Fatal(err)
			}
		}
		var q protocol.SearchRequest
		hit := got.Code == http.StatusOK && reply.Code == protocol.NoError
		if !hit && reply.Code != protocol.NoAnswer {
			return
		}
		if err := json.Unmarshal([]byte(body), &q); err != nil {
			t.Fatalf("code %d for what is no JSON: %v", reply.Code, err)
		}
		number, err := list.Clean(nil, q.Number)
		if err != nil || hit && string(number) != "UT12345" {
			t.Fatalf("code %d for a number that is none, or not listed", reply.Code)
		}
	})
}
