package roles_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"portcullis/central/roles"
)

func TestOneProgramChangesARepositoryAtATime(t *testing.T) {
	p := newPublisher(t)
	unlock, err := roles.Dir(p.dir).Lock()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Update(after(1), p.online(t), says1("one")); !errors.Is(err, roles.ErrBusy) {
		t.Errorf("%v, want %v", err, roles.ErrBusy)
	}
	unlock()
	p.update(t, after(1), "one")
}

func TestUpdatesAtOnceLoseNothing(t *testing.T) {
	p := newPublisher(t)
	lists := []string{"a", "b", "c", "d"}
	done := make(chan error)
	for _, name := range lists {
		ring := p.online(t)
		go func() {
			err := roles.ErrBusy
			for errors.Is(err, roles.ErrBusy) {
				err = p.Update(after(1), ring, roles.Change{Role: roles.List, Put: map[string][]byte{name + "/release.json": []byte(name)}})
			}
			done <- err
		}()
	}
	for range lists {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	d := newDevice(t, p.dir)
	d.mustSay(t, p.dir, after(1), "")
	for _, name := range lists {
		if got := d.says(t, p.dir, "list", name+"/release.json"); got != name {
			t.Errorf("list %s holds %q", name, got)
		}
	}
}

func TestTheSameStateTimeAndKeysGiveTheSameBytes(t *testing.T) {
	p := newPublisher(t)
	copied := filepath.Join(t.TempDir(), "repo")
	if err := os.CopyFS(copied, os.DirFS(p.dir)); err != nil {
		t.Fatal(err)
	}
	p.update(t, after(time.Hour), "one")
	other, err := roles.Open(roles.Dir(copied), nil)
	if err == nil {
		err = other.Update(after(time.Hour), p.online(t), says1("one"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(folder(t, p.dir), folder(t, copied)) {
		t.Error("the folders differ")
	}
}

func TestNoRepositoryIsMadeOverAnother(t *testing.T) {
	p := newPublisher(t)
	before := folder(t, p.dir)
	ring := p.ring(t, slices.Collect(maps.Keys(sizes))...)
	if _, err := roles.Init(roles.Dir(p.dir), p.plan, ring, after(1)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want %v", err, fs.ErrExist)
	}
	if !maps.Equal(before, folder(t, p.dir)) {
		t.Error("a file has changed")
	}
}

func TestPlansThatNobodyCouldWorkByAreRefused(t *testing.T) {
	p := newPublisher(t)
	ring := p.ring(t, slices.Collect(maps.Keys(sizes))...)
	for name, spoil := range map[string]func(roles.Plan){
		"no root":           func(plan roles.Plan) { plan[roles.Root] = roles.Role{} },
		"too high":          func(plan roles.Plan) { r := plan[roles.List]; r.Threshold = 3; plan[roles.List] = r },
		"nobody":            func(plan roles.Plan) { r := plan[roles.Bulk]; r.Threshold = 0; plan[roles.Bulk] = r },
		"over at once":      func(plan roles.Plan) { r := plan[roles.Timestamp]; r.Validity = 0; plan[roles.Timestamp] = r },
		"a role of its own": func(plan roles.Plan) { plan["other"] = plan[roles.List] },
		"one key twice":     func(plan roles.Plan) { r := plan[roles.Bulk]; r.Keys[1] = r.Keys[0]; plan[roles.Bulk] = r },
	} {
		plan := maps.Clone(p.plan)
		for role, r := range plan {
			r.Keys = slices.Clone(r.Keys)
			plan[role] = r
		}
		spoil(plan)
		dir := filepath.Join(t.TempDir(), "repo")
		if _, err := roles.Init(roles.Dir(dir), plan, ring, noon); err == nil {
			t.Errorf("%s: it was made", name)
		}
		if _, err := os.Stat(filepath.Join(dir, "1.root.json")); err == nil {
			t.Errorf("%s: a root was written", name)
		}
	}
}

func TestAStrangeRepositoryIsNotSignedOver(t *testing.T) {
	p, strange := newPublisher(t), publisherWith(t, keysIn(t.TempDir()))
	anchor, _ := os.ReadFile(p.file("1.root.json"))
	if _, err := roles.Open(roles.Dir(strange.dir), anchor); !errors.Is(err, roles.ErrSignature) {
		t.Errorf("%v, want %v", err, roles.ErrSignature)
	}
	if _, err := roles.Open(roles.Dir(p.dir), anchor); err != nil {
		t.Error(err)
	}
	ring := strange.ring(t, roles.Root, roles.Snapshot, roles.Timestamp)
	strange.mustPublish(t, noon, ring, strange.sign(t, ring, strange.rotate(t, noon, roles.Rotation{Role: roles.Root}))...)
	for name := range folder(t, strange.dir) { // one strange file
		if name == "1.root.json" || name == "2.snapshot.json" {
			continue
		}
		mixed := filepath.Join(t.TempDir(), "repo")
		if err := os.CopyFS(mixed, os.DirFS(p.dir)); err != nil {
			t.Fatal(err)
		}
		data, _ := os.ReadFile(strange.file(name))
		if err := os.WriteFile(filepath.Join(mixed, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := roles.Open(roles.Dir(mixed), anchor); !errors.Is(err, roles.ErrSignature) {
			t.Errorf("%s: %v, want %v", name, err, roles.ErrSignature)
		}
	}
}

func TestATargetIsReadAsItWasPut(t *testing.T) {
	p := newPublisher(t)
	if _, err := p.Target(roles.List, "sltd/release.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, want %v", err, fs.ErrNotExist)
	}
	p.update(t, after(1), "one")
	if data, err := p.Target(roles.List, "sltd/release.json"); string(data) != "one" || err != nil {
		t.Errorf("%q, %v", data, err)
	}
	if err := os.WriteFile(p.file(roles.TargetFile("sltd/release.json", []byte("one"))), []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Target(roles.List, "sltd/release.json"); err == nil {
		t.Error("a changed file was read")
	}
	if err := p.Update(after(2), p.online(t), roles.Change{Role: roles.List, Drop: []string{"sltd/release.json"}}); err != nil {
		t.Fatal(err)
	}
	newDevice(t, p.dir).mustSay(t, p.dir, after(2), "")
}

func TestStatusTellsWhatToSignAnewBeforeItIsOver(t *testing.T) {
	p := newPublisher(t)
	p.update(t, after(1), "one")
	for _, c := range []struct {
		at            time.Time
		half, expired []string
	}{
		{after(time.Hour), nil, nil},
		{after(36*time.Hour + time.Second), []string{"timestamp"}, nil},
		{after(31 * day), []string{"list", "snapshot", "timestamp"}, []string{"timestamp"}},
		{after(366 * day), []string{"root", "targets", "list", "snapshot", "timestamp"}, []string{"targets", "list", "snapshot", "timestamp"}},
	} {
		st, err := p.Status(c.at)
		if err != nil {
			t.Fatal(err)
		}
		var half, expired []string
		for _, r := range st.Roles {
			if r.HalfOver {
				half = append(half, r.Role)
			}
			if r.Expired {
				expired = append(expired, r.Role)
			}
			if len(r.Keys) != sizes[r.Role] || r.Threshold != p.plan[r.Role].Threshold {
				t.Errorf("%s: %d of %d keys", r.Role, r.Threshold, len(r.Keys))
			}
		}
		if !slices.Equal(half, c.half) || !slices.Equal(expired, c.expired) {
			t.Errorf("%v: half over %v, want %v; expired %v, want %v", c.at, half, c.half, expired, c.expired)
		}
	}
}

// BenchmarkUpdate is one release of one list; the sizes of the files are what
// each device fetches.
func BenchmarkUpdate(b *testing.B) {
	p := newPublisher(b)
	ring := p.online(b)
	for i := 0; b.Loop(); i++ {
		if err := p.Update(after(time.Duration(i)*time.Second), ring, says1("release")); err != nil {
			b.Fatal(err)
		}
	}
	for _, name := range []string{"timestamp.json", "1.root.json", "1.targets.json", "2.snapshot.json", "2.list.json"} {
		info, err := os.Stat(p.file(name))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size()), name+"-bytes")
	}
}
