package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/drivers"
)

var (
	specimenTD3 = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"}
	anotherTD3  = []string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "U123456784UTO7408122F4904151<<<<<<<<<<<<<<<6"}
	misreadTD3  = []string{specimenTD3[0], strings.Replace(specimenTD3[1], "L898902C3", "L898903C3", 1)}
)

// TestWhatCameOfPresentations tells readings by the milliseconds at which they came.
func TestWhatCameOfPresentations(t *testing.T) {
	type came struct {
		ms    int
		lines []string
		fault drivers.ReadFault
	}
	for _, c := range []struct {
		name   string
		expect []string
		came   []came
		want   []string // of each presentation: good, verdict, faults before, repeats
	}{
		{"one", nil, []came{{0, specimenTD3, 0}}, []string{"true read whole [] 0"}},
		{"the same after a while", nil, []came{{0, specimenTD3, 0}, {1500, specimenTD3, 0}}, []string{"true read whole [] 0", "true read whole [] 0"}},
		{"sent twice", nil, []came{{0, specimenTD3, 0}, {900, specimenTD3, 0}, {1800, specimenTD3, 0}}, []string{"true read whole [] 2"}},
		{"two documents at once", nil, []came{{0, specimenTD3, 0}, {10, anotherTD3, 0}}, []string{"true read whole [] 0", "true read whole [] 0"}},
		{"at the second attempt", nil, []came{{0, nil, drivers.FaultNoRead}, {500, misreadTD3, 0}, {900, specimenTD3, 0}}, []string{"true read whole [no-read check digits failed] 0"}},
		{"noise behind it", nil, []came{{0, specimenTD3, 0}, {500, nil, drivers.FaultNoise}}, []string{"true read whole [] 0"}},
		{"misread", nil, []came{{0, misreadTD3, 0}}, []string{"false check digits failed [] 0"}},
		{"no read", nil, []came{{0, nil, drivers.FaultNoRead}}, []string{"false no-read [] 0"}},
		{"a row alone", nil, []came{{0, nil, drivers.FaultPartial}}, []string{"false partial [] 0"}},
		{"one line", nil, []came{{0, specimenTD3[:1], 0}}, []string{"false check digits failed [] 0"}},
		{"the specimen", specimenTD3, []came{{0, specimenTD3, 0}}, []string{"true read whole [] 0"}},
		{"not the specimen", specimenTD3, []came{{0, anotherTD3, 0}}, []string{"false another document [] 0"}},
	} {
		tr, began := trial{expect: c.expect}, time.Unix(1e9, 0)
		var got []string
		over := func(p *presentation) {
			if p == nil {
				return
			}
			got = append(got, fmt.Sprintf("%v %s %v %d", p.Good, p.Verdict, p.Before, p.Repeats))
			if said := p.String(); strings.Contains(said, "ERIKSSON") || strings.Contains(said, "L8989") {
				t.Errorf("%s: a document is shown: %s", c.name, said)
			}
			if !p.Good && len(p.Problems) == 0 {
				t.Errorf("%s: no problem is told", c.name)
			}
		}
		last := began
		for _, r := range c.came {
			last = began.Add(time.Duration(r.ms) * time.Millisecond)
			over(tr.add(drivers.Reading{Lines: r.lines, Fault: r.fault, At: last}, time.Millisecond))
		}
		if p := tr.tick(last.Add(time.Second)); p != nil {
			t.Errorf("%s: over at once", c.name)
		}
		over(tr.tick(last.Add(time.Second + 1)))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
