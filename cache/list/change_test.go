package list

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// states are states of one small list, each unlike the one before.
func states(rnd *rand.Rand, n int) [][]Record {
	all := make([][]Record, n)
	for i := range all {
		for digest := range Digest(40) {
			if rnd.IntN(2) == 0 {
				all[i] = append(all[i], Record{Digest: digest << 58, Class: Class(rnd.IntN(2)), Issuer: "UTO", Status: Status(1 + rnd.IntN(3))})
			}
		}
		slices.SortFunc(all[i], Compare)
	}
	return all
}

func TestChangesInARowAreOneChange(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		s := states(rnd, 4)
		one := Difference(s[0], s[1]).Then(Difference(s[1], s[2])).Then(Difference(s[2], s[3]))
		got, err := one.Apply(slices.Clone(s[0]))
		if err != nil || !slices.Equal(got, s[3]) {
			t.Fatalf("three changes as one lead elsewhere: %v", err)
		}
		if !slices.IsSortedFunc(one.Removed, Compare) || !slices.IsSortedFunc(one.Added, Compare) {
			t.Fatal("they are not in order")
		}
		if !slices.Equal(one.Removed, Identities(one.Removed)) {
			t.Fatal("what is removed says more than which record it is")
		}
	}
}

func TestAChangeIsCutByShards(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	p := Params{ShardBits: 3, Codes: []string{"UTO"}}
	s := states(rnd, 2)
	c := Difference(s[0], s[1])
	var whole []Record
	touched := map[uint32]bool{}
	for _, part := range c.Parts(p) {
		touched[part.Shard] = true
		if diff := cmp.Diff(part.Change, c.Of(p, part.Shard)); diff != "" {
			t.Errorf("shard %d: %s", part.Shard, diff)
		}
	}
	for id := range uint32(p.Shards()) {
		records := slices.Clone(p.find(s[0], id))
		if !touched[id] && c.Of(p, id).Len() > 0 {
			t.Errorf("shard %d has no part", id)
		}
		records, err := c.Of(p, id).Apply(records)
		if err != nil {
			t.Fatal(err)
		}
		whole = append(whole, records...)
	}
	if !slices.Equal(whole, s[1]) {
		t.Error("the parts do not lead to the state")
	}
}

func TestAChangeOfAnotherStateIsAConflict(t *testing.T) {
	a := Record{Digest: 1, Issuer: "UTO"}
	for name, c := range map[string]Change{"adds what is there": {Added: []Record{a}}, "removes what is not": {Removed: []Record{{Digest: 2, Issuer: "UTO"}}}} {
		if _, err := c.Apply([]Record{a}); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
