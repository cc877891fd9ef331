package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"portcullis/firmware/console"
	"portcullis/mrz"
)

// passport returns the zone of a passport of Utopia that is good for five more
// years, with whatever is changed.
func passport(t *testing.T, number string, change ...func(*mrz.Fields)) []string {
	t.Helper()
	v := mrz.Fields{
		Code: "P", IssuingState: "UTO", Number: number, Primary: "ERIKSSON", Secondary: "ANNA MARIA",
		Nationality: "UTO", BirthDate: "740812", Sex: "F", ExpiryDate: time.Now().AddDate(5, 0, 0).Format("060102"),
	}
	for _, f := range change {
		f(&v)
	}
	lines, err := mrz.Compose(mrz.TD3, v)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// unlisted returns a passport that is on no list, another one each time.
func (s *site) unlisted(t *testing.T) []string {
	t.Helper()
	return passport(t, fmt.Sprintf("U%08d", s.number.Add(1)))
}

// present lays a document on the reader.
func (s *site) present(t *testing.T, lines []string) {
	t.Helper()
	if s.shown == nil {
		s.shown = map[string]time.Time{}
	}
	document := strings.Join(lines, "\n")
	if last, shown := s.shown[document]; shown { // at once it would be the same presentation
		<-time.After(1100*time.Millisecond - time.Since(last))
	}
	s.shown[document] = time.Now()
	if err := s.reader.Present(t.Context(), lines); err != nil {
		t.Fatal(err)
	}
}

// decide presents a document and returns what was decided on it.
func (l *lane) decide(t *testing.T, lines []string) console.Passage {
	t.Helper()
	before := l.passages()
	l.present(t, lines)
	var decided console.Passage
	l.await(t, "what was decided", func(v console.View) bool {
		for _, p := range v.Recent {
			if _, old := before[p.ID]; !old {
				decided = p
				return true
			}
		}
		return false
	})
	return decided
}

// mustClear presents a document that nothing speaks against.
func (l *lane) mustClear(t *testing.T) {
	t.Helper()
	l.ready(t)
	if p := l.decide(t, l.unlisted(t)); p.Verdict != "clear" {
		t.Errorf("a document that nothing speaks against: %s: %s\n%s", p.Verdict, p.Headline, plain(l.ready(t)))
	}
	l.ready(t)
}

// mustAlert presents the specimen that is listed as stolen, and has an officer
// deal with it.
func (l *lane) mustAlert(t *testing.T) {
	t.Helper()
	l.ready(t)
	p := l.decide(t, passport(t, "SPEC00001"))
	if p.Verdict != "alert" {
		t.Errorf("a document that is listed as stolen: %s: %s", p.Verdict, p.Headline)
	}
	l.settle(t, p.ID)
	l.ready(t)
}

// settle records an outcome as an officer does, at the page.
func (l *lane) settle(t *testing.T, passage string) {
	t.Helper()
	body := strings.NewReader(`{"outcome":"handed-over"}`)
	response, err := http.Post(l.address+"api/v1/passages/"+passage+"/outcome", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("record the outcome of passage %s: %s", passage, response.Status)
	}
}

// cleared returns how many passages were ever shown as clear.
func (l *lane) cleared() (n int) {
	for _, p := range l.passages() {
		if p.Verdict == "clear" {
			n++
		}
	}
	return n
}

// fault waits for a fault on the page, or for its end.
func (l *lane) fault(t *testing.T, code string, there bool) console.Fault {
	t.Helper()
	var found console.Fault
	l.await(t, fmt.Sprintf("fault %s: %t", code, there), func(v console.View) bool {
		for _, f := range v.Faults {
			if f.Code == code {
				found = f
				return there
			}
		}
		return !there
	})
	return found
}
