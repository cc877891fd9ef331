package sync_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"portcullis/cache/sync"
)

// moreKills is the name of a variable with how many kills to try.
const moreKills = "SYNC_TEST_KILLS"

// deaths are the phases in which a device is killed, in turn: how many moments
// may pass in each, and how many microseconds then.
var deaths = []struct {
	phase           string
	moments, within int
}{
	{"metadata", 8, 0}, {"spool", 4, 0}, {"file", 250, 0}, {"apply", 1, 0}, {"apply", 1, 2000}, {"apply", 1, 12_000}, {"file", 100, 300},
	{"peak", 1, 0}, {"peak", 1, 400}, {"check", 1, 2000}, {"checked", 1, 0}, {"resume", 1, 3000}, {"file", 40, 0},
}

// TestKillInEachPhaseLosesNothing has a device follow a list through all that
// its publisher may do. It is killed on the way, again and again: while it asks
// what is signed and shelves that, fetches, proves, journals, stores, makes live,
// notes the peak and the check. Whatever it then holds is a release that was
// signed, whole, and none before one that it held; and it goes on by itself.
func TestKillInEachPhaseLosesNothing(t *testing.T) {
	t.Parallel()
	kills := 60
	if testing.Short() {
		kills = 13
	}
	if n, err := strconv.Atoi(os.Getenv(moreKills)); err == nil {
		kills = n
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	c, h, from := newCourse(t, 3000), newHome(t), string(newHome(t))
	offer := func() {
		for range 1 + rnd.IntN(3) {
			c.next(1 + rnd.IntN(200))
		}
		c.repository.WriteFolder(from)
	}
	offer()
	before, resumed, done := uint64(0), 0, map[string]int{}
	for killed, tried := 0, 0; killed < kills; tried++ {
		if tried > 4*kills {
			t.Fatalf("only %d of %d were killed: %v", killed, tried, done)
		}
		d := deaths[tried%len(deaths)]
		delay := 0
		if d.within > 0 {
			delay = 1 + rnd.IntN(d.within)
		}
		if !dies(t, fmt.Sprint(d.phase, " ", 1+rnd.IntN(d.moments), " ", delay), childHome+"="+string(h), childFrom+"="+from) {
			before = c.mustGoOn(t, h, before, &resumed)
			offer()
			continue
		}
		killed++
		done[d.phase]++
		before = c.mustGoOn(t, h, before, &resumed)
		if before == c.newest().Sequence || rnd.IntN(3) == 0 {
			offer()
		}
	}
	t.Logf("killed %v; %d releases, %d finished from their journals", done, len(c.signed), resumed)
	for _, d := range deaths {
		if done[d.phase] == 0 {
			t.Errorf("nothing was killed in the phase %s", d.phase)
		}
	}
	c.mustCatchUp(t, h, from, before)
}

// mustGoOn looks at what a device holds, before and after what was journaled is
// finished.
func (c *course) mustGoOn(t *testing.T, h home, before uint64, resumed *int) uint64 {
	t.Helper()
	s, err := h.open()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held := c.mustBeWhole(t, s, before)
	if held%2 == 0 {
		return held // the next child finishes it
	}
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	after := c.mustBeWhole(t, s, held)
	if after > held {
		*resumed++
	}
	return after
}

// mustCatchUp brings a device to the newest release, in this process.
func (c *course) mustCatchUp(t *testing.T, h home, from string, before uint64) {
	t.Helper()
	s := h.mustOpen(t)
	if err := s.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := h.mustClient(t, s, sync.Dir(from), c.repository.Root())
	if err := client.Once(t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		t.Fatal(err)
	}
	if held := c.mustBeWhole(t, s, before); held != c.newest().Sequence {
		t.Errorf("it holds release %d of %d", held, c.newest().Sequence)
	}
}
