package roles

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// A Draft is metadata that people in different places sign, one after the other
// or each a copy. Its name is that of the file that it becomes, and ".draft".
type Draft struct {
	Name string
	Data []byte
}

const draftSuffix = ".draft"

// followsField is the version of the document that a draft was made of: what
// came in between must not be undone by it.
const followsField = "x-follows"

// Propose makes a draft of a change of a role's targets; without a change, the
// same is to be signed anew, also by new keys. The target files are written:
// nothing names them yet.
func (r *Repository) Propose(now time.Time, change Change) (d Draft, err error) {
	err = r.change("propose change of", func(was *state) error {
		files := map[string][]byte{}
		doc, err := r.draw(now.UTC(), was, change, files)
		if err != nil {
			return err
		}
		for name, data := range files {
			if err := writeTo(r.folder, write{name, data}); err != nil {
				return err
			}
		}
		d, err = newDraft(change.Role, doc, was.targets[change.Role])
		return err
	})
	return d, err
}

func newDraft(role string, doc, old *targetsDoc) (Draft, error) {
	version := int64(0)
	if old != nil {
		version = old.Signed.Version
	}
	doc.Signed.UnrecognizedFields[followsField] = strconv.FormatInt(version, 10)
	data, err := doc.ToBytes(false)
	return Draft{fileName(role, doc.Signed.Version) + draftSuffix, data}, err
}

// Drafts that were read, and the state that they are to follow.
type drafts struct {
	was     *state
	root    *rootDoc
	targets map[string]*targetsDoc
	names   map[string]string // by role
}

// read joins drafts: two of one name are copies, whose signatures count together.
func (r *Repository) read(was *state, all []Draft) (*drafts, error) {
	ds := &drafts{was: was, targets: map[string]*targetsDoc{}, names: map[string]string{}}
	signed := map[string][]byte{}
	for _, d := range all {
		role, err := ds.add(d)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", d.Name, err)
		}
		if first := signed[role]; first != nil && !sameSigned(first, d.Data) {
			return nil, fmt.Errorf("read %s: two drafts of one role differ", d.Name)
		}
		signed[role] = d.Data
	}
	if len(all) == 0 {
		return nil, errors.New("there is no draft")
	}
	return ds, nil
}

func (ds *drafts) add(d Draft) (role string, err error) {
	number, rest, _ := strings.Cut(d.Name, ".")
	version, err := strconv.ParseInt(number, 10, 64)
	role, ok := strings.CutSuffix(rest, ".json"+draftSuffix)
	if err != nil || !ok {
		return "", errors.New("its name is not like 2.root.json.draft")
	}
	ds.names[role] = d.Name
	if role == Root {
		doc, err := parse[metadata.RootType](d.Name, d.Data)
		if err != nil {
			return "", err
		}
		ds.root = joined(ds.root, doc)
		return role, sameVersion(version, doc.Signed.Version)
	}
	if role != Targets && !slices.ContainsFunc(delegated, func(d struct{ role, paths string }) bool { return d.role == role }) {
		return "", fmt.Errorf("no draft can be of role %q", role)
	}
	doc, err := parse[metadata.TargetsType](d.Name, d.Data)
	if err != nil {
		return "", err
	}
	ds.targets[role] = joined(ds.targets[role], doc)
	return role, sameVersion(version, doc.Signed.Version)
}

func sameVersion(name, doc int64) error {
	if name != doc {
		return fmt.Errorf("its version is %d", doc)
	}
	return nil
}

// joined has the signatures of both copies of a document.
func joined[T metadata.Roles](have, more *metadata.Metadata[T]) *metadata.Metadata[T] {
	if have != nil {
		more.Signatures = append(more.Signatures, have.Signatures...)
	}
	return more
}

// A need is one of the quorums that a draft must reach.
type need struct {
	by string
	holder
}

// needs returns who must sign the draft of a role: for a root, the keys of the
// one before, and its own; for what is below, the keys that count afterwards.
func (ds *drafts) needs(role string) ([]need, error) {
	root, targets := ds.was.root(), ds.was.targets[Targets]
	if ds.root != nil {
		root = ds.root
	}
	if root == nil {
		return nil, errors.New("there is no root yet: sign the first one along with it")
	}
	if ds.targets[Targets] != nil && role != Targets {
		targets = ds.targets[Targets]
	}
	h, err := holders(role, root, targets)
	if err != nil {
		return nil, err
	}
	by := Targets
	if root.Signed.Roles[role] != nil {
		by = fmt.Sprintf("root %d", root.Signed.Version)
	}
	needs := []need{{by, h}}
	// A targets document that the root before vouches for as well can come before
	// the new root, which is better; but its keys may be lost.
	if before := ds.was.root(); role == Root && before != nil {
		h, err = holders(role, before, nil)
		needs = append(needs, need{fmt.Sprintf("root %d", before.Signed.Version), h})
	}
	return needs, err
}

// mayAlso returns further keys whose signatures are kept.
func (ds *drafts) mayAlso(role string) holder {
	h, err := holders(role, ds.was.root(), ds.was.targets[Targets])
	if err != nil || delegation(ds.was.targets[Targets], role) != nil {
		return holder{}
	}
	return h
}

// Sign adds the signatures of all keys of the ring that count for these drafts.
// Drafts that are to be published together are signed together: the keys that
// one brings count for the other.
func (r *Repository) Sign(ring *keys.Ring, all ...Draft) (signed []Draft, err error) {
	was, err := r.loadOrNone()
	if err != nil {
		return nil, fmt.Errorf("sign draft: %w", err)
	}
	ds, err := r.read(was, all)
	if err != nil {
		return nil, fmt.Errorf("sign draft: %w", err)
	}
	for _, role := range ds.roles() {
		var data []byte
		if role == Root {
			data, err = signDraft(ds, role, ds.root, ring)
		} else {
			data, err = signDraft(ds, role, ds.targets[role], ring)
		}
		if err != nil {
			return nil, fmt.Errorf("sign draft: %s: %w", ds.names[role], err)
		}
		signed = append(signed, Draft{ds.names[role], data})
	}
	return signed, nil
}

// roles returns the roles of the drafts, the delegators first.
func (ds *drafts) roles() (all []string) {
	for _, role := range []string{Root, Targets, List, Bulk, Firmware} {
		if ds.names[role] != "" {
			all = append(all, role)
		}
	}
	return all
}

func signDraft[T metadata.Roles](ds *drafts, role string, doc *metadata.Metadata[T], ring *keys.Ring) ([]byte, error) {
	if err := tidy(ds, role, doc); err != nil {
		return nil, err
	}
	needs, err := ds.needs(role)
	if err != nil {
		return nil, err
	}
	for _, n := range append(needs, need{holder: ds.mayAlso(role)}) {
		for _, id := range n.keyIDs {
			if _, err := signWith(doc, id, ring); err != nil {
				return nil, err
			}
		}
	}
	return doc.ToBytes(false)
}

// tidy leaves one good signature of each key that counts. A bad copy of one must
// not take the place of a good one.
func tidy[T metadata.Roles](ds *drafts, role string, doc *metadata.Metadata[T]) error {
	needs, err := ds.needs(role)
	if err != nil {
		return err
	}
	all := doc.Signatures
	good := map[string]metadata.Signature{}
	for _, n := range append(needs, need{holder: ds.mayAlso(role)}) {
		for _, s := range all {
			doc.Signatures = []metadata.Signature{s}
			if slices.Contains(n.keyIDs, s.KeyID) && vouches(n.keys[s.KeyID], s.KeyID, doc) {
				good[s.KeyID] = s
			}
		}
	}
	doc.Signatures = []metadata.Signature{}
	for _, s := range all {
		if g, ok := good[s.KeyID]; ok {
			doc.Signatures = append(doc.Signatures, g)
			delete(good, s.KeyID)
		}
	}
	return nil
}
