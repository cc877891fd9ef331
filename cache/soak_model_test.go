package cache_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

const (
	modelNumbers   = 1500 // document numbers, of which some are listed
	modelShardBits = 6
	modelPeriod    = 50 // releases until every number was changed
)

// A model says what the list holds in every release, so that two processes
// know without telling each other.
type model struct{ digests []list.Digest }

func newModel(t testing.TB) *model {
	m := &model{make([]list.Digest, modelNumbers)}
	for i := range m.digests {
		m.digests[i] = digest(t, modelNumber(i))
	}
	return m
}

func modelNumber(i int) string { return fmt.Sprintf("AB%06d", i) }

// record returns what release n says of a number, and whether it lists it.
func (m *model) record(n uint64, i int) (list.Record, bool) {
	draw := rand.New(rand.NewPCG(uint64(i), (n+uint64(i))/modelPeriod)).Uint64()
	return list.Record{
		Digest: m.digests[i], Class: list.Passport, Issuer: codes[i%len(codes)],
		Status: list.Status(1 + draw>>8%5), Date: list.Date(12000 + draw>>16%1000), Country: codes[draw>>32%3],
	}, draw%10 < 6
}

// records returns what release n lists, in order.
func (m *model) records(n uint64) (all []list.Record) {
	for i := range m.digests {
		if r, listed := m.record(n, i); listed {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, list.Compare)
	return all
}

// publisher returns one that has published release n.
func (m *model) publisher(t testing.TB, n uint64) *publisher {
	p := &publisher{t: t, shardBits: modelShardBits, sequence: n}
	if n > 0 {
		p.sequence--
		p.release(m.records(n))
	}
	return p
}

// next returns the release after those that a publisher has published.
func (m *model) next(p *publisher) map[feed.Kind]feed.Content {
	return p.release(m.records(p.sequence + 1))
}

// mustAnswer looks every number of the model up, listed or not. Each answer is
// that of the release that the store says it holds. A list that gives none is
// a fault only of a store that is whole.
func (m *model) mustAnswer(t testing.TB, s *cache.Store, whole bool) {
	t.Helper()
	held := s.Position("sltd").Sequence
	for i := range m.digests {
		want, listed := m.record(held, i)
		a, err := s.Lookup(cache.Query{Number: modelNumber(i), Class: list.Passport, Issuer: codes[i%len(codes)]})
		if err != nil {
			t.Fatal(err)
		}
		if a.Lists[0].Err != nil {
			if whole {
				t.Fatalf("release %d, number %d of the model: %v", held, i, a.Lists[0].Err)
			}
			continue
		}
		if !listed && len(a.Matches) == 0 {
			continue
		}
		if !listed || len(a.Matches) != 1 || a.Matches[0].Record != want || a.Matches[0].Release != held {
			t.Fatalf("release %d answers number %d of the model with %d matches, and it is listed: %v", held, i, len(a.Matches), listed)
		}
	}
}

// mustBeWhole fails the test unless a store holds a release of the model to the
// last bit, and nothing beside it.
func (m *model) mustBeWhole(t testing.TB, s *cache.Store) {
	t.Helper()
	if held := s.Position("sltd").Sequence; held > 0 {
		mustHold(t, s, held, m.records(held))
		m.mustAnswer(t, s, true)
	}
}
