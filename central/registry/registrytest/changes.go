package registrytest

import (
	"math/rand/v2"
	"slices"

	"github.com/google/go-cmp/cmp"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

// changed fails the test unless these are the changes since a cursor. It
// returns the next cursor.
func (d desk) changed(since registry.Cursor, wantRemoved, wantAdded []list.Record) registry.Cursor {
	d.t.Helper()
	removed, added, next, err := d.Changes(ctx, since)
	d.must(err)
	if diff := cmp.Diff(wantRemoved, removed); diff != "" {
		d.t.Errorf("removed: -want +got\n%s", diff)
	}
	if diff := cmp.Diff(wantAdded, added); diff != "" {
		d.t.Errorf("added: -want +got\n%s", diff)
	}
	return next
}

func changesAreNet(d desk) {
	d.create(passport(1), passport(2))
	at := d.changed(0, nil, listed(d.t, passport(1), passport(2)))
	d.changed(at, nil, nil)
	changed := passport(1)
	changed.Reference = "R"
	d.must(d.Update(ctx, changed, Today))
	d.must(d.Withdraw(ctx, passport(2).Identity()))
	d.create(passport(3), passport(4))
	d.must(d.Withdraw(ctx, passport(4).Identity())) // was never seen
	next := d.changed(at, listed(d.t, passport(1), passport(2)), listed(d.t, changed, passport(3)))
	d.changed(next, nil, nil)
	d.changed(0, nil, listed(d.t, changed, passport(3)))

	hidden := passport(3) // lists do not carry what changes now
	hidden.Info = "cover damaged"
	d.must(d.Update(ctx, hidden, Today))
	d.changed(next, nil, nil)
}

func withdrawnAndCreatedAgainIsNoChange(d desk) {
	d.create(passport(1))
	_, at := d.all()
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	d.create(passport(1))
	at = d.changed(at, nil, nil)
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	stolen := passport(1)
	stolen.Status = "stolen"
	d.create(stolen)
	d.changed(at, listed(d.t, passport(1)), listed(d.t, stolen))
}

// changesLeadFromOneListToTheNext makes changes by chance, and follows the
// list by what Changes tells, as a publisher does.
func changesLeadFromOneListToTheNext(d desk) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var followed []list.Record
	var at registry.Cursor
	for range 60 {
		for range rnd.IntN(6) {
			d.anyChange(rnd)
		}
		removed, added, next, err := d.Changes(ctx, at)
		d.must(err)
		if !slices.IsSortedFunc(removed, list.Compare) || !slices.IsSortedFunc(added, list.Compare) {
			d.t.Error("the changes are out of order")
		}
		for _, r := range removed {
			i := slices.Index(followed, r)
			if i < 0 {
				d.t.Fatal("what is removed was not there")
			}
			followed = slices.Delete(followed, i, i+1)
		}
		followed = append(followed, added...)
		slices.SortFunc(followed, list.Compare)
		all, cursor := d.all()
		if diff := cmp.Diff(all, followed); diff != "" || cursor != next {
			d.t.Fatalf("cursor %d, want %d; -all +followed\n%s", next, cursor, diff)
		}
		at = next
	}
}

// anyChange makes some change, which may be refused.
func (d desk) anyChange(rnd *rand.Rand) {
	r := passport(rnd.IntN(8))
	r.Reference = string(rune('A' + rnd.IntN(3)))
	switch rnd.IntN(4) {
	case 0:
		d.Withdraw(ctx, r.Identity())
	case 1:
		d.Update(ctx, r, Today)
	default:
		d.Create(ctx, r, Today)
	}
}

func forgottenChangesAreRefused(d desk) {
	d.create(passport(1), passport(2))
	_, at := d.all()
	d.create(passport(3))
	d.must(d.Forget(ctx, at))
	_, _, _, err := d.Changes(ctx, at-1)
	d.refused(err, registry.ErrTakeAll)
	d.changed(at, nil, listed(d.t, passport(3)))
	_, now := d.all()
	_, _, _, err = d.Changes(ctx, now+1) // of a registry that was set back
	d.refused(err, registry.ErrTakeAll)
}
