package publish

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"portcullis/cache/feed"
	"portcullis/central/roles"
)

// A guarded folder is a repository that tries what devices will see, before it
// writes timestamp.json.
type guarded struct {
	roles.Dir
	ctx    context.Context
	folder folder
	try    func(timestamp []byte) error
}

// repository is the folder that package roles writes to. What it publishes must
// lead to the release with that state.
func (w *work) repository(s *state) guarded {
	return guarded{roles.Dir(w.Dir), w.ctx, w.folder, func(timestamp []byte) error { return w.selfTest(s, timestamp) }}
}

// Replace writes timestamp.json.
func (g guarded) Replace(name string, data []byte) error {
	if err := g.try(data); err != nil {
		return fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	g.folder.tell(name)
	defer g.folder.tell(name)
	return g.Dir.Replace(name, data)
}

// Create writes a manifest, or a file of the metadata.
func (g guarded) Create(name string, data []byte) error {
	g.folder.tell(name)
	defer g.folder.tell(name)
	return g.Dir.Create(name, data)
}

// Lock waits for a short while: other lists are signed in the same repository.
func (g guarded) Lock() (func(), error) { return await(g.ctx, g.Dir.Lock) }

// patience is how long a publisher waits for another, of its own list or of one
// that is signed in the same repository.
const patience = 10 * time.Second

// await takes a lock that another program may have for a short while.
func await(ctx context.Context, lock func() (func(), error)) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		unlock, err := lock()
		if !errors.Is(err, roles.ErrBusy) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// selfTest goes from the root to each new file of a release, by a device's own
// code: a number that a bad release has taken cannot be given to a good one.
func (w *work) selfTest(s *state, timestamp []byte) error {
	v, err := w.Publisher.view(w.ctx, map[string][]byte{timestampFile: timestamp})
	if err != nil {
		return err
	}
	m := v.release.Manifest()
	if m.Position() != s.Position {
		return fmt.Errorf("release %d is seen instead of %d", m.Sequence, s.Position.Sequence)
	}
	if m.Sequence == w.last.Sequence {
		return nil // and its files were tried when it was made
	}
	if data, err := m.Encode(); err != nil || !bytes.Equal(data, s.Manifest) {
		return errors.Join(errors.New("the manifest is another"), err)
	}
	if _, ok := v.release.Way(feed.Position{}, m.Position(), nil); !ok {
		return errors.New("there is no way to the release")
	}
	if v.release, err = w.withNewArchives(v.release); err != nil {
		return err
	}
	tried := map[string]bool{}
	for _, step := range v.release.Steps() {
		if step.To.Sequence != m.Sequence || tried[step.Name] {
			continue
		}
		tried[step.Name] = true
		if err := w.checkContent(v.release, step); err != nil {
			return err
		}
	}
	return nil
}

// withNewArchives reads the archives that were made with a release.
func (p *Publisher) withNewArchives(v feed.Verified) (feed.Verified, error) {
	for i := 0; i < len(v.Archives()); i++ { // which grows
		a := v.Archives()[i]
		if a.To != v.Manifest().Sequence {
			continue
		}
		data, err := os.ReadFile(p.folder.file(a.Name))
		if err == nil {
			v, err = v.WithHistory(data)
		}
		if err != nil {
			return v, err
		}
	}
	return v, nil
}
