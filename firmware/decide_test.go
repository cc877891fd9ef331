package firmware_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/drivers/sim"
	"portcullis/firmware"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

// TestAListThatGrowsOldNoLongerClears lets time pass in which nobody tells the
// device that its list is the newest. It was so an hour before the lane began.
func TestAListThatGrowsOldNoLongerClears(t *testing.T) {
	atWork(t, openStore(t, "S00000001"), func(b *bench) {
		b.parts.Policy.AgeingAfter, b.parts.Policy.StaleAfter = time.Hour, 2*time.Hour
	}, func(b *bench) {
		b.present(b.passport("U00000001"))
		b.pass(59 * time.Minute)
		b.present(b.passport("U00000002"))
		if b.released() != 2 {
			t.Errorf("before its time, %d travellers were let through", b.released())
		}
		b.pass(time.Minute)
		b.present(b.passport("U00000003"))
		if p, _ := b.last(); !p.Decision.Has(inspect.ListStale) || b.released() != 2 {
			t.Errorf("after its time: %v", p.Decision.Codes())
		}
		b.pass(time.Minute)
		b.present(b.passport("S00000001"))
		if p, _ := b.last(); p.Decision.Verdict() != inspect.Alert {
			t.Errorf("what is stolen stays so: %v", p.Decision.Codes())
		}
	})
}

func TestADocumentThatWasUsedIsReferredForAWhile(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		b.present(b.passport("U00000001"))
		b.pass(time.Minute)
		b.present(b.passport("U00000001"))
		if p, _ := b.last(); !p.Decision.Has(inspect.MultipleUse) || b.released() != 1 {
			t.Errorf("a minute later: %v", p.Decision.Codes())
		}
		b.pass(10 * time.Minute)
		b.present(b.passport("U00000001"))
		if b.released() != 2 {
			t.Error("it is still referred after ten minutes")
		}
	})
}

func TestADocumentThatWasNotUsedMayComeAgain(t *testing.T) {
	atWork(t, openStore(t), nil, func(b *bench) {
		b.board.SetFault(sim.NoTraveller, true)
		b.present(b.passport("U00000001"))
		b.pass(time.Minute)
		b.present(b.passport("U00000001"))
		if b.released() != 2 {
			p, _ := b.last()
			t.Errorf("it is refused: %v", p.Decision.Codes())
		}
	})
}

// TestAZoneWithoutANumberIsReadAgain presents what cannot be looked up. The
// lists are not at fault: the lane asks for the document once more.
func TestAZoneWithoutANumberIsReadAgain(t *testing.T) {
	for name, spoil := range map[string]func([]string) []string{
		"no zone":                         func([]string) []string { return []string{"HELLO THERE"} },
		"a mark of the reader":            func(z []string) []string { return []string{z[0], z[1][:3] + "*" + z[1][4:]} },
		"a number of fillers":             func(z []string) []string { return []string{z[0], "<<<<<<<<<0" + z[1][10:]} },
		"a digit of the number that fits": func(z []string) []string { return []string{z[0], z[1][:9] + "9" + z[1][10:]} },
	} {
		t.Run(name, func(t *testing.T) {
			atWork(t, openStore(t), nil, func(b *bench) {
				b.present(spoil(b.passport("U00000001")))
				p, l := b.last()
				if l.State != station.Again || p.Decision.Has(inspect.ListMissing) || p.Decision.Has(inspect.NoLookUp) {
					t.Errorf("the lane is %s for %v", l.State, p.Decision.Codes())
				}
			})
		})
	}
}

// TestNoSpoiltZoneIsClear replaces each cell that a check digit vouches for by
// each character of some, in turn.
func TestNoSpoiltZoneIsClear(t *testing.T) {
	store := openStore(t)
	policy := inspect.Policy{AcceptSpecimens: true}
	zone := (&bench{t: t}).passport("U00000001")
	if r, err := check(store, policy, firmware.CheckRequest{Lines: zone}); err != nil || r.Verdict != "clear" {
		t.Fatalf("as it is, it is %s: %v", r.Verdict, err)
	}
	vouched := slices.Concat(span(0, 10), span(13, 20), span(21, 28), span(28, 44))
	for _, at := range vouched {
		for _, c := range []byte("05AO*?\xff a<") {
			line := []byte(zone[1])
			if line[at] == c || weigh(line[at]) == weigh(c) {
				continue
			}
			line[at] = c
			r, err := check(store, policy, firmware.CheckRequest{Lines: []string{zone[0], string(line)}})
			if err == nil && r.Verdict == "clear" {
				t.Errorf("clear with %q in column %d", c, at+1)
			}
		}
	}
}

func span(from, to int) (all []int) {
	for i := from; i < to; i++ {
		all = append(all, i)
	}
	return all
}

// weigh is what a character counts in a check digit; the digit does not tell
// those apart that count the same, modulo 10 (Doc 9303-3 section 4.9).
func weigh(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'Z':
		return int(c-'A'+10) % 10
	case c == '<':
		return 0
	}
	return -1
}

// check decides on a document an hour after the list was issued.
func check(store *cache.Store, policy inspect.Policy, r firmware.CheckRequest) (firmware.CheckReport, error) {
	return firmware.Check(store, policy, noon, time.Time{}, r)
}

func TestWhatAnOfficerTypesIsCheckedInAnySpelling(t *testing.T) {
	store := openStore(t, "S00000001")
	for _, c := range []struct {
		number, issuer, class string
		verdict               string
		err                   error
	}{
		{"S00000001", "UTO", "P", "alert", nil},
		{"s-0000 0001", "uto", "p", "alert", nil},
		{"S00000002", "UTO", "P", "clear", nil},
		{"S00000001", "UTO", "V", "refer", nil},
		{"SO0000001", "UTO", "P", "refer", nil}, // looks like it
		{"S00000001", "QZZ", "P", "refer", nil}, // no such State
		{"S00000001", "UTO", "X", "", firmware.ErrType},
		{"S00000001", "", "P", "", firmware.ErrRequest},
		{"", "UTO", "P", "", firmware.ErrRequest},
	} {
		r := firmware.CheckRequest{Number: c.number, Issuer: c.issuer, Type: c.class, Specimens: true}
		got, err := check(store, inspect.Policy{}, r)
		if got.Verdict != c.verdict || !errors.Is(err, c.err) {
			t.Errorf("%s %s %s: %s, %v; want %s, %v", c.class, c.issuer, c.number, got.Verdict, err, c.verdict, c.err)
		}
		if !errors.Is(r.Typed(), c.err) {
			t.Errorf("%s %s %s: %v beforehand", c.class, c.issuer, c.number, r.Typed())
		}
	}
}

// TestNoErrorOfACheckSaysWhatWasAsked asks what cannot be answered, with a
// number that nobody may read in a log.
func TestNoErrorOfACheckSaysWhatWasAsked(t *testing.T) {
	store := openStore(t)
	const secret = "L898902C3"
	for _, r := range []firmware.CheckRequest{
		{Number: secret, Issuer: "UTO", Type: secret},
		{Number: secret + secret + secret, Issuer: "UTO", Type: "P"},
		{Number: secret, Type: "P"},
		{Number: secret, Issuer: "UTO", Type: "P", Lines: []string{secret}},
		{Number: secret, Issuer: "UTO", Type: "P", Today: "2026-13-40"},
		{},
	} {
		if _, err := check(store, inspect.Policy{}, r); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("the error is %v", err)
		}
	}
}
