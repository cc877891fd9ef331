package synthetic

import (
	"iter"
	"math/rand/v2"
	"time"

	"portcullis/central/registry"
)

// MaxCount is how many records there can be for one seed before the numbers of
// some State run out.
const MaxCount = 200_000_000

// Records returns that many records, at most MaxCount, no two of which are the
// same document.
func Records(seed uint64, count int) iter.Seq[registry.Record] {
	return func(yield func(registry.Record) bool) {
		rnd := rand.New(rand.NewPCG(seed, 0x706f7274_63756c6c))
		states := newStates(rnd)
		for range min(count, MaxCount) {
			if !yield(states.next(rnd)) {
				return
			}
		}
	}
}

// The shares of types and statuses, in percent.
var (
	documents = shares{{"P", 74}, {"I", 22}, {"V", 4}}
	reports   = shares{{"lost", 55}, {"stolen", 30}, {"invalid", 6}, {"revoked", 5}, {"stolen-blank", 4}}
)

// next makes up one record.
func (s *states) next(rnd *rand.Rand) registry.Record {
	state := s.pick(rnd)
	r := registry.Record{
		Number:       state.number(),
		IssuingState: state.code,
		Type:         documents.pick(rnd),
		Status:       reports.pick(rnd),
		Date:         date(rnd),
		Country:      state.code,
	}
	if rnd.IntN(100) < 12 {
		r.Country = s.pick(rnd).code
	}
	if r.Status == "stolen-blank" {
		r.Lot = "LOT-" + state.code
	}
	return r
}

// firstDay and days bound the days of theft or loss: they are fixed, so that
// the records do not depend on the day on which they are made.
var firstDay = time.Date(2014, 1, 1, 0, 0, 0, 0, time.UTC)

const days = 12 * 365

// date is nearer to the end of its span more often than to the beginning.
func date(rnd *rand.Rand) string {
	return firstDay.AddDate(0, 0, max(rnd.IntN(days), rnd.IntN(days))).Format(time.DateOnly)
}

// shares are values with how often of a hundred each comes up.
type shares []struct {
	value   string
	percent int
}

func (s shares) pick(rnd *rand.Rand) string {
	at := rnd.IntN(100)
	for _, share := range s {
		if at -= share.percent; at < 0 {
			return share.value
		}
	}
	return s[0].value
}
