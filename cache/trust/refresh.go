package trust

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const timestampFile = "timestamp.json"

// Options say whom a device trusts, and where it keeps what it verified.
type Options struct {
	Root   []byte    // the root that the device was provisioned with
	Shelf  string    // a folder; Refresh makes it
	Built  time.Time // when the program was built: no clock is before
	Local  bool      // the source is a medium in someone's hand
	Limits Limits
}

// Load returns what the shelf has. The error is fs.ErrNotExist when that is no
// whole set.
func Load(o Options) (*Metadata, error) {
	o.Limits = o.Limits.orDefaults()
	r, err := provisioned(o.Root)
	if err != nil {
		return nil, err
	}
	s := newShelf(o)
	m := s.load(o, s.replay(r))
	if m == nil || !m.whole {
		return nil, fmt.Errorf("load metadata: no whole set is held: %w", fs.ErrNotExist)
	}
	return m, nil
}

// load returns what the shelf has under a root: nil without a timestamp, and
// else as much of a set as there is.
func (s shelf) load(o Options, r root) *Metadata {
	raw, err := s.read(timestampName(r), s.limits.Metadata)
	if err != nil {
		return nil
	}
	// It was taken, from wherever that was allowed.
	m, err := begin(o, r, raw, true)
	if err != nil {
		return nil
	}
	_ = m.fill(s.get, nil) // whole says how far it came
	return m
}

// get finds a file on the shelf.
func (s shelf) get(name string, max int64, accept func([]byte) error) error {
	raw, err := s.read(name, max)
	if err != nil {
		return err
	}
	return verify(name, func() error { return accept(raw) })
}

// Refresh brings the shelf up to date with a source, or returns why it did not.
// The shelf then has what it had, and newer roots if there were any; when those
// replace the keys of timestamp or snapshot, nothing else is held until a
// Refresh succeeds. While the source has the timestamp that is held, a Refresh
// is one request.
func Refresh(ctx context.Context, o Options, src Source) (*Metadata, error) {
	o.Limits = o.Limits.orDefaults()
	if err := os.MkdirAll(o.Shelf, 0o755); err != nil {
		return nil, fmt.Errorf("make shelf: %w: %w", ErrShelf, err)
	}
	return newShelf(o).refresh(ctx, o, src)
}

func (s shelf) refresh(ctx context.Context, o Options, src Source) (*Metadata, error) {
	r, err := provisioned(o.Root)
	if err != nil {
		return nil, err
	}
	r = s.replay(r)
	raw, err := fetch(ctx, src, timestampFile, o.Limits.Metadata)
	if err != nil {
		return nil, err
	}
	held := s.load(o, r)
	if held != nil && held.whole && bytes.Equal(raw, held.raw) {
		return held, nil
	}
	if m, err := s.repeat(o, r, raw, held); m != nil || err != nil {
		return m, err
	}
	// New keys come with a new timestamp, and must be known to verify it.
	if r, err = s.catchUp(ctx, src, r); err != nil {
		return nil, err
	}
	if err := s.dropOthers(timestampName(r)); err != nil {
		return nil, err
	}
	return s.advance(ctx, o, src, r, raw)
}

// repeat takes a timestamp that says again what is held: nothing but the
// timestamp is new, and a publisher may say so every minute. New roots are looked
// for by the hour all the same. It returns nothing when the timestamp is not of
// that kind.
func (s shelf) repeat(o Options, r root, raw []byte, held *Metadata) (*Metadata, error) {
	if held == nil || !held.whole {
		return nil, nil
	}
	m, err := begin(o, r, raw, o.Local)
	if err != nil || m.timestampFollows(held) != nil || !m.repeats(held) || m.fill(s.get, held) != nil || !m.whole || m.notExpired() != nil {
		return nil, nil
	}
	if err := s.write(timestampName(r), raw); err != nil {
		return nil, err
	}
	return m, nil
}

// rootsEvery is how often new roots are looked for while nothing else is new.
const rootsEvery = time.Hour

// repeats reports whether a timestamp names what the held one does, and was
// signed within the same hour.
func (m *Metadata) repeats(held *Metadata) bool {
	now, before := infoOf(m.set.Timestamp.Signed.Meta, metadata.SNAPSHOT), infoOf(held.set.Timestamp.Signed.Meta, metadata.SNAPSHOT)
	return now.Version == before.Version && m.published.Truncate(rootsEvery).Equal(held.published.Truncate(rootsEvery))
}

// advance verifies what a timestamp leads to, and makes it what is held.
func (s shelf) advance(ctx context.Context, o Options, src Source, r root, raw []byte) (*Metadata, error) {
	held := s.load(o, r)
	again := held != nil && bytes.Equal(raw, held.raw) // it was taken before
	m, err := begin(o, r, raw, o.Local || again)
	if err != nil {
		return nil, err
	}
	if err := m.timestampFollows(held); err != nil {
		return nil, err
	}
	if err := m.fill(s.orElse(ctx, src), held); err != nil {
		return nil, err
	}
	if err := m.notExpired(); err != nil && !again {
		return nil, err
	}
	if err := s.write(timestampName(r), raw); err != nil {
		return nil, err
	}
	s.sweep(m.names(r))
	return m, nil
}

// orElse finds a file on the shelf, or else fetches and shelves it.
func (s shelf) orElse(ctx context.Context, src Source) getter {
	return func(name string, max int64, accept func([]byte) error) error {
		if s.get(name, max, accept) == nil {
			return nil
		}
		raw, err := fetch(ctx, src, name, max)
		if err != nil {
			return err
		}
		if err := verify(name, func() error { return accept(raw) }); err != nil {
			return err
		}
		return s.write(name, raw)
	}
}

// notExpired judges a set by its own floor. Step by step, as the library does
// it, a copy of an old timestamp would be called expired that is only older. A
// delegated role does not stop the others: [Metadata.Fetch] judges it.
func (m *Metadata) notExpired() error {
	if role, since, expired := m.Expired(m.Floor()); expired {
		return &ExpiredError{Role: role, Since: since}
	}
	return nil
}
