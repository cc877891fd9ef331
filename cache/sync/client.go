package sync

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/trust"
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

// A Teller is a store that tells what its publisher said of what is held.
type Teller interface {
	// Release returns the release that is held: zero when there is none.
	Release(list string) feed.Release
}

// Config says which list a client keeps up to date, and how.
type Config struct {
	List   string
	Root   []byte    // the root of trust that the device was given
	Built  time.Time // when the program was built: no clock is before
	Source Source    // nil for a client that only takes what is brought
	Store  Store
	Spool  string // folder for files that are being fetched; the client makes it
	Shelf  string // folder for what was verified of the publisher; the client makes it
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
	shelf  string
	poked  chan struct{}

	work    sync.Mutex // held while the list is brought up to date: guards what follows
	home    supply
	holdOff holdOff
	trouble stepTrouble
	mending mending
	skewed  time.Time // since when something older is published than what is held
	newest  newest

	mu     sync.Mutex // guards what follows
	status Status
	giveUp context.CancelFunc // ends the attempt of Run that is under way
}

// newest is the signed manifest of the last refresh, so that a publisher who
// says nothing new costs one small request.
type newest struct {
	under    signers
	release  trust.Target
	approval trust.Target
}

// signers are what a manifest was signed under: the versions of the roles, and
// whether the word of two has expired.
type signers struct {
	root, targets, list, bulk int64
	bulkLapsed                bool
}

// New returns a client that has not asked for anything yet.
func New(c Config) (*Client, error) {
	switch {
	case !feed.ValidListName(c.List):
		return nil, fmt.Errorf("sync: %q is no name for a list", c.List)
	case len(c.Root) == 0:
		return nil, errors.New("sync: no root of trust")
	case c.Store == nil || c.Spool == "" || c.Shelf == "":
		return nil, errors.New("sync: a client needs a store, a spool folder and a shelf")
	case c.Interval < 0:
		return nil, errors.New("sync: the interval is negative")
	}
	c.Interval = cmp.Or(c.Interval, time.Minute)
	client := &Client{config: c, poked: make(chan struct{}, 1), shelf: filepath.Join(c.Shelf, c.List)}
	if c.Source != nil {
		client.home = client.supply(c.Source, false)
	}
	if m, err := trust.Load(client.trust(false)); err == nil {
		client.status.Published, client.status.Floor = m.Published(), m.Floor() // known without a network
	}
	return client, nil
}

// trust says whom the device believes, and where it keeps what it verified.
func (c *Client) trust(local bool) trust.Options {
	return trust.Options{Root: c.config.Root, Shelf: c.shelf, Built: c.config.Built, Local: local}
}

// A supply is where releases come from.
type supply struct {
	metadata *metadata
	spool    spool
	local    bool // a medium in someone's hand
	progress func(Progress)
}

func (c *Client) supply(s Source, local bool) supply {
	return supply{&metadata{source: s}, spool{dir: filepath.Join(c.config.Spool, c.config.List), list: c.config.List, source: s}, local, nil}
}

// Once brings the list up to date, or says by an [Error] why it could not. It
// waits for an attempt that is under way, and tries at once what Run would put
// off.
func (c *Client) Once(ctx context.Context) error {
	c.work.Lock()
	defer c.work.Unlock()
	c.holdOff, c.mending = holdOff{}, mending{}
	return c.attempt(ctx)
}

func (c *Client) attempt(ctx context.Context) error {
	if c.home.metadata == nil {
		return fail(FetchFailed, errors.New("the list has no source: it is brought to the device"))
	}
	began := time.Now()
	err := c.bringUpToDate(ctx, c.home, began)
	if ctx.Err() != nil {
		err = ctx.Err() // whatever else broke, that is why
	}
	c.report(began, err)
	return err
}

// An Origin is another source than the client's own: a stick, or what a fleet
// tool has put on the device.
type Origin struct {
	Source   Source
	Local    bool           // a medium in someone's hand: what is signed for those counts
	Progress func(Progress) // told how far each file is fetched; nil for nobody
}

// From brings the list up to date from another source, once. An attempt of Run
// that is under way gives way to it, and is made again: what is brought is there,
// and a line may be slow. The status tells of it only when it succeeds; the error
// is an [Error], with the code Older when the device holds something newer.
func (c *Client) From(ctx context.Context, from Origin) (err error) {
	c.interrupt()
	c.work.Lock()
	defer c.work.Unlock()
	// What is wrong with another source says nothing of the client's own.
	trouble, holding := c.trouble, c.holdOff
	c.trouble, c.holdOff = nil, holdOff{}
	defer func() {
		if err != nil {
			c.trouble, c.holdOff = trouble, holding
		}
	}()
	began := time.Now()
	o := c.supply(from.Source, from.Local)
	o.progress = from.Progress
	err = c.bringUpToDate(ctx, o, began)
	var e *Error
	if errors.As(err, &e) && e.Code == Rollback {
		err = fail(Older, e.Err)
	}
	if code, ok := codeOf(err); ok && (code == Current || code == Expired) {
		c.report(began, err)
	} else {
		c.update(func(s *Status) { s.Progress = Progress{} })
	}
	return err
}

// A Plan is what bringing a list up to date would fetch.
type Plan struct {
	From, To uint64 // releases: the same when there is nothing newer
	Way      feed.Way
}

// Plan tells what From would fetch, and fetches no more than what tells it.
func (c *Client) Plan(ctx context.Context, from Origin) (Plan, error) {
	c.work.Lock()
	defer c.work.Unlock()
	o := c.supply(from.Source, from.Local)
	_, v, held, err := c.look(ctx, o)
	to := v.Manifest().Position()
	if err != nil || to == held {
		return Plan{From: held.Sequence, To: to.Sequence}, err
	}
	way, err := c.way(ctx, o, &v, held)
	return Plan{held.Sequence, to.Sequence, way}, err
}

// look returns what is signed to be the newest release, and what is held.
func (c *Client) look(ctx context.Context, o supply) (*trust.Metadata, feed.Verified, feed.Position, error) {
	list := c.config.List
	held := c.config.Store.Position(list)
	m, err := trust.Refresh(ctx, c.trust(o.local), o.metadata)
	if err != nil {
		return nil, feed.Verified{}, held, refusal(err)
	}
	c.update(func(s *Status) { s.Published, s.Floor = m.Published(), m.Floor() })
	if err := c.fetchManifest(ctx, o, m); err != nil {
		return nil, feed.Verified{}, held, err
	}
	v, err := feed.Verify(c.newest.release, list, held)
	if err != nil {
		return nil, feed.Verified{}, held, refusal(err)
	}
	if key := v.Manifest().KeyID; c.config.KeyID != "" && key != c.config.KeyID {
		err = fail(OtherListKey, fmt.Errorf("the release is for list key %s, and the device has %s", key, c.config.KeyID))
	}
	return m, v, held, err
}

func (c *Client) bringUpToDate(ctx context.Context, o supply, began time.Time) error {
	m, v, held, err := c.look(ctx, o)
	if err != nil {
		return err
	}
	if err := c.catchUp(ctx, o, v, held, began); err != nil {
		return err
	}
	o.spool.clear()
	c.holdOff, c.trouble = holdOff{}, stepTrouble{}
	// What was last said to be the newest is as old as the saying: whoever
	// withholds a newer one cannot make it young. A clock that is behind, which
	// nothing else asks, must not make it older than now.
	if err := c.config.Store.Checked(c.config.List, earlier(m.Published(), began)); err != nil {
		return local(ApplyFailed, err)
	}
	if role, since, expired := m.Expired(later(began, m.Floor()), feed.ListRole); expired {
		return fail(Expired, fmt.Errorf("what the role %s has signed expired at %s", role, since.UTC().Format(time.RFC3339)))
	}
	return nil
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fetchManifest gets the signed manifest of the newest release, and that of the
// last one that two have approved. A list role whose time is over is refused
// even when it says nothing new: what it signed must not be kept young by others.
func (c *Client) fetchManifest(ctx context.Context, o supply, m *trust.Metadata) error {
	if err := m.Lapsed(feed.ListRole); err != nil {
		return refusal(err)
	}
	list, v := c.config.List, m.Versions()
	known := newest{under: signers{v["root"], v["targets"], v[feed.ListRole], v[feed.BulkRole], m.Lapsed(feed.BulkRole) != nil}}
	if c.newest.under == known.under {
		return nil
	}
	if !slices.Contains(m.Targets(feed.ListRole), feed.ReleasePath(list)) {
		return fail(OtherList, fmt.Errorf("no release of list %s is signed there", list))
	}
	var err error
	if known.release, err = m.Fetch(ctx, o.metadata, feed.ListRole, feed.ReleasePath(list)); err != nil {
		return refusal(err)
	}
	if slices.Contains(m.Targets(feed.BulkRole), feed.ApprovalPath(list)) {
		// Two people sign seldom. That their word has expired must not end the
		// updates: it does not count then, and a release that needs it is refused.
		var expired *trust.ExpiredError
		if known.approval, err = m.Fetch(ctx, o.metadata, feed.BulkRole, feed.ApprovalPath(list)); err != nil && !errors.As(err, &expired) {
			return refusal(err)
		}
	}
	c.newest = known
	return nil
}

// catchUp mends what is held, and brings it to a release.
func (c *Client) catchUp(ctx context.Context, o supply, v feed.Verified, held feed.Position, began time.Time) error {
	if c.mend(ctx, o, v, began) {
		held = c.config.Store.Position(c.config.List) // it is whole again
	}
	m := v.Manifest()
	if m.Position() == held {
		return c.keepPeak(m.Release)
	}
	if err := c.holdOff.active(m.Sequence, began); err != nil {
		return err
	}
	peak, err := c.peak(m.Release)
	if err != nil {
		return err
	}
	if err := c.advance(ctx, o, v); err != nil {
		c.holdOff.note(m.Sequence, err, c.config.Interval)
		return err
	}
	if err := writePeak(c.shelf, peak); err != nil {
		return local(SpoolFailed, err)
	}
	return nil
}

// keepPeak notes the peak of the release that is held, if it was applied and
// then a full shelf or a power cut was in the way.
func (c *Client) keepPeak(r feed.Release) error {
	peak, err := c.peak(r)
	if err != nil || peak == readPeak(c.shelf) {
		return nil // what is held was taken: it is not refused any more
	}
	if err := writePeak(c.shelf, peak); err != nil {
		return local(SpoolFailed, err)
	}
	return nil
}

// peak checks that a release does not shrink the list by more than one key may,
// and returns the peak with it applied.
func (c *Client) peak(r feed.Release) (feed.Peak, error) {
	peak := readPeak(c.shelf)
	if s, can := c.config.Store.(Teller); can {
		// The note of the peak may be lost, or behind what was stored.
		if raised, err := peak.Check(s.Release(c.config.List)); err == nil {
			peak = raised
		}
	}
	if c.newest.approval.Path() != "" {
		var err error
		if peak, err = peak.Approve(c.newest.approval, c.config.List); err != nil {
			return peak, refusal(err)
		}
	}
	next, err := peak.Check(r)
	if err != nil {
		return peak, refusal(err)
	}
	return next, nil
}
