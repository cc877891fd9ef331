package trust_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"testing"
	"time"

	"portcullis/cache/trust"
	"portcullis/cache/trust/trusttest"
)

// everyRole is all of them but root, which has no list of versions above it.
var everyRole = []string{"timestamp", "snapshot", "targets", "list", "bulk", "firmware"}

// sign publishes once more what the publisher has, as whoever has the keys of
// timestamp and snapshot can.
func sign(p *trusttest.Publisher) {
	p.SignSnapshot(p.Signers("snapshot")...)
	p.SignTimestamp(p.Signers("timestamp")...)
}

// version returns the place of a role's version.
func version(p *trusttest.Publisher, role string) *int64 {
	switch role {
	case "timestamp":
		return &p.Timestamp.Signed.Version
	case "snapshot":
		return &p.Snapshot.Signed.Version
	}
	return &p.Targets[role].Signed.Version
}

// all has every role signed anew.
func all(p *trusttest.Publisher) {
	for role := range p.Targets {
		p.Touch(role)
	}
	p.Publish()
}

func TestAFrozenPublisherIsSeenAndBlocksNothing(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	for range 3 {
		m := d.refreshes(p)
		role, since, expired := m.Expired(p.Now.Add(100 * time.Hour))
		if role != "timestamp" || !expired || !since.Equal(p.Now.Add(72*time.Hour)) {
			t.Errorf("after 100 hours: %s %v %v", role, since, expired)
		}
		if _, _, expired := m.Expired(p.Now.Add(71 * time.Hour)); expired {
			t.Error("expired before its time")
		}
		d.holds(p, "list", manifest, "one")
	}
}

// The timestamp is a replay here, the snapshot comes with a stolen timestamp
// key, and the others with stolen keys of timestamp and snapshot.
func TestAnOlderVersionOfAnyRoleIsRefused(t *testing.T) {
	for _, role := range everyRole {
		t.Run(role, func(t *testing.T) {
			p := published(t)
			old := p.Files()
			all(p)
			d := newDevice(t, p)
			d.refreshes(p)
			held := *version(p, role)
			*version(p, role)--
			switch role {
			case "timestamp":
				p.Set("timestamp.json", old["timestamp.json"])
			case "snapshot":
				p.SignTimestamp(p.Signers("timestamp")...)
			default:
				sign(p)
			}
			var older *trust.OlderError
			if err := d.refuses(p); !errors.As(err, &older) || *older != (trust.OlderError{Role: role, Held: held, Offered: held - 1}) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestARoleThatIsNoLongerNamedIsRefused(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	delete(p.Targets, "bulk")
	delete(p.Snapshot.Signed.Meta, "bulk.json")
	sign(p)
	var older *trust.OlderError
	if err := d.refuses(p); !errors.As(err, &older) || older.Role != "bulk" || older.Offered != 0 {
		t.Errorf("%v", err)
	}
}

func TestOtherContentUnderAVersionThatIsHeldIsRefused(t *testing.T) {
	for _, role := range everyRole {
		t.Run(role, func(t *testing.T) {
			p := published(t)
			d := newDevice(t, p)
			d.refreshes(p)
			p.Now = p.Now.Add(time.Minute)
			*version(p, role)--
			switch role {
			case "timestamp":
				p.SignTimestamp(p.Signers(role)...)
			case "snapshot":
				sign(p)
			default:
				p.SignTargets(role, p.Signers(role)...)
				sign(p)
			}
			if err := d.refuses(p); !errors.Is(err, trust.ErrForked) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTheSameContentInOtherWrappingIsNoFork(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	p.Set("timestamp.json", append(p.File("timestamp.json"), '\n'))
	d.refreshes(p)
	d.holds(p, "list", manifest, "one")
}

// TestFilesOfTwoPublicationsDoNotMix offers one file of another publication, under
// the name it has in this one.
func TestFilesOfTwoPublicationsDoNotMix(t *testing.T) {
	for _, role := range everyRole[1:] {
		t.Run(role, func(t *testing.T) {
			p := published(t)
			old := p.File(fmt.Sprintf("%d.%s.json", *version(p, role), role))
			d := newDevice(t, p)
			all(p)
			p.Set(fmt.Sprintf("%d.%s.json", *version(p, role), role), old)
			if err := d.refuses(p); !errors.Is(err, trust.ErrMixed) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A skewed cache has the new timestamp, and not yet what it leads to.
func TestAFileThatIsNotThereYetIsToldApart(t *testing.T) {
	for _, role := range everyRole {
		p := published(t)
		d := newDevice(t, p)
		d.refreshes(p)
		all(p)
		name := fmt.Sprintf("%d.%s.json", *version(p, role), role)
		if role == "timestamp" {
			name = "timestamp.json"
		}
		file := p.File(name)
		p.Set(name, nil)
		if err := d.refuses(p); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", role, err)
		}
		p.Set(name, file)
		d.refreshes(p)
	}
}

// A source that answers with something of its own for some names.
type tampered struct {
	trust.Source
	answer func(name string, max int64) ([]byte, error)
}

func (s tampered) Fetch(ctx context.Context, name string, max int64) ([]byte, error) {
	if data, err := s.answer(name, max); data != nil || err != nil {
		return data, err
	}
	return s.Source.Fetch(ctx, name, max)
}

func instead(src trust.Source, wanted string, answer func(max int64) ([]byte, error)) trust.Source {
	return tampered{src, func(name string, max int64) ([]byte, error) {
		if name != wanted {
			return nil, nil
		}
		return answer(max)
	}}
}

func metadataFiles(p *trusttest.Publisher) []string {
	names := []string{"timestamp.json", "2.root.json"}
	for _, role := range everyRole[1:] {
		names = append(names, fmt.Sprintf("%d.%s.json", *version(p, role), role))
	}
	return names
}

func TestEndlessDataEndsAtTheLimit(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	for _, name := range metadataFiles(p) {
		endless := instead(p, name, func(max int64) ([]byte, error) { return make([]byte, max+1), nil })
		if err := newDevice(t, p).refuses(endless); !errors.Is(err, trust.ErrTooLong) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := newDevice(t, p)
	d.Limits = trust.Limits{Targets: 100}
	if err := d.refuses(p); !errors.Is(err, trust.ErrTooLong) {
		t.Errorf("with a limit of 100: %v", err)
	}
	d.Limits = trust.Limits{File: 2}
	if _, err := d.refreshes(p).Fetch(context.Background(), p, "list", manifest); !errors.Is(err, trust.ErrTooLong) {
		t.Errorf("with a limit of 2 for a target: %v", err)
	}
}

func TestAnErrorOfTheSourceComesThroughAsItIs(t *testing.T) {
	p := published(t)
	p.Rotate("root")
	broken := errors.New("the line is down")
	for _, name := range metadataFiles(p) {
		src := instead(p, name, func(int64) ([]byte, error) { return nil, broken })
		if err := newDevice(t, p).refuses(src); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATargetThatIsNotTheSignedOneIsRefused(t *testing.T) {
	p := published(t)
	m := newDevice(t, p).refreshes(p)
	file := trusttest.TargetFile(manifest, []byte("one"))
	for content, want := range map[string]error{"onf": trust.ErrMixed, "on": trust.ErrMixed, "": trust.ErrMixed, "one ": trust.ErrTooLong} {
		p.Set(file, []byte(content))
		if _, err := m.Fetch(context.Background(), p, "list", manifest); !errors.Is(err, want) {
			t.Errorf("%q: %v", content, err)
		}
	}
	p.Set(file, nil)
	if _, err := m.Fetch(context.Background(), p, "list", manifest); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a target that is not there: %v", err)
	}
	for _, unknown := range [][2]string{{"list", "other/release.json"}, {"lists", manifest}, {"targets", manifest}, {"bulk", manifest}} {
		if _, err := m.Fetch(context.Background(), p, unknown[0], unknown[1]); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v: %v", unknown, err)
		}
	}
}

func TestOnlyWhatChangedIsFetched(t *testing.T) {
	p := published(t)
	d := newDevice(t, p)
	d.refreshes(p)
	p.Put("list", manifest, []byte("two"))
	p.Publish()
	p.Asked = nil
	m := d.refreshes(p)
	v := m.Versions()
	want := []string{"timestamp.json", "2.root.json", fmt.Sprintf("%d.snapshot.json", v["snapshot"]), fmt.Sprintf("%d.list.json", v["list"])}
	if !slices.Equal(p.Asked, want) {
		t.Errorf("asked for %v, want %v", p.Asked, want)
	}
	if got := slices.Sorted(maps.Keys(v)); !slices.Equal(got, []string{"bulk", "firmware", "list", "root", "snapshot", "targets", "timestamp"}) {
		t.Errorf("roles %v", got)
	}
}

func TestARoleThatIsNotDelegatedIsAbsent(t *testing.T) {
	p := published(t)
	p.Put("bulk", "border/approval.json", []byte("yes"))
	p.Withdraw("firmware")
	p.Withdraw("bulk")
	m := newDevice(t, p).refreshes(p)
	if _, has := m.Versions()["bulk"]; has || m.Targets("bulk") != nil || m.Targets("firmware") != nil {
		t.Errorf("%v", m.Versions())
	}
	if _, err := m.Fetch(context.Background(), p, "bulk", "border/approval.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
