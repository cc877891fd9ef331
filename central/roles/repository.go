package roles

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// A Repository is the metadata of a publisher.
type Repository struct {
	folder Folder
	anchor []byte
}

// Open returns the repository in a folder. The root is one that devices are
// provisioned with: all that is in the folder must follow from it. Without one,
// the folder's first root is believed.
func Open(folder Folder, root []byte) (*Repository, error) {
	r := &Repository{folder: folder, anchor: root}
	if _, err := load(folder, root); err != nil {
		return nil, fmt.Errorf("open repository: %w", err)
	}
	return r, nil
}

// locked does work that changes the repository, alone.
func (r *Repository) locked(work func() error) error {
	unlock, err := r.folder.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	return work()
}

// changeOrBegin does work on a state, or on the empty one before the first root.
func (r *Repository) changeOrBegin(verb string, work func(was *state) error) error {
	return r.changeOf(r.loadOrNone, verb, work)
}

func (r *Repository) change(verb string, work func(was *state) error) error {
	return r.changeOf(func() (*state, error) { return load(r.folder, r.anchor) }, verb, work)
}

func (r *Repository) changeOf(load func() (*state, error), verb string, work func(was *state) error) error {
	err := r.locked(func() error {
		was, err := load()
		if err != nil {
			return err
		}
		return work(was)
	})
	if err != nil {
		return fmt.Errorf("%s repository: %w", verb, err)
	}
	return nil
}

// A Change is what becomes of the targets of a role.
type Change struct {
	Role string
	Put  map[string][]byte // what each target file holds, by its target path
	Drop []string          // target paths
}

// Update makes changes to roles of which the ring holds as many keys as it
// takes, and signs a new snapshot and timestamp. A crash leaves the state
// before it.
func (r *Repository) Update(now time.Time, ring *keys.Ring, changes ...Change) error {
	return r.change("update", func(was *state) error {
		n := next{targets: map[string]*targetsDoc{}, files: map[string][]byte{}}
		for _, change := range changes {
			doc, err := r.draw(now.UTC(), was, change, n.files)
			if err != nil {
				return fmt.Errorf("%s: %w", change.Role, err)
			}
			if n.targets[change.Role] != nil {
				return fmt.Errorf("%s: it is changed twice", change.Role)
			}
			if err := signAs(doc, change.Role, was.root(), was.targets[Targets], ring); err != nil {
				return err
			}
			n.targets[change.Role] = doc
		}
		return r.commit(now.UTC(), ring, was, n)
	})
}

// Refresh signs a new timestamp; and a new snapshot and list, where half of their
// time is over and their keys are at hand. It completes what a crash left.
func (r *Repository) Refresh(now time.Time, ring *keys.Ring) error {
	return r.change("refresh", func(was *state) error { return r.commit(now.UTC(), ring, was, next{}) })
}

// draw is a role's next document with a change, unsigned; and the files that it
// names.
func (r *Repository) draw(now time.Time, was *state, change Change, files map[string][]byte) (*targetsDoc, error) {
	role := delegation(was.targets[Targets], change.Role)
	if role == nil && (change.Role != Targets || len(change.Put) > 0) {
		return nil, fmt.Errorf("find role: %q may name no targets", change.Role)
	}
	doc, err := r.successor(change.Role, was.root(), was.targets[change.Role], now)
	if err != nil {
		return nil, err
	}
	for _, name := range change.Drop {
		delete(doc.Signed.Targets, name)
	}
	for name, data := range change.Put {
		if ok, _ := role.IsDelegatedPath(name); !ok || !fs.ValidPath(name) {
			return nil, fmt.Errorf("put target %q: the role may speak of %v alone", name, role.Paths)
		}
		file, err := metadata.TargetFile().FromBytes(name, data)
		if err != nil {
			return nil, err
		}
		doc.Signed.Targets[name] = file
		files[TargetFile(name, data)] = data
	}
	return doc, nil
}

// Target returns what the target file holds that a role names; the error is
// fs.ErrNotExist when it names none.
func (r *Repository) Target(role, target string) ([]byte, error) {
	is, err := load(r.folder, r.anchor)
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	doc := is.targets[role]
	if doc == nil || doc.Signed.Targets[target] == nil {
		return nil, fmt.Errorf("read target %q: %s does not name it: %w", target, role, fs.ErrNotExist)
	}
	file := doc.Signed.Targets[target]
	data, err := r.folder.Get(consistent(target, file.Hashes["sha256"].String()))
	if err == nil {
		err = file.VerifyLengthHashes(data)
	}
	if err != nil {
		return nil, fmt.Errorf("read target %q: %w", target, err)
	}
	return data, nil
}

// TargetFile is the name of the file that holds a target.
func TargetFile(target string, data []byte) string {
	sum := sha256.Sum256(data)
	return consistent(target, hex.EncodeToString(sum[:]))
}

func consistent(target, sum string) string {
	return path.Join(path.Dir(target), sum+"."+path.Base(target))
}

// successor is what follows a document, under the next number that is free,
// unsigned. It names the same.
func (r *Repository) successor(role string, root *rootDoc, old *targetsDoc, now time.Time) (*targetsDoc, error) {
	doc := metadata.Targets(now.Add(validity(root, role)))
	version := int64(1)
	if old != nil {
		version = old.Signed.Version + 1
		doc.Signed.Targets = maps.Clone(old.Signed.Targets)
		doc.Signed.Delegations = old.Signed.Delegations
	}
	doc.Signed.UnrecognizedFields = map[string]any{publishedField: stamp(now)}
	var err error
	doc.Signed.Version, err = free(r.folder, role, version)
	return doc, err
}

func signedPart(data []byte) (json.RawMessage, error) {
	var doc struct {
		Signed json.RawMessage `json:"signed"`
	}
	err := json.Unmarshal(data, &doc)
	return doc.Signed, err
}
