package roles

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// A next is what changes in a state: a new root, or new documents of other
// roles, all of them signed; and the target files that they name.
type next struct {
	root    *rootDoc
	targets map[string]*targetsDoc
	files   map[string][]byte
}

// A write is one file to be written.
type write struct {
	name string
	data []byte
}

// A commit is the work of making a state the one that devices see.
type commit struct {
	*Repository
	ring *keys.Ring
	now  time.Time
	was  *state
	next next
	root *rootDoc // in force afterwards
	// both says that all is signed for the root before, too, where its keys are at hand.
	both   bool
	meta   map[string]*metadata.MetaFiles // of the snapshot
	writes []write
}

// commit makes the next state, after a device would accept all of it.
func (r *Repository) commit(now time.Time, ring *keys.Ring, was *state, n next) error {
	c := &commit{Repository: r, ring: ring, now: now, was: was, next: n, root: was.root(), meta: map[string]*metadata.MetaFiles{}}
	if n.root != nil {
		c.root = n.root
	}
	if was.timestamp != nil {
		last := published(was.timestamp.Signed.UnrecognizedFields)
		// Devices forget a timestamp whose key was revoked, and its time: that is
		// the way out where a clock that was ahead has signed one.
		forgotten := c.root.VerifyDelegate(Timestamp, was.timestamp) != nil && !was.unfinished
		if now.Before(last) && !forgotten {
			return fmt.Errorf("%w: it is %s, the timestamp is of %s", ErrClock, stamp(now), stamp(last))
		}
		c.both = n.root != nil && !now.Before(last)
	}
	if was.snapshot != nil {
		maps.Copy(c.meta, was.snapshot.Signed.Meta)
	}
	if err := c.draw(); err != nil {
		return err
	}
	return c.run()
}

// draw makes all files but the root.
func (c *commit) draw() error {
	for _, name := range slices.Sorted(maps.Keys(c.next.files)) {
		c.writes = append(c.writes, write{name, c.next.files[name]})
	}
	docs := map[string]*targetsDoc{}
	maps.Copy(docs, c.was.targets)
	maps.Copy(docs, c.next.targets)
	if err := c.renewList(docs); err != nil {
		return err
	}
	changed := c.was.snapshot == nil
	for _, role := range slices.Sorted(maps.Keys(docs)) {
		if old := c.meta[role+".json"]; old != nil && old.Version == docs[role].Signed.Version {
			continue
		}
		data, err := c.drawTargets(role, docs[role])
		if err != nil {
			return err
		}
		c.meta[role+".json"] = metaOf(docs[role].Signed.Version, data)
		changed = true
	}
	snapshot, err := c.drawSnapshot(changed)
	if err != nil {
		return err
	}
	return c.drawTimestamp(snapshot)
}

// renewList signs the list role's document anew, if there is none, if its keys
// have changed, or if half of its time is over and its key is at hand.
func (c *commit) renewList(docs map[string]*targetsDoc) error {
	if delegation(docs[Targets], List) == nil || c.next.targets[List] != nil {
		return nil // it is not to be, or it changes anyhow
	}
	old := docs[List]
	must := old == nil || docs[Targets].VerifyDelegate(List, old) != nil
	if !must && !halfOver(old.Signed.UnrecognizedFields, old.Signed.Expires, c.now) {
		return nil
	}
	doc, err := c.successor(List, c.root, old, c.now)
	if err != nil {
		return err
	}
	err = signAs(doc, List, nil, docs[Targets], c.ring)
	if errors.Is(err, ErrThreshold) && !must {
		return nil
	}
	if err != nil {
		return err
	}
	docs[List] = doc
	return nil
}

// drawTargets returns the bytes of a document, and writes it if it is new.
func (c *commit) drawTargets(role string, doc *targetsDoc) ([]byte, error) {
	name := fileName(role, doc.Signed.Version)
	data, err := doc.ToBytes(false)
	if err != nil {
		return nil, err
	}
	there, err := c.folder.Get(name)
	if errors.Is(err, fs.ErrNotExist) {
		c.writes = append(c.writes, write{name, data})
		return data, nil
	}
	if err != nil {
		return nil, err
	}
	// A crash came before timestamp.json. What it left counts if it says the same.
	if !sameSigned(there, data) {
		return nil, fmt.Errorf("write %s: there is another: %w", name, ErrOutdated)
	}
	return there, nil
}

// drawSnapshot returns what the timestamp says of the snapshot, after it was
// made anew where that is called for.
func (c *commit) drawSnapshot(changed bool) (*metadata.MetaFiles, error) {
	version := int64(1)
	var named *metadata.MetaFiles
	if old := c.was.snapshot; old != nil {
		must := changed || c.root.VerifyDelegate(Snapshot, old) != nil
		named = c.was.timestamp.Signed.Meta["snapshot.json"]
		// Devices look for a new root at once when there is a new snapshot, and
		// else by the hour.
		should := c.next.root != nil || c.was.unfinished || halfOver(old.Signed.UnrecognizedFields, old.Signed.Expires, c.now)
		if !must && !should {
			return named, nil
		}
		changed = must
		version = old.Signed.Version + 1
	}
	doc := metadata.Snapshot(c.now.Add(validity(c.root, Snapshot)))
	doc.Signed.UnrecognizedFields = map[string]any{publishedField: stamp(c.now)}
	doc.Signed.Meta = c.meta
	var err error
	if doc.Signed.Version, err = free(c.folder, Snapshot, version); err != nil {
		return nil, err
	}
	err = signForBoth(c, Snapshot, doc)
	if errors.Is(err, ErrThreshold) && !changed {
		return named, nil
	}
	if err != nil {
		return nil, fmt.Errorf("sign snapshot: %w", err)
	}
	data, err := doc.ToBytes(false)
	c.writes = append(c.writes, write{fileName(Snapshot, doc.Signed.Version), data})
	return metaOf(doc.Signed.Version, data), err
}

func (c *commit) drawTimestamp(snapshot *metadata.MetaFiles) error {
	doc := newTimestamp(c.root, Timestamp, c.now, c.was.timestamp, snapshot)
	if err := signForBoth(c, Timestamp, doc); err != nil {
		return err
	}
	data, err := doc.ToBytes(false)
	c.writes = append(c.writes, write{timestampFile, data})
	return err
}

// newTimestamp is a timestamp for the network or for a stick, unsigned.
func newTimestamp(root *rootDoc, role string, now time.Time, last *timestampDoc, snapshot *metadata.MetaFiles) *timestampDoc {
	doc := metadata.Timestamp(now.Add(validity(root, role)))
	doc.Signed.UnrecognizedFields = map[string]any{publishedField: stamp(now)}
	doc.Signed.Meta = map[string]*metadata.MetaFiles{"snapshot.json": snapshot}
	version := 2 * now.UnixMilli()
	if last != nil {
		version = max(version, last.Signed.Version+1)
	}
	doc.Signed.Version = version + version&1
	if role == Offline {
		doc.Signed.Version = version | 1
	}
	return doc
}

// signForBoth signs for the root in force afterwards, and for the one before as
// far as its keys are at hand.
func signForBoth[T metadata.Roles](c *commit, role string, doc *metadata.Metadata[T]) error {
	err := signAs(doc, role, c.root, nil, c.ring)
	if err != nil || !c.both {
		return err
	}
	if err = signAs(doc, role, c.was.root(), nil, c.ring); errors.Is(err, ErrThreshold) {
		return nil
	}
	return err
}

func metaOf(version int64, data []byte) *metadata.MetaFiles {
	file, _ := metadata.TargetFile().FromBytes("", data) // which fails for unknown hashes alone
	return &metadata.MetaFiles{Version: version, Length: file.Length, Hashes: file.Hashes}
}

// sameSigned says that two documents differ in their signatures at most.
func sameSigned(a, b []byte) bool {
	one, err1 := signedPart(a)
	other, err2 := signedPart(b)
	return err1 == nil && err2 == nil && bytes.Equal(one, other)
}
