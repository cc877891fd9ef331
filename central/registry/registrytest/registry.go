package registrytest

import (
	"context"
	"strings"
	"testing"

	"portcullis/cache/list"
	"portcullis/central/registry"
)

var ctx = context.Background()

// Registry tries how a registry behaves.
func Registry(t *testing.T, open Open) {
	for name, f := range map[string]func(desk){
		"ARecordIsThereOnce":                                 aRecordIsThereOnce,
		"ARecordComesBackAsItWasGiven":                       aRecordComesBackAsItWasGiven,
		"IdentityAndStatusNeverChange":                       identityAndStatusNeverChange,
		"AnUpdateReplacesTheRest":                            anUpdateReplacesTheRest,
		"OnlyTheOwnerChangesARecord":                         onlyTheOwnerChangesARecord,
		"AWithdrawnRecordIsGone":                             aWithdrawnRecordIsGone,
		"RetentionDependsOnTheKind":                          retentionDependsOnTheKind,
		"AnExtensionNeedsAReason":                            anExtensionNeedsAReason,
		"ExpiredRecordsAreWithdrawn":                         expiredRecordsAreWithdrawn,
		"OwnersAreToldOfWhatExpires":                         ownersAreToldOfWhatExpires,
		"ALoadReplacesTheRecordsOfItsOwner":                  aLoadReplacesTheRecordsOfItsOwner,
		"AnAbortedLoadLeavesTheOld":                          anAbortedLoadLeavesTheOld,
		"ALoadExtendsNothing":                                aLoadExtendsNothing,
		"AWithdrawnRecordDoesNotComeBackByALoad":             aWithdrawnRecordDoesNotComeBackByALoad,
		"AWithdrawnRecordDoesNotComeBackByWhatIsLoadedLater": aWithdrawnRecordDoesNotComeBackByWhatIsLoadedLater,
		"AnotherOwnersRecordComesByALoad":                    anotherOwnersRecordComesByALoad,
		"LoadsExcludeEachOther":                              loadsExcludeEachOther,
		"ChangesAreNet":                                      changesAreNet,
		"WithdrawnAndCreatedAgainIsNoChange":                 withdrawnAndCreatedAgainIsNoChange,
		"ChangesLeadFromOneListToTheNext":                    changesLeadFromOneListToTheNext,
		"ForgottenChangesAreRefused":                         forgottenChangesAreRefused,
		"StatisticsCountWhatIsThere":                         statisticsCountWhatIsThere,
		"NoErrorTellsANumber":                                noErrorTellsANumber,
		"ARecordOfALoadThatExpiredIsNotPublished":            aRecordOfALoadThatExpiredIsNotPublished,
	} {
		t.Run(name, func(t *testing.T) { f(newDesk(t, open(t))) })
	}
	for name, spoil := range spoiled {
		t.Run("ARegistryIsDamagedWith"+name, func(t *testing.T) { damageIsNoticed(t, open(t), spoil) })
	}
	t.Run("AStoreWithoutItsHeadIsNotTakenForEmpty", func(t *testing.T) { noHeadIsNotEmpty(t, open(t)) })
	t.Run("AnotherListOrKeyIsRefused", func(t *testing.T) { anotherListOrKeyIsRefused(t, open(t)) })
}

func anotherListOrKeyIsRefused(t *testing.T, s registry.Store) {
	d := newDesk(t, s)
	other, err := list.NewKey(make([]byte, list.KeySize))
	d.must(err)
	_, err = registry.Open(ctx, s, "sltd", other)
	d.refused(err, registry.ErrOtherList)
	_, err = registry.Open(ctx, s, "tdawn", Key())
	d.refused(err, registry.ErrOtherList)
	again, err := registry.Open(ctx, s, "sltd", Key())
	d.must(err)
	if again.ID() == "" || again.ID() != d.ID() {
		d.t.Errorf("the registry was %q, and is %q", d.ID(), again.ID())
	}
}

func aRecordIsThereOnce(d desk) {
	d.create(passport(1))
	again := passport(1)
	again.Number, again.Type = "ut-000001", "DIP" // the same class
	d.refused(d.Create(ctx, again, Today), registry.NumberPresent)
	again.Type = "IDC"
	d.create(again)
	again.IssuingState = "D"
	d.create(again)
	if n := d.statistics().Records; n != 3 {
		d.t.Errorf("%d records, want 3", n)
	}
}

func aRecordComesBackAsItWasGiven(d desk) {
	given := registry.Record{
		Number: "ut-000001", IssuingState: "UTO", Type: "dip", Status: "stolen", Date: "20261030", Country: "D", Reference: "R1",
		NCBReference: "N1", Info: "cover damaged", Issued: "2020-01-02", DocumentExpiry: "2030-01-01", Expires: "2028-01-01", Owner: "uto-2",
	}
	d.create(given)
	want := registry.Held{Record: given, Inserted: "2026-11-01", Changed: "2026-11-01"}
	want.Number, want.Type, want.Date, want.Owner = "UT000001", "DIP", "2026-10-30", "UTO-2"
	for _, kind := range []string{"DIP", "P"} {
		got, err := d.Retrieve(ctx, registry.Identity{Owner: "UTO-2", Number: "UT 000001", Type: kind, IssuingState: "UTO"})
		d.must(err)
		want.Key = got.Key
		if got != want {
			d.t.Error("the record came back changed")
		}
	}
	found, err := d.Find(ctx, "UT.000001", list.Passport, "UTO")
	again, err2 := d.ByKey(ctx, found.Key)
	if err != nil || err2 != nil || found != want || again != want {
		d.t.Errorf("whoever does not know the owner finds another record: %v, %v", err, err2)
	}
	for _, key := range []string{"", "00", "no key", found.Key[:20] + "5a5a5a"} {
		_, err := d.ByKey(ctx, key)
		d.refused(err, registry.NotFound)
	}
	_, err = d.Find(ctx, "UT000001", list.Visa, "UTO")
	d.refused(err, registry.NotFound)
	_, err = d.Find(ctx, "-", list.Visa, "UTO")
	d.refused(err, registry.NumberInvalid)
	for _, id := range []registry.Identity{
		{Owner: "UTO-2", Number: "UT000001", Type: "PAS", IssuingState: "UTO"},
		{Owner: "UTO-2", Number: "UT000001", Type: "I", IssuingState: "UTO"},
		{Owner: "UTO", Number: "UT000001", Type: "P", IssuingState: "UTO"},
		{Owner: "UTO-2", Number: "UT000002", Type: "P", IssuingState: "UTO"},
	} {
		_, err := d.Retrieve(ctx, id)
		d.refused(err, registry.NotFound)
	}
}

func identityAndStatusNeverChange(d desk) {
	d.create(passport(1))
	changed := passport(1)
	changed.Status = "stolen"
	d.refused(d.Update(ctx, changed, Today), registry.StatusNotUpdatable)
	for _, f := range []func(*registry.Record){
		func(r *registry.Record) { r.Number = "UT000002" },
		func(r *registry.Record) { r.Type = "DIP" },
		func(r *registry.Record) { r.IssuingState = "D" },
		func(r *registry.Record) { r.Owner = "OTHER" },
	} {
		changed := passport(1)
		f(&changed)
		d.refused(d.Update(ctx, changed, Today), registry.NotFound)
	}
	d.holds(passport(1))
}

func anUpdateReplacesTheRest(d desk) {
	d.create(passport(1))
	changed := passport(1)
	changed.Country, changed.Reference, changed.Date = "D", "R2", ""
	d.must(d.Update(ctx, changed, Today.AddDate(0, 0, 3)))
	d.holds(changed)
	got, err := d.Retrieve(ctx, changed.Identity())
	d.must(err)
	if got.Inserted != "2026-11-01" || got.Changed != "2026-11-04" || got.Expires != "2031-11-01" {
		d.t.Errorf("inserted %s, changed %s, kept until %s", got.Inserted, got.Changed, got.Expires)
	}
	changed.Expires = "2031-11-02"
	d.refused(d.Update(ctx, changed, Today.AddDate(0, 0, 3)), registry.ExtensionUnexplained)
}

func onlyTheOwnerChangesARecord(d desk) {
	d.create(passport(1))
	id := passport(1).Identity()
	id.Owner = "OTHER"
	d.refused(d.Withdraw(ctx, id), registry.NotFound)
	d.refused(d.Extend(ctx, id, "2028-01-01", "", Today), registry.NotFound)
	d.holds(passport(1))
}

func aWithdrawnRecordIsGone(d desk) {
	d.create(passport(1), passport(2))
	d.must(d.Withdraw(ctx, passport(1).Identity()))
	d.refused(d.Withdraw(ctx, passport(1).Identity()), registry.NotFound)
	d.holds(passport(2))
	d.create(passport(1))
	d.holds(passport(1), passport(2))
}

func statisticsCountWhatIsThere(d desk) {
	card := passport(1)
	card.Type, card.Owner = "IDC", "UTO-2"
	d.create(passport(1), passport(2), passport(3), card)
	d.must(d.Withdraw(ctx, passport(3).Identity()))
	s := d.statistics()
	if s.Records != 3 || s.ByStatus["lost"] != 3 || s.ByClass["P"] != 2 || s.ByClass["I"] != 1 || s.ByOwner["UTO"] != 2 || s.ByOwner["UTO-2"] != 1 {
		d.t.Errorf("got %+v", s)
	}
}

func noErrorTellsANumber(d desk) {
	d.create(passport(1))
	bad := passport(1)
	bad.Reference = strings.Repeat("UT000001", 5)
	id := passport(2).Identity()
	_, notFound := d.Retrieve(ctx, id)
	for _, err := range []error{
		d.Create(ctx, passport(1), Today), d.Create(ctx, bad, Today), d.Update(ctx, passport(2), Today), d.Withdraw(ctx, id),
		d.Extend(ctx, id, "UT000001", "UT000001", Today), d.Extend(ctx, passport(1).Identity(), "UT000001", "UT000001", Today), notFound,
	} {
		if err == nil || strings.Contains(err.Error(), "00000") {
			d.t.Errorf("got %v", err)
		}
	}
}
