package trust

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"time"
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
	s := shelf{dir: o.Shelf, limits: o.Limits}
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

// Refresh brings the shelf up to date with a source, or returns why it did not;
// the shelf then has what it had, or the same set with newer roots. While the
// source has the timestamp that is held, that is one request.
func Refresh(ctx context.Context, o Options, src Source) (*Metadata, error) {
	o.Limits = o.Limits.orDefaults()
	r, err := provisioned(o.Root)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Shelf, 0o755); err != nil {
		return nil, fmt.Errorf("make shelf: %w", err)
	}
	s := shelf{dir: o.Shelf, limits: o.Limits}
	r = s.replay(r)
	held := s.load(o, r)
	raw, err := fetch(ctx, src, timestampFile, o.Limits.Metadata)
	if err != nil {
		return nil, err
	}
	if held != nil && held.whole && bytes.Equal(raw, held.raw) {
		return held, nil
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

// advance verifies what a timestamp leads to, and makes it what is held.
func (s shelf) advance(ctx context.Context, o Options, src Source, r root, raw []byte) (*Metadata, error) {
	held := s.load(o, r) // once more: the root may be another
	again := held != nil && bytes.Equal(raw, held.raw)
	m, err := begin(o, r, raw, o.Local || again)
	if err != nil {
		return nil, err
	}
	if err := m.timestampFollows(held); err != nil {
		return nil, err
	}
	get := func(name string, max int64, accept func([]byte) error) error {
		if s.get(name, max, accept) == nil {
			return nil
		}
		return s.obtain(ctx, src, name, max, accept)
	}
	if err := m.fill(get, held); err != nil {
		return nil, err
	}
	if err := m.verifyNotExpired(held); err != nil {
		return nil, err
	}
	if err := s.write(timestampName(r), raw); err != nil {
		return nil, err
	}
	s.sweep(m.names(r))
	return m, nil
}

// obtain fetches a file that the shelf has not, and shelves it when it verifies.
func (s shelf) obtain(ctx context.Context, src Source, name string, max int64, accept func([]byte) error) error {
	raw, err := fetch(ctx, src, name, max)
	if err != nil {
		return err
	}
	if err := verify(name, func() error { return accept(raw) }); err != nil {
		return err
	}
	return s.write(name, raw)
}

// verifyNotExpired judges a whole set by its floor. The library would do so step
// by step, and call a copy of an old timestamp expired that is just older.
func (m *Metadata) verifyNotExpired(held *Metadata) error {
	floor := m.Floor()
	if held != nil && held.published.After(floor) {
		floor = held.published
	}
	if role, since, expired := m.Expired(floor); expired {
		return &ExpiredError{Role: role, Since: since}
	}
	return nil
}
