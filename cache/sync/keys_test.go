package sync_test

import (
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// One stolen online key of timestamp and snapshot: its holder can withhold, and
// nothing else.
func TestAttackWithAStolenOnlineKey(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)

	r := d.server.repository
	good := r.Files()
	forged := publisher().Release(t, records[:11_000])
	forged.Manifest.Sequence = 2
	data, err := forged.Manifest.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r.Put(feed.ListRole, feed.ReleasePath("sltd"), data)
	r.SignTargets(feed.ListRole, r.NewKey()) // which the thief has not
	r.SignSnapshot(r.Keys["snapshot"][0])
	r.SignTimestamp(r.Keys["timestamp"][0])
	d.server.republish()
	d.mustFail(t, sync.WrongKey)
	d.mustHold(t, one, records)

	// The publisher gives both roles new keys, and what the thief drove up falls.
	r.Reset(good)
	r.Rotate("snapshot")
	r.Rotate("timestamp")
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
}

// One stolen list key: its holder can change a list, but neither shrink it by
// more than a tenth nor number releases anew; and its loss ends it.
func TestAttackWithAStolenListKey(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)

	thief := *p
	emptied := thief.Release(t, records[:100])
	d.server.publish(emptied)
	d.mustFail(t, sync.Shrunk)
	d.mustHold(t, one, records)

	// Nor by many releases, each of which takes a little.
	thief = *p
	for n := 11_500; n > 10_000; n -= 500 {
		d.server.publish(thief.Release(t, records[:n]))
		d.Once(t.Context())
	}
	if n := len(d.store.Records("sltd")); n < 12_000*9/10 {
		t.Errorf("the list was taken down to %d records", n)
	}

	// His approvals are none.
	data, err := emptied.Manifest.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r := d.server.repository
	r.Put(feed.BulkRole, feed.ApprovalPath("sltd"), data)
	r.SignTargets(feed.BulkRole, r.Keys[feed.ListRole][0], r.Keys[feed.BulkRole][0])
	r.SignSnapshot(r.Keys["snapshot"][0])
	r.SignTimestamp(r.Keys["timestamp"][0])
	d.server.republish()
	d.mustFail(t, sync.WrongKey)
	d.store.Records("sltd")

	// The key is revoked, and the list published forward.
	r.Revoke(feed.ListRole, r.Keys[feed.ListRole][0])
	good := &feedtest.Publisher{List: "sltd", ShardBits: 6}
	var forward feedtest.Release
	for range 10 {
		forward = good.Release(t, records)
	}
	r.Touch(feed.BulkRole)
	d.server.publish(forward)
	d.mustSucceed(t)
	d.mustHold(t, forward, records)
}

func TestAListIsEmptiedWithTheApprovalOfTwo(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	two := p.Release(t, records[:100])
	d.server.publish(two)
	d.mustFail(t, sync.Shrunk)
	d.server.repository.Approve(two)
	d.mustRecover(t, two, records[:100])
	three := p.Release(t, records[:95])
	d.server.publish(three)
	d.mustSucceed(t)
	d.mustHold(t, three, records[:95])
}

// Two approved what could not be fetched while their word was good: it is not
// taken afterwards, though nobody but the timestamp says anything new.
func TestAnApprovalThatWasFetchedExpires(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	r := d.server.repository
	two := p.Release(t, records[:100])
	r.Approve(two)
	r.Now = r.Now.AddDate(0, 0, 10)
	d.server.publish(two)
	for name := range two.Files {
		r.Set("sltd/"+name, nil)
	}
	d.server.republish()
	d.mustFail(t, sync.FetchFailed)
	r.Now = r.Now.AddDate(0, 0, 85)
	for name, data := range two.Files {
		r.Set("sltd/"+name, data)
	}
	r.SignSnapshot(r.Keys["snapshot"][0])
	r.SignTimestamp(r.Keys["timestamp"][0])
	d.server.republish()
	d.mustFail(t, sync.Shrunk)
}

// The list is taken from the role that signs it, which has signed nothing since.
func TestAListThatItsRoleMayNotNameAnyMoreIsRefused(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	d.server.publish(p.Release(t, records))
	d.mustSucceed(t)
	r := d.server.repository
	for i, role := range r.Targets["targets"].Signed.Delegations.Roles {
		if role.Name == feed.ListRole {
			r.Targets["targets"].Signed.Delegations.Roles[i].Paths = []string{"other/*"}
		}
	}
	r.SignTargets("targets", r.Signers("targets")...)
	r.SignSnapshot(r.Keys["snapshot"][0])
	r.SignTimestamp(r.Keys["timestamp"][0])
	d.server.republish()
	d.mustFail(t, sync.OtherList)
}

// Two releases under one number.
func TestAttackForkedRelease(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	d.server.publish(publisher().Release(t, records[10:]))
	d.mustFail(t, sync.Forked)
	d.mustHold(t, one, records)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.mustSucceed(t)
	d.mustHold(t, two, records[10:])
}

// The offline roles of a publisher were not renewed in time: devices say so, and
// take what comes when they are.
func TestRolesWhoseTimeIsOverAreToldOf(t *testing.T) {
	d, p := newDevice(t, nil), publisher()
	one := p.Release(t, records)
	d.server.publish(one)
	d.mustSucceed(t)
	r := d.server.repository
	// The list role too, which whoever has the online keys cannot renew.
	r.Now = r.Now.AddDate(0, 0, 91)
	r.SignSnapshot(r.Keys["snapshot"][0])
	r.SignTimestamp(r.Keys["timestamp"][0])
	d.server.republish()
	d.mustFail(t, sync.Lapsed)
	r.Touch(feed.ListRole)
	r.Publish()
	d.server.republish()
	d.mustSucceed(t)
	r.Now = r.Now.AddDate(1, 1, 0)
	two := p.Release(t, records[10:])
	d.server.publish(two)
	d.mustFail(t, sync.Lapsed)
	d.mustHold(t, one, records)
	r.Touch("targets")
	r.Touch(feed.BulkRole)
	r.Publish()
	d.server.republish()
	if err := d.Once(t.Context()); sync.CodeOf(err) != sync.Current {
		t.Errorf("once they are renewed: %v", err)
	}
	d.mustHold(t, two, records[10:])
}
