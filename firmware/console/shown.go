package console

import (
	"bytes"
	"encoding/json"
	"time"
)

// shown is a View as the pages get it, made once for all streams.
type shown struct {
	published time.Time // by the clock of this process
	outcomes  []Outcome
	officer   page
	traveller page
}

// A page is one value and its number, which grows with each change.
type page struct {
	id   uint64
	data []byte
	same []byte // data without what changes all the time
}

// notice is all that the traveller's page ever gets.
type notice struct {
	Message string   `json:"message"`
	Desk    string   `json:"desk,omitempty"`
	Phrases []Phrase `json:"phrases"`
}

// render encodes a View for both pages. A View that cannot be encoded, which
// takes a clock beyond the year 9999, becomes a closed lane with a fault.
func (s *Server) render(v View) shown {
	data, err := json.Marshal(v)
	if err != nil {
		return s.render(View{Faults: []Fault{{
			Code: "page-unusable",
			Text: "The device cannot show what this lane is doing.",
			Do:   "Close the lane and call a technician: the device's clock may be wrong.",
		}}}.complete())
	}
	message := s.notice(v.Traveller)
	return shown{
		published: time.Now(),
		outcomes:  append([]Outcome(nil), v.Outcomes...),
		officer:   page{data: data, same: without(v)},
		traveller: page{data: message, same: message},
	}
}

// without encodes a View as if no time had passed: the beat tells the time.
func without(v View) []byte {
	v.Now = time.Time{}
	data, _ := json.Marshal(v) // was encoded a moment ago
	return data
}

// notice encodes one message to the traveller. A message without phrases is
// shown as a closed lane.
func (s *Server) notice(message string) []byte {
	phrases, ok := s.phrases[message]
	if !ok {
		message, phrases = closed, s.phrases[closed]
	}
	data, _ := json.Marshal(notice{message, s.options.Desk, phrases}) // strings alone
	return data
}

// number carries on the numbers of what was shown before.
func (s *shown) number(before shown) {
	s.officer.follow(before.officer)
	s.traveller.follow(before.traveller)
}

func (p *page) follow(before page) {
	p.id = before.id
	if !bytes.Equal(p.same, before.same) {
		p.id++
	}
}
