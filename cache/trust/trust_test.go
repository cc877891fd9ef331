package trust_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// A device has a shelf and a publisher that it trusts.
type device struct {
	t testing.TB
	trust.Options
}

func newDevice(t testing.TB, p *trusttest.Publisher) device {
	return device{t: t, Options: p.Options(t.TempDir())}
}

// refreshes brings the device up to date, or fails the test.
func (d device) refreshes(src trust.Source) *trust.Metadata {
	d.t.Helper()
	m, err := trust.Refresh(context.Background(), d.Options, src)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

// refuses expects an error of Refresh, and that what was held stays.
func (d device) refuses(src trust.Source) error {
	d.t.Helper()
	before, _ := trust.Load(d.Options)
	_, err := trust.Refresh(context.Background(), d.Options, src)
	if err == nil {
		d.t.Fatal("it was taken")
	}
	after, _ := trust.Load(d.Options)
	if before != nil && (after == nil || after.Versions()["timestamp"] != before.Versions()["timestamp"]) {
		d.t.Error("what was held is not held any more")
	}
	return err
}

// holds expects that the shelf alone gives some content of a target.
func (d device) holds(src trust.Source, role, path, content string) {
	d.t.Helper()
	m, err := trust.Load(d.Options)
	if err != nil {
		d.t.Fatal(err)
	}
	target, err := m.Fetch(context.Background(), src, role, path)
	if err != nil || string(target.Bytes()) != content {
		d.t.Errorf("%s of %s is %q, %v", path, role, target.Bytes(), err)
	}
}

const manifest = "border/release.json"

// published returns a publisher with a list.
func published(t testing.TB) *trusttest.Publisher {
	p := trusttest.New(t)
	p.Put("list", manifest, []byte("one"))
	p.Publish()
	return p
}

func TestWhatIsPublishedReachesTheDevice(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	m := d.refreshes(p)
	target, err := m.Fetch(context.Background(), p, "list", manifest)
	if err != nil {
		t.Fatal(err)
	}
	if string(target.Bytes()) != "one" || target.Role() != "list" || target.Path() != manifest || !target.Published().Equal(p.Now) {
		t.Errorf("%+v", target)
	}
	if !slices.Equal(m.Targets("list"), []string{manifest}) || !m.Published().Equal(p.Now) || !m.Floor().Equal(p.Now) {
		t.Errorf("%v %v %v", m.Targets("list"), m.Published(), m.Floor())
	}
	d.holds(p, "list", manifest, "one")

	p.Put("list", manifest, []byte("two"))
	p.Publish()
	d.refreshes(p)
	d.holds(p, "list", manifest, "two")
}

func TestAnUnchangedPublisherCostsOneRequest(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	p.Asked = nil
	d.refreshes(p)
	if len(p.Asked) != 7 { // with a next root that is not there
		t.Errorf("at first it asked for %v", p.Asked)
	}
	p.Asked = nil
	d.refreshes(p)
	if !slices.Equal(p.Asked, []string{"timestamp.json"}) {
		t.Errorf("asked for %v", p.Asked)
	}
}

func TestADeviceThatWasOffCatchesUpThroughAllRotations(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	for range 4 {
		p.Rotate("root")
	}
	p.Rotate("timestamp")
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	if m := d.refreshes(p); m.Versions()["root"] != 6 {
		t.Errorf("root is %d", m.Versions()["root"])
	}
	d.holds(p, "list", manifest, "two")
}

func TestAnEmptyShelfHoldsNothing(t *testing.T) {
	d := newDevice(t, trusttest.New(t))
	if _, err := trust.Load(d.Options); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
