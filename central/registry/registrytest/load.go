package registrytest

import (
	"portcullis/central/registry"
)

func (d desk) insert(owner string, records ...registry.Record) {
	d.t.Helper()
	for _, r := range records {
		d.must(d.Insert(ctx, owner, r, Today))
	}
}

func aLoadReplacesTheRecordsOfItsOwner(d desk) {
	foreign := passport(9)
	foreign.Owner = "OTHER"
	d.create(passport(1), passport(2), passport(3), foreign)
	d.must(d.StartInit(ctx, "UTO", Today))
	changed := passport(2)
	changed.Status = "stolen"
	d.insert("UTO", passport(1), changed, passport(4))
	d.refused(d.Insert(ctx, "UTO", passport(1), Today), registry.NumberPresent)
	d.refused(d.Insert(ctx, "UTO", foreign, Today), registry.OwnerNotOfLoad)
	d.refused(d.Insert(ctx, "UTO", passport(9), Today), registry.NumberPresent)
	d.holds(passport(1), passport(2), passport(3), foreign) // until it is final
	_, at := d.all()
	d.must(d.FinalizeInit(ctx, "UTO", Today))
	d.holds(passport(1), changed, passport(4), foreign)
	removed, added, _, err := d.Changes(ctx, at)
	d.must(err)
	if len(removed) != 2 || len(added) != 2 {
		d.t.Errorf("%d removed, %d added, want 2 each", len(removed), len(added))
	}
	d.refused(d.FinalizeInit(ctx, "UTO", Today), registry.ErrNotLoading)
	if s := d.statistics(); s.Records != 4 || s.ByStatus["stolen"] != 1 {
		d.t.Errorf("counted %+v", s)
	}
}

func anAbortedLoadLeavesTheOld(d desk) {
	d.create(passport(1), passport(2))
	_, at := d.all()
	d.must(d.StartInit(ctx, "", Today))
	changed := passport(1)
	changed.Status = "stolen"
	d.insert("", changed, passport(3))
	d.must(d.AbortInit(ctx, ""))
	d.holds(passport(1), passport(2))
	if _, now := d.all(); now != at {
		d.t.Errorf("the registry changed from %d to %d", at, now)
	}
	d.refused(d.AbortInit(ctx, ""), registry.ErrNotLoading)
	d.must(d.StartInit(ctx, "", Today)) // nothing of the first is left
	d.insert("", passport(3))
	d.must(d.FinalizeInit(ctx, "", Today))
	d.holds(passport(3))
}

func aLoadExtendsNothing(d desk) {
	soon := passport(2)
	soon.Expires = "2027-01-01"
	d.create(passport(1), soon)
	later := Today.AddDate(0, 1, 0)
	d.must(d.StartInit(ctx, "", later))
	for _, r := range []registry.Record{passport(1), passport(2), passport(3)} {
		d.must(d.Insert(ctx, "", r, later))
	}
	d.must(d.FinalizeInit(ctx, "", later))
	for i, want := range []string{"2031-11-01", "2027-01-01", "2031-12-01"} {
		got, err := d.Retrieve(ctx, passport(i+1).Identity())
		d.must(err)
		if got.Expires != want {
			d.t.Errorf("record %d is kept until %s, want %s", i+1, got.Expires, want)
		}
	}
	n, err := d.Expire(ctx, Today.AddDate(0, 3, 0))
	d.must(err)
	if n != 1 {
		d.t.Errorf("%d records expired, want 1", n)
	}
}

func aWithdrawnRecordDoesNotComeBackByALoad(d desk) {
	d.create(passport(1), passport(2))
	d.must(d.StartInit(ctx, "UTO", Today))
	d.insert("UTO", passport(1), passport(2))
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	d.holds(passport(2))
	d.must(d.FinalizeInit(ctx, "UTO", Today))
	d.holds(passport(2))
}

// A file that was written before a record was withdrawn may name it behind what
// is taken in already.
func aWithdrawnRecordDoesNotComeBackByWhatIsLoadedLater(d desk) {
	other := passport(9)
	other.Owner = "OTHER"
	for _, owner := range []string{"UTO", ""} {
		d.create(passport(1), passport(2))
		d.must(d.StartInit(ctx, owner, Today))
		d.must(d.Withdraw(ctx, passport(1).Identity()))
		d.insert(owner, passport(1), passport(2))
		d.must(d.FinalizeInit(ctx, owner, Today))
		d.holds(passport(2))
		d.must(d.Withdraw(ctx, passport(2).Identity()))
	}
	d.create(passport(1), other)
	d.must(d.StartInit(ctx, "OTHER", Today)) // which is no load of the withdrawn record
	d.must(d.StartInit(ctx, "UTO", Today))
	d.must(d.Withdraw(ctx, other.Identity()))
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	d.must(d.AbortInit(ctx, "UTO"))
	d.insert("OTHER", other) // the notes of its load are still there
	d.must(d.FinalizeInit(ctx, "OTHER", Today))
	d.holds()
	d.create(passport(1), other)
	for _, owner := range []string{"UTO", "OTHER"} { // nothing is left of what was noted
		d.must(d.StartInit(ctx, owner, Today))
	}
	d.insert("UTO", passport(1))
	d.insert("OTHER", other)
	d.must(d.FinalizeInit(ctx, "OTHER", Today))
	d.must(d.FinalizeInit(ctx, "UTO", Today))
	d.holds(passport(1), other)
}

// Another owner may have the document, and did not withdraw it.
func anotherOwnersRecordComesByALoad(d desk) {
	theirs := passport(1)
	theirs.Owner = "OTHER"
	d.create(passport(1))
	d.must(d.StartInit(ctx, "", Today))
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	d.insert("", theirs)
	d.must(d.FinalizeInit(ctx, "", Today))
	d.holds(theirs)
	if owners := d.statistics().ByOwner; owners["OTHER"] != 1 {
		d.t.Errorf("the owners are %v", owners)
	}
}

func loadsExcludeEachOther(d desk) {
	d.must(d.StartInit(ctx, "UTO", Today))
	d.must(d.StartInit(ctx, "OTHER", Today))
	d.refused(d.StartInit(ctx, "UTO", Today), registry.ErrLoading)
	d.refused(d.StartInit(ctx, "", Today), registry.ErrLoading)
	d.refused(d.StartInit(ctx, "no owner", Today), registry.OwnerInvalid)
	d.refused(d.Create(ctx, passport(1), Today), registry.ErrLoading)
	d.refused(d.Insert(ctx, "THIRD", passport(1), Today), registry.ErrNotLoading)
	d.insert("UTO", passport(1))
	other := passport(2)
	other.Owner = "OTHER"
	d.insert("OTHER", other)
	d.must(d.FinalizeInit(ctx, "OTHER", Today))
	d.holds(other)
	d.must(d.FinalizeInit(ctx, "UTO", Today))
	d.holds(passport(1), other)
}

func aRecordOfALoadThatExpiredIsNotPublished(d desk) {
	soon := passport(1)
	soon.Expires = "2026-11-02"
	d.must(d.StartInit(ctx, "", Today))
	d.insert("", soon, passport(2))
	d.must(d.FinalizeInit(ctx, "", Today.AddDate(0, 0, 2)))
	d.holds(passport(2))
}
