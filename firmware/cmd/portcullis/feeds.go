package main

import (
	"fmt"
	"time"

	"portcullis/cache/keys"
	"portcullis/cache/sync"
	"portcullis/firmware"
	"portcullis/firmware/console"
)

// A listFeed keeps one list up to date.
type listFeed struct {
	name, title string
	fetches     bool // it has a source of its own
	client      *sync.Client
}

// openFeeds makes the feeds of the lists: those without a source take what is
// brought.
func (a *appliance) openFeeds() (err error) {
	a.feeds, err = newFeeds(a.config.Lists, a.lists, a.keys, a.folder, a.tellFeed)
	return err
}

// newFeeds makes the feeds of lists in a store. Tell returns what is told of how
// each one does.
func newFeeds(lists []listConfig, store sync.Store, ring *keys.Ring, folder firmware.Folder, tell func(list string) func(sync.Status)) (feeds []*listFeed, err error) {
	for _, l := range lists {
		c := sync.Config{
			List: l.Name, Built: buildTime(), Store: store, Spool: folder.Spool(), Shelf: folder.Trust(),
			KeyID: keyID(ring, l.Name), Interval: l.Every.Duration, OnChange: tell(l.Name),
		}
		if c.Root, err = l.root(); err != nil {
			return nil, fmt.Errorf("list %s: %w", l.Name, err)
		}
		if l.Source != "" {
			if c.Source, err = sync.NewSource(l.Source); err != nil {
				return nil, fmt.Errorf("list %s: %w", l.Name, err)
			}
		}
		client, err := sync.New(c)
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", l.Name, err)
		}
		feeds = append(feeds, &listFeed{name: l.Name, title: l.Title, fetches: l.Source != "", client: client})
	}
	return feeds, nil
}

// keyID names the key that the device has for a list; it is empty when it has
// none, which the store says when it is asked.
func keyID(ring *keys.Ring, list string) string {
	key, err := ring.List(list)
	if err != nil {
		return ""
	}
	return key.ID()
}

// tellFeed returns what logs a feed's changes, of which progress is none.
func (a *appliance) tellFeed(list string) func(sync.Status) {
	var last sync.Code
	var mending string
	return func(s sync.Status) {
		if s.Mending != mending {
			a.log.Info("list mending", "list", list, "detail", s.Mending)
			mending = s.Mending
		}
		if s.Code != last {
			a.log.Info("list update", "list", list, "state", string(s.Code), "detail", s.Detail)
			last = s.Code
		}
	}
}

// updates tells what keeps a list from being updated.
func (a *appliance) updates(list string) string {
	for _, f := range a.feeds {
		if f.name == list {
			return hindrance(f.client.Status(), time.Now())
		}
	}
	return ""
}

// quietAfter is how long a publisher may say nothing of what is newest before
// that is worth a word: most say it every few minutes.
const quietAfter = 2 * time.Hour

// hindrance tells in words what keeps a list from being updated. A service that
// answers, and repeats what was said long ago, may be one that somebody holds up.
func hindrance(s sync.Status, now time.Time) string {
	switch quiet := now.Sub(s.Published); {
	case s.Code != sync.Unknown && s.Code != sync.Current:
		return s.Code.Text()
	case s.Code == sync.Current && quiet > quietAfter:
		return fmt.Sprintf("The list service answers, but its publisher has said nothing for %d hours.", int(quiet.Hours()))
	}
	return ""
}

// grave are the states of an update that an officer must know of at once, and
// not only when the list has grown old.
var grave = map[sync.Code]bool{
	sync.NotARelease: true, sync.WrongKey: true, sync.OtherList: true, sync.OtherListKey: true, sync.NewerFormat: true,
	sync.Expired: true, sync.Rollback: true, sync.Forked: true, sync.Mixed: true, sync.Lapsed: true, sync.Shrunk: true, sync.Jumped: true, sync.FileMismatch: true, sync.NoWay: true,
	sync.ApplyFailed: true, sync.NoSpace: true, sync.SpoolFailed: true,
}

// faults are what an officer must know of the feed.
func (f *listFeed) faults() (faults []console.Fault) {
	s := f.client.Status()
	if grave[s.Code] {
		faults = append(faults, console.Fault{
			Code: "update-" + string(s.Code) + ":" + f.name,
			Text: f.title + ": " + s.Code.Text(),
			Do:   "The list that is held goes on being used. Tell the technician.",
		})
	}
	if s.Mending != "" {
		faults = append(faults, console.Fault{
			Code: "not-mended:" + f.name,
			Text: f.title + ": Damaged parts of the list could not be replaced from the list service yet.",
			Do:   "The device tries again, and refers what falls into them. Tell the technician.",
		})
	}
	return faults
}
