package trust_test

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"slices"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// evil publishes a target of a role, signed by the thief's keys.
func evil(p *trusttest.Publisher, role, path string, stolen ...trusttest.Key) {
	p.Put(role, path, []byte("evil"))
	p.SignTargets(role, stolen...)
	sign(p)
}

// TestStolenKeysReachNoFurtherThanTheirRole has all thieves hold the online
// keys of timestamp and snapshot too.
func TestStolenKeysReachNoFurtherThanTheirRole(t *testing.T) {
	for _, c := range []struct {
		role, path string
		stolen     func(p *trusttest.Publisher) []trusttest.Key
	}{
		{"list", manifest, func(p *trusttest.Publisher) []trusttest.Key {
			return append(p.Keys["timestamp"], p.Keys["snapshot"]...)
		}},
		{"bulk", "border/approval.json", func(p *trusttest.Publisher) []trusttest.Key { return p.Keys["list"] }},
		{"firmware", "firmware/box", func(p *trusttest.Publisher) []trusttest.Key { return p.Keys["list"] }},
		{"bulk", "border/approval.json", func(p *trusttest.Publisher) []trusttest.Key {
			return append(p.Keys["bulk"][:1:1], p.Keys["list"]...)
		}},
		{"firmware", "firmware/box", func(p *trusttest.Publisher) []trusttest.Key { return p.Keys["firmware"][2:] }},
		{"list", manifest, func(p *trusttest.Publisher) []trusttest.Key { return []trusttest.Key{p.NewKey()} }},
		{"list", manifest, func(p *trusttest.Publisher) []trusttest.Key { return nil }},
		{"targets", manifest, func(p *trusttest.Publisher) []trusttest.Key {
			return append(p.Keys["targets"][:1:1], p.Keys["root"]...)
		}},
	} {
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		evil(p, c.role, c.path, c.stolen(p)...)
		if err := d.refuses(p); !errors.Is(err, trust.ErrSignature) {
			t.Errorf("%s: %v", c.role, err)
		}
	}
}

// The thief signs with a good list key, for paths that are not the list's.
func TestAListKeyCannotNameWhatOtherRolesName(t *testing.T) {
	p := published(t)
	paths := []string{"firmware/box", "border/approval.json", "a/b/release.json", "release.json"}
	for _, path := range paths {
		p.Put("list", path, []byte("evil"))
	}
	p.Publish()
	m := newDevice(t, p).refreshes(p)
	if got := m.Targets("list"); !slices.Equal(got, []string{manifest}) {
		t.Errorf("the list names %v", got)
	}
	for _, role := range []string{"list", "bulk", "firmware"} {
		for _, path := range paths {
			if _, err := m.Fetch(context.Background(), p, role, path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s under %s: %v", path, role, err)
			}
		}
	}
}

func TestAPathThatLeavesTheFolderIsNoTarget(t *testing.T) {
	p := published(t)
	p.Put("list", "../release.json", []byte("evil"))
	p.Put("firmware", "firmware/..", []byte("evil"))
	p.Publish()
	m := newDevice(t, p).refreshes(p)
	for role, path := range map[string]string{"list": "../release.json", "firmware": "firmware/.."} {
		if _, err := m.Fetch(context.Background(), p, role, path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestARevokedKeySignsNoMore(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	stolen := p.Keys["list"][0]
	p.Revoke("list", stolen)
	d.refreshes(p)
	d.holds(p, "list", manifest, "one")
	evil(p, "list", manifest, stolen)
	if err := d.refuses(p); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("%v", err)
	}
}

func TestEachRoleCanBeGivenNewKeys(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	for _, role := range append([]string{"root", trusttest.Local}, everyRole...) {
		p.Rotate(role)
		d.refreshes(p)
		d.holds(p, "list", manifest, "one")
	}
	if m := newDevice(t, p).refreshes(p); m.Versions()["root"] != 6 {
		t.Errorf("a new device has root %d", m.Versions()["root"])
	}
}

// fastForward has a thief sign the greatest version of a role, and the publisher
// go on from where it was.
func fastForward(t *testing.T, p *trusttest.Publisher, d device, role string) {
	t.Helper()
	was := *version(p, role)
	*version(p, role) = math.MaxInt64 - 1
	switch role {
	case "timestamp":
		p.SignTimestamp(p.Signers(role)...)
	case "snapshot":
		sign(p)
	default:
		p.SignTargets(role, p.Signers(role)...)
		sign(p)
	}
	d.refreshes(p)
	*version(p, role) = was
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	var older *trust.OlderError
	if err := d.refuses(p); !errors.As(err, &older) || older.Role != role {
		t.Fatalf("%s: %v", role, err)
	}
}

// TestVersionsThatAThiefDroveUpEndWithTheKeys is TUF §5.3.11. The thief of
// snapshot and of the roles below leaves the timestamp's key as it is.
func TestVersionsThatAThiefDroveUpEndWithTheKeys(t *testing.T) {
	for role, rotate := range map[string]string{
		"timestamp": "timestamp", "snapshot": "snapshot", "list": "snapshot", "targets": "snapshot", "firmware": "snapshot",
	} {
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		fastForward(t, p, d, role)
		p.Rotate(rotate)
		m := d.refreshes(p)
		d.holds(p, "list", manifest, "two")
		if v := m.Versions()[role]; v > 100 {
			t.Errorf("%s has still version %d", role, v)
		}
	}
}

// nextRoot offers a root that follows, signed by some keys of the old root and
// some of its own.
func nextRoot(t *testing.T, p *trusttest.Publisher, edit func(*metadata.RootType), old, own int) {
	before := slices.Clone(p.Keys["root"][:old])
	p.Rotate("root")
	edit(&p.Root.Signed)
	keys := append(before, p.Keys["root"][:own]...)
	p.Set("2.root.json", trusttest.Sign(t, p.Root, keys...))
}

func TestARootThatDoesNotFollowIsRefused(t *testing.T) {
	same := func(*metadata.RootType) {}
	for _, c := range []struct {
		name     string
		old, own int
		edit     func(*metadata.RootType)
		want     error
	}{
		{"signed by too few of the old keys", 2, 5, same, trust.ErrSignature},
		{"signed by too few of its own keys", 5, 2, same, trust.ErrSignature},
		{"signed by its own keys alone", 0, 5, same, trust.ErrSignature},
		{"another version", 3, 3, func(r *metadata.RootType) { r.Version = 3 }, trust.ErrMixed},
		{"the same version", 3, 3, func(r *metadata.RootType) { r.Version = 1 }, trust.ErrMixed},
		{"no threshold", 3, 3, func(r *metadata.RootType) { r.Roles["root"].Threshold = 0 }, trust.ErrMalformed},
		{"a field that is no list", 3, 3, func(r *metadata.RootType) { r.UnrecognizedFields["x-local-only"] = "all" }, trust.ErrMalformed},
		{"a list of numbers", 3, 3, func(r *metadata.RootType) { r.UnrecognizedFields["x-local-only"] = []any{1} }, trust.ErrMalformed},
	} {
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		nextRoot(t, p, c.edit, c.old, c.own)
		if err := d.refuses(p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestARootThatIsProvisionedNewerThanTheShelfIsUsed(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	old := p.Files()
	for range 3 {
		p.Rotate("root")
	}
	d.Root = p.File("4.root.json")
	p.Set("2.root.json", nil) // long gone
	p.Set("3.root.json", nil)
	p.Rotate("list")
	if m := d.refreshes(p); m.Versions()["root"] != 4 {
		t.Errorf("root %d", m.Versions()["root"])
	}
	d.holds(p, "list", manifest, "one")
	p.Reset(old)
	var older *trust.OlderError
	if err := d.refuses(p); !errors.As(err, &older) {
		t.Errorf("a replay: %v", err)
	}
}

// What was held before the program came with a newer root is still a bound.
func TestANewerProvisionedRootLosesNothing(t *testing.T) {
	p := published(t)
	old := p.Files()
	p.Publish()
	d := newDevice(t, p)
	d.refreshes(p)
	p.Rotate("root")
	d.Root = p.File("2.root.json")
	p.Reset(old)
	var older *trust.OlderError
	if err := d.refuses(p); !errors.As(err, &older) {
		t.Errorf("%v", err)
	}
}

// A root may bring keys back that another took away. What was held under them
// at first does not come back with them, even if nothing was held in between.
func TestKeysThatComeBackBringNothingBack(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	keys, was := p.Keys["timestamp"], *version(p, "timestamp")
	fastForward(t, p, d, "timestamp")
	p.Rotate("timestamp")
	good := p.File("timestamp.json")
	p.Set("timestamp.json", []byte("{}"))
	if _, err := trust.Refresh(context.Background(), d.Options, p); err == nil {
		t.Fatal("an empty timestamp was taken")
	}
	p.Set("timestamp.json", good)
	p.Keys["timestamp"] = keys
	p.SignRoot()
	p.Publish()
	if v := d.refreshes(p).Versions()["timestamp"]; v > was+10 {
		t.Errorf("version %d", v)
	}
}
