package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"portcullis/drivers/reader"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/console"
	"portcullis/firmware/station"
	"portcullis/mrz"
	"portcullis/mrz/viz"
)

// A show is what the demonstration does in front of the lane: travellers who
// present documents, and an officer who answers when one must.
type show struct {
	ctx     context.Context
	out     io.Writer
	end     func() // ends the demonstration
	lane    *firmware.Lane
	mu      sync.Mutex // guards what follows
	printed map[uint64]bool
	left    int           // passages until the end; less than 0 for no end
	ready   chan struct{} // the lane takes a document
	loaded  chan struct{} // closed once the list is there
}

func newShow(ctx context.Context, out io.Writer, passages int, end func()) *show {
	if passages == 0 {
		passages = -1
	}
	return &show{ctx: ctx, out: out, end: end, printed: map[uint64]bool{}, left: passages, ready: make(chan struct{}, 1), loaded: make(chan struct{})}
}

// watch follows the lane: it prints each passage once, tells the travellers
// when the lane is free, and has the officer answer an alert.
func (s *show) watch(a station.Action) {
	switch a := a.(type) {
	case station.Lane:
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case <-s.ready:
		default:
		}
		if a.State == station.Ready || a.State == station.Again {
			s.ready <- struct{}{}
		}
		if a.State == station.Ready && s.left == 0 {
			s.end()
		}
	case station.Passage:
		s.passage(a)
	}
}

func (s *show) passage(p station.Passage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.State == station.AskedAgain || s.printed[p.Number] {
		return
	}
	s.printed[p.Number] = true
	if s.left > 0 {
		s.left--
	}
	lead := p.Decision.Lead()
	fmt.Fprintf(s.out, "%s  %-6s %-7s %-48s %.2f ms\n", p.At.Format(time.TimeOnly), p.Decision.Verdict(), p.Document, lead.Words(),
		float64(p.Elapsed.Microseconds())/1000)
	if p.State == station.Called {
		time.AfterFunc(officerTime, func() { s.officer(p.Number) })
	}
}

// officerTime is how long the demonstration's officer leaves an alert to
// whoever sits at the page.
const officerTime = 8 * time.Second

// officer records an outcome, unless somebody at the page already has.
func (s *show) officer(passage uint64) {
	ctx, cancel := context.WithTimeout(s.ctx, time.Second)
	defer cancel()
	// An error means that there is nothing left to record.
	_ = s.lane.Acknowledge(ctx, console.Acknowledgement{Passage: fmt.Sprint(passage), Outcome: string(station.HandedOver)})
}

// pause is how long a traveller takes to step up to the reader.
const pause = 1500 * time.Millisecond

// documents presents one document after another, for ever.
func (s *show) documents(ctx context.Context, c config) error {
	p, err := reader.Load(c.Readers[0].Profile)
	if err != nil {
		return err
	}
	r := sim.NewReader(p, c.Readers[0].Port)
	if err := r.Plug(); err != nil {
		return err
	}
	defer r.Close()
	select {
	case <-s.loaded:
	case <-ctx.Done():
		return nil
	}
	for {
		for _, d := range demoDocuments {
			for range d.times() {
				select {
				case <-s.ready:
				case <-ctx.Done():
					return nil
				}
				select {
				case <-time.After(pause):
				case <-ctx.Done():
					return nil
				}
				if err := d.present(ctx, r, time.Now()); err != nil && ctx.Err() == nil {
					return fmt.Errorf("present a document: %w", err)
				}
			}
		}
	}
}

// A demoDocument is one act of the show.
type demoDocument struct {
	format mrz.Format
	state  string // issuing State; UTO when empty
	number string // a specimen on the list; drawn at random when empty
	years  int    // from today to its expiry
	spoil  spoil
}

// spoil is what goes wrong when a document is read.
type spoil int

const (
	nothing spoil = iota
	wrongDigit
	halfRead
)

// demoDocuments show every kind of outcome.
var demoDocuments = []demoDocument{
	{format: mrz.TD3, years: 4},
	{format: mrz.TD1, years: 7},
	{format: mrz.TD3, years: -1},
	{format: mrz.TD3, years: 4},
	{format: mrz.TD3, years: 5, number: "SPEC00001"}, // stolen
	{format: mrz.TD3, years: 2},
	{format: mrz.TD3, years: 4, spoil: wrongDigit},
	{format: mrz.TD3, years: 6, number: "SPEC00002"}, // lost
	{format: mrz.MRVA, years: 1},
	{format: mrz.TD3, years: 4, spoil: halfRead},
	{format: mrz.TD3, years: 3, state: "QZZ"},        // a code that no State has
	{format: mrz.TD3, years: 8, number: "SPEC00003"}, // stolen blank
	{format: mrz.TD3, years: 4},
	{format: mrz.TD3, years: 4, number: "SPEC00004"}, // invalid
	{format: mrz.TD2, years: 4},
	{format: mrz.TD3, years: 4, number: "SPEC00005"}, // revoked
	{format: mrz.TD1, years: 4, number: "SPEC00006"}, // a stolen identity card
}

// times is how often the traveller tries: a document that cannot be read is
// presented until the lane refers.
func (d demoDocument) times() int {
	if d.spoil == nothing {
		return 1
	}
	return 2
}

func (d demoDocument) present(ctx context.Context, r *sim.Reader, now time.Time) error {
	lines, err := d.lines(now)
	if err != nil {
		return err
	}
	switch d.spoil {
	case wrongDigit:
		digits := []byte(lines[1])
		digits[9] = '0' + (digits[9]-'0'+1)%10
		lines[1] = string(digits)
	case halfRead:
		return r.Half(ctx, lines)
	}
	return r.Present(ctx, lines)
}

// demoNames are as a visual zone has them.
var demoNames = [][2]string{
	{"Eriksson", "Anna Maria"}, {"Müller-Lüdenscheidt", "Jürgen"}, {"O'Connor", "Siobhán"}, {"Van der Mullen", "Petra"},
	{"Satriya Sudarpa", ""}, {"Щербаков", "Иван"}, {"Ñuñez", "José"}, {"Đorđević", "Ana"}, {"عباس", "ليلى"},
}

func (d demoDocument) lines(now time.Time) ([]string, error) {
	name := demoNames[rand.IntN(len(demoNames))]
	v := viz.Fields{
		Code: "P", IssuingState: "UTO", Number: d.number, Nationality: "UTO", Sex: []string{"F", "M", "X"}[rand.IntN(3)],
		Primary: name[0], Secondary: name[1],
		BirthDate:  now.AddDate(-20-rand.IntN(50), -rand.IntN(12), 0).Format(time.DateOnly),
		ExpiryDate: now.AddDate(d.years, 0, -rand.IntN(28)-1).Format(time.DateOnly),
	}
	switch d.format {
	case mrz.TD1, mrz.TD2:
		v.Code = "I"
	case mrz.MRVA, mrz.MRVB:
		v.Code = "V"
	}
	if v.Number == "" {
		v.Number = fmt.Sprintf("U%08d", rand.IntN(100_000_000))
	}
	lines, err := viz.Compose(d.format, v, viz.Options{})
	if err != nil || d.state == "" {
		return lines, err
	}
	return withIssuer(lines, d.state), nil
}

// withIssuer writes another code over that of the issuing State, which no
// check digit covers; composing refuses one that no State has.
func withIssuer(lines []string, state string) []string {
	lines[0] = lines[0][:2] + state + lines[0][2+len(state):]
	return lines
}
