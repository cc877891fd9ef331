package publish

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// A Publisher makes the releases of one list.
type Publisher struct {
	folder folder
	name   string
	signer ed25519.PrivateKey
	keyID  string
}

// New returns the publisher of the list of that name in a folder of lists. The
// key ID is that of the list key which the digests of its records are made
// with.
func New(dir, name string, signer ed25519.PrivateKey, keyID string) (*Publisher, error) {
	if !feed.ValidListName(name) {
		return nil, fmt.Errorf("publish: %q is no name for a list: use up to 32 of a-z, 0-9 and -", name)
	}
	if len(signer) != ed25519.PrivateKeySize {
		return nil, errors.New("publish: no key to sign releases with")
	}
	return &Publisher{folder: folder{path: filepath.Join(dir, name), put: put}, name: name, signer: signer, keyID: keyID}, nil
}

// A Release is what was published.
type Release struct {
	Manifest feed.Manifest
	// NoDelta says why there is no delta; it is empty when there is one.
	NoDelta string
}

// The ways in which a release cannot be made.
var (
	ErrBusy     = errors.New("another program is publishing this list")
	ErrClock    = errors.New("the clock is behind the time of the last release")
	ErrForeign  = errors.New("not a release of this list that was signed with this key")
	ErrTwice    = errors.New("two records have the same digest, class and issuing State")
	ErrSelfTest = errors.New("the files do not hold what they should: nothing was published")
)

// Publish makes these records, in any order, the newest release of the list.
// The same records at the same time on the same folder give the same bytes.
func (p *Publisher) Publish(now time.Time, records []list.Record) (Release, error) {
	r, err := p.publish(now.UTC().Truncate(time.Second), records)
	if err != nil {
		return Release{}, fmt.Errorf("publish: list %s: %w", p.name, err)
	}
	return r, nil
}

func (p *Publisher) publish(now time.Time, records []list.Record) (Release, error) {
	unlock, err := p.folder.lock()
	if err != nil {
		return Release{}, err
	}
	defer unlock()
	last, err := p.latest()
	if err != nil {
		return Release{}, err
	}
	if now.Before(last.Manifest().Issued) {
		return Release{}, ErrClock
	}
	d, err := p.draft(last, records)
	if err != nil {
		return Release{}, err
	}
	d.manifest.Issued = now
	if d.manifest, err = p.write(d); err != nil {
		return Release{}, err
	}
	return Release{Manifest: d.manifest, NoDelta: d.noDelta}, nil
}

// Latest returns the newest release of the list; the error is fs.ErrNotExist
// when there is none yet.
func (p *Publisher) Latest() (feed.Manifest, error) {
	v, err := p.read(latestFile)
	if err != nil {
		return feed.Manifest{}, fmt.Errorf("publish: list %s: %w", p.name, err)
	}
	return v.Manifest(), nil
}

// latest returns the newest release, or the zero one. It first completes what
// a crash kept from becoming the latest.
func (p *Publisher) latest() (feed.Verified, error) {
	last, err := p.read(latestFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return feed.Verified{}, err
	}
	highest, err := p.folder.highest()
	if err != nil || highest <= last.Manifest().Sequence {
		return last, err
	}
	if last, err = p.read(releaseFile(highest)); err != nil {
		return feed.Verified{}, err
	}
	envelope, err := os.ReadFile(p.folder.file(releaseFile(highest)))
	if err != nil {
		return feed.Verified{}, err
	}
	return last, p.folder.put(p.folder.path, latestFile, envelope)
}

// read reads an envelope that this publisher signed.
func (p *Publisher) read(name string) (feed.Verified, error) {
	envelope, err := os.ReadFile(p.folder.file(name))
	if err != nil {
		return feed.Verified{}, err
	}
	v, err := p.verify(envelope)
	if err != nil {
		return feed.Verified{}, fmt.Errorf("%s: %w: %w", name, ErrForeign, err)
	}
	return v, nil
}

func (p *Publisher) verify(envelope []byte) (feed.Verified, error) {
	key := p.signer.Public().(ed25519.PublicKey)
	return feed.Verify(envelope, feed.Trust{List: p.name, Keys: []ed25519.PublicKey{key}}, feed.Position{})
}

// write makes a draft the newest release.
func (p *Publisher) write(d draft) (feed.Manifest, error) {
	for _, f := range d.files {
		d.manifest.Files = append(d.manifest.Files, f.File)
	}
	envelope, err := feed.Sign(d.manifest, p.signer)
	if err != nil {
		return feed.Manifest{}, err
	}
	m, err := p.selfTest(envelope, d)
	if err != nil {
		return feed.Manifest{}, err
	}
	for _, f := range d.files {
		if err := p.folder.put(p.folder.path, f.Name, f.data); err != nil {
			return feed.Manifest{}, err
		}
	}
	if err := p.folder.put(p.folder.path, releaseFile(m.Sequence), envelope); err != nil {
		return feed.Manifest{}, err
	}
	return m, p.folder.put(p.folder.path, latestFile, envelope)
}

// selfTest reads a release as a device does, before anyone else can: a number
// that a bad release has taken cannot be given to a good one.
func (p *Publisher) selfTest(envelope []byte, d draft) (feed.Manifest, error) {
	v, err := p.verify(envelope)
	if err != nil {
		return feed.Manifest{}, fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	for _, f := range d.files {
		c, err := v.Content(f.Kind, bytes.NewReader(f.data))
		if err == nil && f.Kind == feed.Delta {
			_, _, err = c.Changes()
		} else if err == nil {
			_, err = readSnapshot(c)
		}
		if err != nil {
			return feed.Manifest{}, fmt.Errorf("%w: %w", ErrSelfTest, err)
		}
	}
	return v.Manifest(), nil
}
