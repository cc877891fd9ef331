package registrytest

import (
	"fmt"

	"portcullis/central/registry"
)

func retentionDependsOnTheKind(d desk) {
	blank, licence, notice := passport(2), passport(3), passport(4)
	blank.Status, blank.Country, blank.Lot = "stolen-blank", "", "LOT 1"
	licence.Type = "DRV"
	notice.Status = "notice-red"
	for record, want := range map[registry.Record]string{passport(1): "2031-11-01", blank: "2056-11-01", licence: "2036-11-01", notice: ""} {
		d.create(record)
		got, err := d.Retrieve(ctx, record.Identity())
		d.must(err)
		if got.Expires != want {
			d.t.Errorf("%s, %s is kept until %q, want %q", record.Type, record.Status, got.Expires, want)
		}
	}
}

func anExtensionNeedsAReason(d desk) {
	d.create(passport(1))
	id := passport(1).Identity()
	later := Today.AddDate(1, 0, 0)
	d.refused(d.Extend(ctx, id, "2032-10-31", "", later), registry.ExtensionUnexplained)
	d.refused(d.Extend(ctx, id, "2032-10-31", "BECAUSE", later), registry.ExtensionInvalid)
	d.refused(d.Extend(ctx, id, "2032-11-02", registry.PurposeNotAchieved, later), registry.RetentionTooLong)
	d.refused(d.Extend(ctx, id, "2027-10-31", "", later), registry.RetentionInPast)
	d.refused(d.Extend(ctx, id, "", "", later), registry.RetentionMissing)
	d.refused(d.Extend(ctx, id, "soon", "", later), registry.RetentionInvalid)
	d.must(d.Extend(ctx, id, "2032-11-01", registry.PurposeNotAchieved, later))
	got, err := d.Retrieve(ctx, id)
	d.must(err)
	if got.Expires != "2032-11-01" || got.Extension != registry.PurposeNotAchieved {
		d.t.Errorf("kept until %s for %q", got.Expires, got.Extension)
	}
	d.must(d.Extend(ctx, id, "2028-01-01", "", later)) // sooner needs none
}

func expiredRecordsAreWithdrawn(d desk) {
	soon, extended, again := passport(1), passport(2), passport(3)
	soon.Expires, extended.Expires, again.Expires = "2026-12-01", "2026-12-01", "2026-12-01"
	d.create(soon, extended, again, passport(4))
	d.must(d.Extend(ctx, extended.Identity(), "2026-12-03", registry.PurposeNotAchieved, Today))
	d.must(d.Withdraw(ctx, again.Identity()))
	again.Expires = ""
	d.create(again)
	for _, c := range []struct{ days, withdrawn int }{{30, 0}, {31, 1}, {31, 0}, {32, 0}, {33, 1}, {400, 0}} {
		got, err := d.Expire(ctx, Today.AddDate(0, 0, c.days))
		d.must(err)
		if got != c.withdrawn {
			d.t.Errorf("%d days on, %d records were withdrawn, want %d", c.days, got, c.withdrawn)
		}
	}
	d.holds(again, passport(4))
}

func ownersAreToldOfWhatExpires(d desk) {
	for i, day := range []string{"2027-05-01", "2027-05-02", "2026-11-01", "2027-01-01"} {
		r := passport(i)
		r.Expires = day
		d.create(r)
	}
	extended := passport(2)
	d.must(d.Extend(ctx, extended.Identity(), "2027-02-01", registry.PurposeNotAchieved, Today))
	again := passport(3) // told of by two hints, of which one counts
	d.must(d.Withdraw(ctx, again.Identity()))
	again.Expires = "2027-01-01"
	d.create(again)
	var got []string
	d.must(d.Expiring(ctx, Today, func(h registry.Held) error {
		got = append(got, h.Expires)
		return nil
	}))
	if want := "[2027-01-01 2027-02-01 2027-05-01]"; fmt.Sprint(got) != want {
		d.t.Errorf("told of %v, want %s", got, want)
	}
}
