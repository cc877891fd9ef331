package sync

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portcullis/cache/feed"
)

// A Store holds lists. Apply either makes a release live or changes nothing.
type Store interface {
	// Position returns the release that is held: zero when there is none.
	Position(list string) feed.Position
	// Apply makes a release live.
	Apply(ctx context.Context, c feed.Content) error
	// Checked notes that nothing newer was published at that time.
	Checked(list string, at time.Time) error
}

// Config says which list a client keeps up to date, and how.
type Config struct {
	Trust  feed.Trust // the list, and whose word is taken on it
	Source Source
	Store  Store
	Spool  string // folder for files that are being fetched; the client makes it
	// KeyID is that of the device's key for the list. Releases for another key
	// are not fetched. Empty leaves it to the store to refuse them.
	KeyID    string
	Interval time.Duration // between two looks at what is published; 0 is a minute
	// OnChange is called with each new status, by whoever runs the client. It
	// must not call the client's Once.
	OnChange func(Status)
}

// A Client keeps one list of a device up to date.
type Client struct {
	config Config
	spool  spool
	poked  chan struct{}

	work    sync.Mutex // held while the list is brought up to date: guards holdOff, delta and skewed
	holdOff holdOff
	delta   deltaTrouble
	skewed  time.Time // since when an older release is published than the one held

	mu     sync.Mutex // guards status
	status Status
}

// New returns a client that has not asked for anything yet.
func New(c Config) (*Client, error) {
	switch {
	case !feed.ValidListName(c.Trust.List):
		return nil, fmt.Errorf("sync: %q is no name for a list", c.Trust.List)
	case len(c.Trust.Keys) == 0:
		return nil, errors.New("sync: no key of a publisher to trust")
	case c.Source == nil || c.Store == nil || c.Spool == "":
		return nil, errors.New("sync: a client needs a source, a store and a spool folder")
	case c.Interval < 0:
		return nil, errors.New("sync: the interval is negative")
	}
	if c.Interval == 0 {
		c.Interval = time.Minute
	}
	client := &Client{config: c, poked: make(chan struct{}, 1)}
	client.spool = spool{dir: filepath.Join(c.Spool, c.Trust.List), source: c.Source}
	return client, nil
}

// Once brings the list up to date, or says by an [Error] why it could not. It
// waits for an attempt that is under way, and tries at once what Run would put
// off.
func (c *Client) Once(ctx context.Context) error {
	c.work.Lock()
	defer c.work.Unlock()
	c.holdOff = holdOff{}
	return c.attempt(ctx)
}

func (c *Client) attempt(ctx context.Context) error {
	began := time.Now()
	err := c.bringUpToDate(ctx, began)
	if ctx.Err() != nil {
		err = ctx.Err() // whatever else broke, that is why
	}
	c.report(began, err)
	return err
}

func (c *Client) bringUpToDate(ctx context.Context, began time.Time) error {
	envelope, err := c.latest(ctx)
	if err != nil {
		return err
	}
	list := c.config.Trust.List
	held := c.config.Store.Position(list)
	v, err := feed.Verify(envelope, c.config.Trust, held)
	if err != nil {
		return refusal(err)
	}
	m := v.Manifest()
	if c.config.KeyID != "" && m.KeyID != c.config.KeyID {
		return fail(OtherListKey, fmt.Errorf("the release is for list key %s, and the device has %s", m.KeyID, c.config.KeyID))
	}
	if m.Position() != held {
		if err := c.holdOff.active(m.Sequence, began); err != nil {
			return err
		}
		if err := c.advance(ctx, v, held); err != nil {
			c.holdOff.note(m.Sequence, err, c.config.Interval)
			return err
		}
	}
	c.spool.clear()
	c.holdOff, c.delta = holdOff{}, deltaTrouble{}
	if err := c.config.Store.Checked(list, began); err != nil {
		return local(ApplyFailed, err)
	}
	return nil
}

// latestTimeout bounds the fetching of an envelope.
const latestTimeout = 30 * time.Second

// latest fetches the envelope of the newest release.
func (c *Client) latest(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, latestTimeout)
	defer cancel()
	body, err := c.config.Source.Open(ctx, LatestFile, 0)
	if err != nil {
		return nil, fail(FetchFailed, err)
	}
	defer body.Close()
	envelope, err := io.ReadAll(io.LimitReader(body, feed.MaxEnvelope+1))
	if err != nil {
		return nil, fail(FetchFailed, fmt.Errorf("get %s: %w", LatestFile, withoutAddress(err)))
	}
	return envelope, nil
}

// advance brings the store from what is held to a newer release.
func (c *Client) advance(ctx context.Context, v feed.Verified, held feed.Position) error {
	m := v.Manifest()
	if err := c.spool.prepare(m.Files); err != nil {
		return err
	}
	if _, has := m.File(feed.Delta); has && m.Base == held && held.Sequence > 0 && !c.delta.given(m.Sequence) {
		err := c.install(ctx, v, feed.Delta)
		c.delta.note(m.Sequence, err)
		if err == nil || !c.delta.given(m.Sequence) || ctx.Err() != nil {
			return err
		}
	}
	return c.install(ctx, v, feed.Snapshot)
}

// install fetches a file of a release and applies it.
func (c *Client) install(ctx context.Context, v feed.Verified, kind feed.Kind) error {
	m := v.Manifest()
	file, has := m.File(kind)
	if !has {
		return fail(FileMismatch, fmt.Errorf("release %d has no %s", m.Sequence, kind))
	}
	f, err := c.spool.fetch(ctx, file, func(done int64) {
		c.progress(Progress{Sequence: m.Sequence, Kind: kind, Done: done, Total: file.Size})
	})
	if err != nil {
		return err
	}
	defer f.Close()
	content, err := v.Content(kind, f)
	if errors.Is(err, feed.ErrFile) {
		os.Remove(f.Name())
		return fail(FileMismatch, err)
	}
	if err != nil {
		return local(SpoolFailed, err)
	}
	if err := c.config.Store.Apply(ctx, content); err != nil {
		return local(ApplyFailed, err)
	}
	return nil
}
