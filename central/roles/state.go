package roles

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Short names of what go-tuf calls Metadata.
type (
	rootDoc      = metadata.Metadata[metadata.RootType]
	timestampDoc = metadata.Metadata[metadata.TimestampType]
	snapshotDoc  = metadata.Metadata[metadata.SnapshotType]
	targetsDoc   = metadata.Metadata[metadata.TargetsType]
)

// A state is what timestamp.json names, all the way down. Before the first
// root there is an empty one.
type state struct {
	roots     []*rootDoc // each signed as the one before demands; the last is in force
	timestamp *timestampDoc
	snapshot  *snapshotDoc
	targets   map[string]*targetsDoc // of targets and what is below
	// unfinished means that the last root is newer than the rest, because a
	// crash came between: part of it is not signed as that root demands.
	unfinished bool
}

func (s *state) root() *rootDoc {
	if len(s.roots) == 0 {
		return nil
	}
	return s.roots[len(s.roots)-1]
}

// load reads a state. Everything in it was signed by those who might do so at
// the time: nothing else can get into what is signed next.
func load(f Folder, anchor []byte) (*state, error) {
	s := &state{targets: map[string]*targetsDoc{}}
	if err := s.loadRoots(f, anchor); err != nil {
		return nil, err
	}
	var err error
	if s.timestamp, err = read[metadata.TimestampType](f, timestampFile); err != nil {
		return nil, err
	}
	if err := s.trust(Timestamp, s.timestamp); err != nil {
		return nil, err
	}
	meta := s.timestamp.Signed.Meta["snapshot.json"]
	if meta == nil {
		return nil, fmt.Errorf("read %s: it names no snapshot", timestampFile)
	}
	if s.snapshot, err = read[metadata.SnapshotType](f, fileName(Snapshot, meta.Version)); err != nil {
		return nil, err
	}
	if err := s.trust(Snapshot, s.snapshot); err != nil {
		return nil, err
	}
	return s, s.loadTargets(f)
}

func (s *state) loadRoots(f Folder, anchor []byte) error {
	if anchor == nil {
		var err error
		if anchor, err = f.Get(fileName(Root, 1)); err != nil {
			return fmt.Errorf("read root: %w", err)
		}
	}
	first, err := parse[metadata.RootType](Root, anchor)
	if err != nil {
		return err
	}
	if err := first.VerifyDelegate(Root, first); err != nil {
		return fmt.Errorf("read root %d: %w: %w", first.Signed.Version, ErrSignature, err)
	}
	s.roots = []*rootDoc{first}
	for {
		next, err := read[metadata.RootType](f, fileName(Root, s.root().Signed.Version+1))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil {
			err = follows(s.root(), next)
		}
		if err != nil {
			return err
		}
		s.roots = append(s.roots, next)
	}
}

// follows checks that a root is the next one, signed for the one before and for
// itself.
func follows(before, next *rootDoc) error {
	version := before.Signed.Version + 1
	if next.Signed.Version != version {
		return fmt.Errorf("read root %d: it has version %d", version, next.Signed.Version)
	}
	for _, by := range []*rootDoc{before, next} {
		if err := by.VerifyDelegate(Root, next); err != nil {
			return fmt.Errorf("read root %d: %w: %w", version, ErrSignature, err)
		}
	}
	return nil
}

// trust checks a document of the roles that the root names. One that only an
// earlier root vouches for is what a crash left.
func (s *state) trust(role string, doc any) error {
	err := s.root().VerifyDelegate(role, doc)
	if err == nil {
		return nil
	}
	for _, earlier := range s.roots[:len(s.roots)-1] {
		if earlier.VerifyDelegate(role, doc) == nil {
			s.unfinished = true
			return nil
		}
	}
	return fmt.Errorf("read %s: %w: %w", role, ErrSignature, err)
}

// loadTargets reads targets and all roles below that the snapshot names.
func (s *state) loadTargets(f Folder) error {
	meta := s.snapshot.Signed.Meta["targets.json"]
	if meta == nil {
		return errors.New("read snapshot: it names no targets")
	}
	named, err := read[metadata.TargetsType](f, fileName(Targets, meta.Version))
	if err != nil {
		return err
	}
	if err := s.trust(Targets, named); err != nil {
		return err
	}
	s.targets[Targets] = named
	if s.root().VerifyDelegate(Targets, named) != nil {
		s.targets[Targets] = newest(f, Targets, s.root(), named)
	}
	for name, meta := range s.snapshot.Signed.Meta {
		role := strings.TrimSuffix(name, ".json")
		if role == Targets {
			continue
		}
		doc, err := read[metadata.TargetsType](f, fileName(role, meta.Version))
		if err != nil {
			return err
		}
		if err := named.VerifyDelegate(role, doc); err != nil {
			return fmt.Errorf("read %s: %w: %w", role, ErrSignature, err)
		}
		if s.targets[Targets].VerifyDelegate(role, doc) != nil {
			doc = newest(f, role, s.targets[Targets], doc)
		}
		s.targets[role] = doc
	}
	return nil
}

// A delegator says who signs for a role.
type delegator interface {
	VerifyDelegate(role string, doc any) error
}

// newest looks behind a document for one that its delegator vouches for: it was
// written before a crash. Without one, the document itself remains.
func newest(f Folder, role string, by delegator, doc *targetsDoc) *targetsDoc {
	for n := doc.Signed.Version + 1; n <= doc.Signed.Version+maxSkipped; n++ {
		next, err := read[metadata.TargetsType](f, fileName(role, n))
		if errors.Is(err, fs.ErrNotExist) {
			return doc
		}
		if err == nil && by.VerifyDelegate(role, next) == nil {
			return next
		}
	}
	return doc
}

func read[T metadata.Roles](f Folder, name string) (*metadata.Metadata[T], error) {
	data, err := f.Get(name)
	if err != nil {
		return nil, fmt.Errorf("read metadata: %w", err)
	}
	return parse[T](name, data)
}

func parse[T metadata.Roles](name string, data []byte) (*metadata.Metadata[T], error) {
	doc, err := new(metadata.Metadata[T]).FromBytes(data)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return doc, nil
}
