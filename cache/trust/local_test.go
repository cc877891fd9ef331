package trust_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// A medium is a folder in someone's hand.
type medium string

func (m medium) Fetch(_ context.Context, name string, max int64) ([]byte, error) {
	f, err := os.DirFS(string(m)).Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, max+1))
}

// written returns a medium with what is published.
func written(t *testing.T, p *trusttest.Publisher) medium {
	dir := t.TempDir()
	p.WriteFolder(dir)
	return medium(dir)
}

func (d device) local() device {
	d.Local = true
	return d
}

func TestATimestampForAMediumIsTakenFromAMediumAlone(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	p.Put("list", manifest, []byte("two"))
	p.PublishLocal()
	if err := d.refuses(p); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("over a network: %v", err)
	}
	d.local().refreshes(written(t, p))
	d.holds(p, "list", manifest, "two") // without the medium, too

	p.Put("list", manifest, []byte("three"))
	p.Publish()
	d.refreshes(p)
	d.holds(p, "list", manifest, "three")
}

func TestATimestampForTheNetworkIsTakenFromAMediumToo(t *testing.T) {
	p := published(t)
	d := newDevice(t, p).local()
	d.refreshes(written(t, p))
	d.holds(p, "list", manifest, "one")
}

func TestAnOlderMediumChangesNothing(t *testing.T) {
	p := published(t)
	p.PublishLocal()
	old := written(t, p)
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	d := newDevice(t, p)
	d.refreshes(p)
	var older *trust.OlderError
	if err := d.local().refuses(old); !errors.As(err, &older) {
		t.Errorf("%v", err)
	}
	d.holds(p, "list", manifest, "two")
}

// A set that came from a medium and lost a file is made whole over a network
// that has the very same timestamp, and by no other that such a key signed.
func TestAMediumsSetIsMadeWholeAgain(t *testing.T) {
	p := published(t)
	p.PublishLocal()
	d := newDevice(t, p)
	d.local().refreshes(p)
	if err := os.Remove(d.Shelf + "/2.list.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := trust.Load(d.Options); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a set without its list: %v", err)
	}
	d.refreshes(p)
	d.holds(p, "list", manifest, "one")
	p.PublishLocal()
	if err := d.refuses(p); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("%v", err)
	}
}

func TestALostMediumKeyIsRevoked(t *testing.T) {
	p := published(t)
	stolen := p.Keys[trusttest.Local]
	d := newDevice(t, p)
	d.refreshes(p)
	p.Rotate(trusttest.Local)
	d.refreshes(p)
	p.SignTimestamp(stolen...)
	if err := d.local().refuses(written(t, p)); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("%v", err)
	}
}

// All keys of the role may be for a medium: a device that has no network.
func TestWithoutANetworkKeyNothingIsTakenOverANetwork(t *testing.T) {
	p := published(t)
	p.Keys["timestamp"] = nil
	p.SignRoot()
	p.PublishLocal()
	d := newDevice(t, p)
	if err := d.refuses(p); !errors.Is(err, trust.ErrSignature) {
		t.Errorf("%v", err)
	}
	d.local().refreshes(p)
}
