package roles_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

// replace makes the rotation by which a new key takes the place of a role's
// first, and has the folders follow.
func (p *publisher) replace(t testing.TB, role string) (change roles.Rotation, old string) {
	t.Helper()
	dir, key := newKey(t)
	old = ringOf(t, p.at[role][0]).Keys()[0].ID
	p.at[role] = append(slices.Clone(p.at[role][1:]), dir)
	return roles.Rotation{Role: role, Add: []keys.Public{key}, Revoke: []string{old[:16]}}, old
}

func (p *publisher) sign(t testing.TB, ring *keys.Ring, drafts ...roles.Draft) []roles.Draft {
	t.Helper()
	signed, err := p.Sign(ring, drafts...)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func (p *publisher) mustPublish(t testing.TB, at time.Time, ring *keys.Ring, drafts ...roles.Draft) {
	t.Helper()
	if err := p.Publish(at, ring, drafts...); err != nil {
		t.Fatal(err)
	}
}

func (p *publisher) rotate(t testing.TB, at time.Time, changes ...roles.Rotation) roles.Draft {
	t.Helper()
	d, err := p.Rotate(at, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEveryRoleOfTheRootCanBeRotated(t *testing.T) {
	for _, role := range []string{roles.Root, roles.Snapshot, roles.Timestamp, roles.Offline} {
		t.Run(role, func(t *testing.T) {
			p := newPublisher(t)
			p.update(t, after(1), "one")
			d := newDevice(t, p.dir)
			d.mustSay(t, p.dir, after(1), "one")

			before := slices.Concat(p.at[roles.Root], p.at[roles.Snapshot], p.at[roles.Timestamp])
			change, old := p.replace(t, role)
			draft := p.rotate(t, after(time.Hour), change)
			all := ringOf(t, slices.Concat(before, p.at[roles.Root], p.at[roles.Snapshot], p.at[roles.Timestamp])...)
			p.mustPublish(t, after(time.Hour), all, p.sign(t, all, draft)...)
			d.mustSay(t, p.dir, after(time.Hour), "one")
			if d.is.Root.Signed.Version != 2 || d.is.Root.Signed.Keys[old] != nil {
				t.Errorf("root %d has the revoked key: %v", d.is.Root.Signed.Version, d.is.Root.Signed.Keys[old] != nil)
			}
			p.update(t, after(2*time.Hour), "two") // without the old keys
			d.mustSay(t, p.dir, after(2*time.Hour), "two")
			newDevice(t, p.dir).mustSay(t, p.dir, after(2*time.Hour), "two")
		})
	}
}

func TestADeviceThatWasOffFollowsSeveralRoots(t *testing.T) {
	p := newPublisher(t)
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, noon, "")
	for i := range 3 {
		at := after(time.Duration(i+1) * time.Hour)
		old := p.ring(t, roles.Root)
		change, _ := p.replace(t, roles.Root)
		draft := p.rotate(t, at, change)
		p.mustPublish(t, at, p.online(t), p.sign(t, p.ring(t, roles.Root), p.sign(t, old, draft)...)...)
	}
	p.update(t, after(4*time.Hour), "two")
	d.mustSay(t, p.dir, after(4*time.Hour), "two")
	if v := d.is.Root.Signed.Version; v != 4 {
		t.Errorf("root %d, want 4", v)
	}
}

func TestPeopleInDifferentPlacesSignOneAfterTheOtherOrEachACopy(t *testing.T) {
	p := newPublisher(t)
	draft := p.rotate(t, after(time.Hour), roles.Rotation{Role: roles.Root})
	one := p.sign(t, ringOf(t, p.at[roles.Root][0]), draft)
	two := p.sign(t, ringOf(t, p.at[roles.Root][1]), one...)
	copied := p.sign(t, ringOf(t, p.at[roles.Root][4]), draft)
	for name, drafts := range map[string][]roles.Draft{"none": {draft}, "one": one, "two": two, "the same twice": append(one, two...)} {
		if err := p.Publish(after(time.Hour), p.online(t), drafts...); !errors.Is(err, roles.ErrThreshold) {
			t.Errorf("%s: %v, want %v", name, err, roles.ErrThreshold)
		}
	}
	reviews, err := p.Review(append(two, copied...)...)
	if err != nil || len(reviews) != 1 || !reviews[0].Quorums[0].Reached() || len(reviews[0].Quorums[0].Waiting) != 2 {
		t.Errorf("%+v, %v", reviews, err)
	}
	p.mustPublish(t, after(time.Hour), p.online(t), append(two, copied...)...)
	newDevice(t, p.dir).mustSay(t, p.dir, after(time.Hour), "")
}

func TestARootNeedsThoseBeforeAndThoseAfter(t *testing.T) {
	p := newPublisher(t)
	old := p.ring(t, roles.Root)
	var add []keys.Public
	var revoke, fresh []string
	for _, key := range old.Keys()[:3] {
		dir, public := newKey(t)
		add, revoke, fresh = append(add, public), append(revoke, key.ID), append(fresh, dir)
	}
	draft := p.rotate(t, after(time.Hour), roles.Rotation{Role: roles.Root, Add: add, Revoke: revoke})
	for name, ring := range map[string]*keys.Ring{"before": ringOf(t, keep(t, p.at[roles.Root], revoke)...), "after": ringOf(t, fresh...)} {
		if err := p.Publish(after(time.Hour), p.online(t), p.sign(t, ring, draft)...); !errors.Is(err, roles.ErrThreshold) {
			t.Errorf("%s alone: %v, want %v", name, err, roles.ErrThreshold)
		}
	}
	p.mustPublish(t, after(time.Hour), p.online(t), p.sign(t, ringOf(t, append(fresh, p.at[roles.Root]...)...), draft)...)
	newDevice(t, p.dir).mustSay(t, p.dir, after(time.Hour), "")
}

// keep returns the folders whose keys are not revoked.
func keep(t *testing.T, dirs, revoked []string) (kept []string) {
	for _, dir := range dirs {
		if !slices.Contains(revoked, ringOf(t, dir).Keys()[0].ID) {
			kept = append(kept, dir)
		}
	}
	return kept
}

func TestABadCopyOfASignatureTakesNoGoodOnesPlace(t *testing.T) {
	p := newPublisher(t)
	draft := p.sign(t, p.ring(t, roles.Root), p.rotate(t, after(time.Hour), roles.Rotation{Role: roles.Root}))[0]
	doc, _ := metadata.Root().FromBytes(draft.Data)
	for i := range doc.Signatures {
		doc.Signatures[i].Signature = slices.Repeat([]byte{7}, 64)
	}
	bad, _ := doc.ToBytes(false)
	if err := p.Publish(after(time.Hour), p.online(t), roles.Draft{Name: draft.Name, Data: bad}); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("%v, want %v", err, roles.ErrThreshold)
	}
	copied := roles.Draft{Name: draft.Name, Data: bad}
	for _, drafts := range [][]roles.Draft{{draft, copied}, {copied, draft}} {
		if reviews, err := p.Review(p.sign(t, ringOf(t, t.TempDir()), drafts...)...); err != nil || len(reviews[0].Quorums[0].Signed) != 5 {
			t.Errorf("%+v, %v", reviews, err)
		}
	}
	p.mustPublish(t, after(time.Hour), p.online(t), draft, copied)
}

func TestRolesBelowTargetsAreRotatedByTargets(t *testing.T) {
	p := newPublisher(t)
	p.update(t, after(1), "one")
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, after(1), "one")
	change, old := p.replace(t, roles.List)
	draft := p.rotate(t, after(time.Hour), change)
	if err := p.Publish(after(time.Hour), p.online(t), p.sign(t, ringOf(t, p.at[roles.Targets][0]), draft)...); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("one of two: %v, want %v", err, roles.ErrThreshold)
	}
	p.mustPublish(t, after(time.Hour), p.online(t), p.sign(t, p.ring(t, roles.Targets), draft)...)
	d.mustSay(t, p.dir, after(time.Hour), "one")
	if d.is.Targets["targets"].Signed.Delegations.Keys[old] != nil {
		t.Error("the revoked key is still there")
	}
	p.update(t, after(2*time.Hour), "two")
	d.mustSay(t, p.dir, after(2*time.Hour), "two")
	alone := ringOf(t, append(slices.Concat(p.at[roles.Snapshot], p.at[roles.Timestamp]), t.TempDir())...)
	if err := p.Update(after(3*time.Hour), alone, says1("three")); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("without a list key: %v, want %v", err, roles.ErrThreshold)
	}
}

func TestTheKeysOfTargetsChangeWithTheDocumentThatTheySign(t *testing.T) {
	for _, lost := range []bool{false, true} {
		p := newPublisher(t)
		p.update(t, after(1), "one")
		d := newDevice(t, p.dir)
		d.mustSay(t, p.dir, after(1), "one")
		was := p.ring(t, roles.Targets, roles.Root)
		var changes roles.Rotation
		changes.Role = roles.Targets
		for range 3 {
			c, _ := p.replace(t, roles.Targets)
			changes.Add, changes.Revoke = append(changes.Add, c.Add...), append(changes.Revoke, c.Revoke...)
		}
		root := p.rotate(t, after(time.Hour), changes)
		if err := p.Publish(after(time.Hour), p.online(t), p.sign(t, was, root)...); !errors.Is(err, roles.ErrThreshold) || !strings.Contains(err.Error(), "propose it") {
			t.Errorf("the root alone: %v, want %v", err, roles.ErrThreshold)
		}
		targets, err := p.Propose(after(time.Hour), roles.Change{Role: roles.Targets})
		if err != nil {
			t.Fatal(err)
		}
		both := p.sign(t, p.ring(t, roles.Root, roles.Targets), root, targets)
		if !lost {
			both = p.sign(t, was, both...)
		}
		p.mustPublish(t, after(time.Hour), p.online(t), both...)
		d.mustSay(t, p.dir, after(time.Hour), "one")
		newDevice(t, p.dir).mustSay(t, p.dir, after(time.Hour), "one")
	}
}

func TestAnApprovalTakesTwoPeople(t *testing.T) {
	p := newPublisher(t)
	approve := roles.Change{Role: roles.Bulk, Put: map[string][]byte{"sltd/approval.json": []byte("yes")}}
	one, other := ringOf(t, p.at[roles.Bulk][0]), ringOf(t, p.at[roles.Bulk][1])
	if err := p.Update(after(1), p.online(t), approve); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("online: %v, want %v", err, roles.ErrThreshold)
	}
	draft, err := p.Propose(after(1), approve)
	if err != nil {
		t.Fatal(err)
	}
	half := p.sign(t, one, draft)
	if err := p.Publish(after(1), p.online(t), half...); !errors.Is(err, roles.ErrThreshold) {
		t.Errorf("one person: %v, want %v", err, roles.ErrThreshold)
	}
	p.mustPublish(t, after(1), p.online(t), p.sign(t, other, half...)...)
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, after(1), "")
	if got := d.says(t, p.dir, "bulk", "sltd/approval.json"); got != "yes" {
		t.Errorf("the approval says %q", got)
	}
	if err := p.Publish(after(2), p.online(t), p.sign(t, other, half...)...); !errors.Is(err, roles.ErrOutdated) {
		t.Errorf("again: %v, want %v", err, roles.ErrOutdated)
	}
}

func TestADraftUndoesNothingThatCameBetween(t *testing.T) {
	p := newPublisher(t)
	ring := p.ring(t, roles.Firmware)
	propose := func(name string) roles.Draft {
		d, err := p.Propose(after(1), roles.Change{Role: roles.Firmware, Put: map[string][]byte{"firmware/" + name: []byte(name)}})
		if err != nil {
			t.Fatal(err)
		}
		return p.sign(t, ring, d)[0]
	}
	a, b := propose("a"), propose("b")
	p.mustPublish(t, after(1), p.online(t), a)
	if err := p.Publish(after(2), p.online(t), b); !errors.Is(err, roles.ErrOutdated) {
		t.Errorf("%v, want %v", err, roles.ErrOutdated)
	}
}

func TestARoleNamesItsOwnTargetsAlone(t *testing.T) {
	p := newPublisher(t)
	ring := p.ring(t, roles.List, roles.Bulk, roles.Firmware, roles.Targets, roles.Snapshot, roles.Timestamp)
	for role, target := range map[string]string{
		roles.List: "sltd/approval.json", roles.Bulk: "sltd/release.json", roles.Firmware: "sltd/release.json", roles.Targets: "sltd/release.json", roles.Root: "x/release.json", "": "x/release.json",
	} {
		for _, name := range []string{target, "../release.json", "a/b/release.json", "/release.json"} {
			if err := p.Update(after(1), ring, roles.Change{Role: role, Put: map[string][]byte{name: nil}}); err == nil {
				t.Errorf("%q may name %q", role, name)
			}
		}
	}
	if left, _ := os.ReadDir(p.file("sltd")); len(left) > 0 {
		t.Errorf("files were written: %v", left)
	}
}

func TestAnExpiredRootCanBeRotated(t *testing.T) {
	p := newPublisher(t)
	late := after(3 * 365 * day)
	if err := newDevice(t, p.dir).follow(p.dir, late); err == nil {
		t.Fatal("nothing has expired")
	}
	if err := p.Refresh(late, p.online(t)); !errors.Is(err, roles.ErrSelfTest) || !strings.Contains(err.Error(), "root.json is expired") {
		t.Errorf("%v, want %v", err, roles.ErrSelfTest)
	}
	both := []roles.Draft{p.rotate(t, late, roles.Rotation{Role: roles.Root})}
	targets, err := p.Propose(late, roles.Change{Role: roles.Targets})
	if err != nil {
		t.Fatal(err)
	}
	p.mustPublish(t, late, p.online(t), p.sign(t, p.ring(t, roles.Root, roles.Targets), append(both, targets)...)...)
	newDevice(t, p.dir).mustSay(t, p.dir, late, "")
}

func TestAClockThatWasAheadIsForgottenWithItsKey(t *testing.T) {
	p := newPublisher(t)
	d := newDevice(t, p.dir)
	p.update(t, after(25*day), "one") // by mistake
	d.mustSay(t, p.dir, after(25*day), "one")
	if err := p.Refresh(after(time.Hour), p.online(t)); !errors.Is(err, roles.ErrClock) {
		t.Errorf("%v, want %v", err, roles.ErrClock)
	}
	change, _ := p.replace(t, roles.Timestamp)
	draft := p.rotate(t, after(time.Hour), change)
	p.mustPublish(t, after(time.Hour), p.online(t), p.sign(t, p.ring(t, roles.Root), draft)...)
	d.mustSay(t, p.dir, after(time.Hour), "one")
	p.update(t, after(2*time.Hour), "two")
	d.mustSay(t, p.dir, after(2*time.Hour), "two")
}
