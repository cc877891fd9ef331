package roles

import (
	"fmt"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"portcullis/central/keys"
)

// The fields of signed parts that are ours.
const (
	publishedField = "x-published"
	localField     = "x-local-only"
	validityField  = "x-validity"
)

// newRoot is the first root of a plan, which nobody has signed yet.
func newRoot(p Plan, now time.Time) (*rootDoc, error) {
	root := metadata.Root(now.Add(p[Root].Validity))
	validity, local := map[string]any{}, []any{}
	for name, role := range p {
		validity[name] = role.Validity.String()
	}
	for _, name := range []string{Root, Targets, Snapshot, Timestamp, Offline} {
		for _, key := range p[name].Keys {
			if err := addRootKey(root, name, key); err != nil {
				return nil, err
			}
			if name == Offline {
				local = append(local, key.ID)
			}
		}
		if name != Offline {
			root.Signed.Roles[name].Threshold = p[name].Threshold
		}
	}
	root.Signed.UnrecognizedFields = map[string]any{localField: local, validityField: validity, publishedField: stamp(now)}
	return root, nil
}

func addRootKey(root *rootDoc, role string, key keys.Public) error {
	if role == Offline {
		role = Timestamp
	}
	tuf, err := metadata.KeyFromPublicKey(key.Key)
	if err != nil {
		return fmt.Errorf("add key to %s: %w", role, err)
	}
	return root.Signed.AddKey(tuf, role)
}

func addTargetsKey(doc *targetsDoc, role string, key keys.Public) error {
	tuf, err := metadata.KeyFromPublicKey(key.Key)
	if err != nil {
		return fmt.Errorf("add key to %s: %w", role, err)
	}
	return doc.Signed.AddKey(tuf, role)
}

// newTargets has the delegations of a plan: the roles that have keys.
func newTargets(p Plan, now time.Time) (*targetsDoc, error) {
	doc := metadata.Targets(now.Add(p[Targets].Validity))
	doc.Signed.Delegations = &metadata.Delegations{Keys: map[string]*metadata.Key{}}
	for _, d := range delegated {
		if len(p[d.role].Keys) == 0 {
			continue
		}
		doc.Signed.Delegations.Roles = append(doc.Signed.Delegations.Roles, metadata.DelegatedRole{
			Name: d.role, KeyIDs: []string{}, Threshold: p[d.role].Threshold, Terminating: true, Paths: []string{d.paths},
		})
		for _, key := range p[d.role].Keys {
			if err := addTargetsKey(doc, d.role, key); err != nil {
				return nil, err
			}
		}
	}
	doc.Signed.UnrecognizedFields = map[string]any{publishedField: stamp(now)}
	return doc, nil
}

// check refuses a plan that nobody could work by, or that one key would break.
func (p Plan) check() error {
	for _, name := range []string{Root, Targets, Snapshot, Timestamp, List} {
		if len(p[name].Keys) == 0 {
			return fmt.Errorf("check plan: role %s has no keys", name)
		}
	}
	for name, role := range p {
		if _, ok := Defaults()[name]; !ok {
			return fmt.Errorf("check plan: there is no role %q", name)
		}
		if len(role.Keys) > 0 && (role.Threshold < 1 || role.Threshold > len(role.Keys)) {
			return fmt.Errorf("check plan: role %s needs %d of %d keys", name, role.Threshold, len(role.Keys))
		}
		if role.Validity < time.Second {
			return fmt.Errorf("check plan: role %s is valid for %v", name, role.Validity)
		}
	}
	for name, role := range p {
		if id := twice(role.Keys); id != "" {
			return fmt.Errorf("check plan: role %s has key %.16s twice", name, id)
		}
	}
	if id := twice(slices.Concat(p[Timestamp].Keys, p[Offline].Keys)); id != "" {
		return fmt.Errorf("check plan: key %.16s is for the network and for sticks", id)
	}
	if p[Offline].Threshold > 1 || p[Timestamp].Threshold > 1 {
		return fmt.Errorf("check plan: one key alone signs a timestamp")
	}
	return nil
}

// twice returns the ID of a key that is there more than once.
func twice(all []keys.Public) string {
	seen := map[string]bool{}
	for _, key := range all {
		if seen[key.ID] {
			return key.ID
		}
		seen[key.ID] = true
	}
	return ""
}

// A holder is who may sign for a role, as the metadata has it.
type holder struct {
	keyIDs    []string
	keys      map[string]*metadata.Key
	threshold int
}

// holders returns who signs for a role, by these documents: for a timestamp, who
// does so for the network.
func holders(role string, root *rootDoc, targets *targetsDoc) (holder, error) {
	if root != nil && root.Signed.Roles[role] != nil {
		r := root.Signed.Roles[role]
		ids := r.KeyIDs
		if role == Timestamp {
			local := localOnly(root)
			ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(local, id) })
		}
		return holder{ids, root.Signed.Keys, r.Threshold}, nil
	}
	if role == Offline && root != nil {
		return holder{localOnly(root), root.Signed.Keys, 1}, nil
	}
	if d := delegation(targets, role); d != nil {
		return holder{d.KeyIDs, targets.Signed.Delegations.Keys, d.Threshold}, nil
	}
	return holder{}, fmt.Errorf("find role: nobody speaks for %q", role)
}

// delegation returns the role below targets of that name, or nil.
func delegation(targets *targetsDoc, role string) *metadata.DelegatedRole {
	if targets != nil && targets.Signed.Delegations != nil {
		for i := range targets.Signed.Delegations.Roles {
			if d := &targets.Signed.Delegations.Roles[i]; d.Name == role {
				return d
			}
		}
	}
	return nil
}

// localOnly returns the timestamp keys that count on a stick alone.
func localOnly(root *rootDoc) (ids []string) {
	all, _ := root.Signed.UnrecognizedFields[localField].([]any)
	for _, v := range all {
		if id, ok := v.(string); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// validity returns for how long what a role signs is valid.
func validity(root *rootDoc, role string) time.Duration {
	all, _ := root.Signed.UnrecognizedFields[validityField].(map[string]any)
	text, _ := all[role].(string)
	if d, err := time.ParseDuration(text); err == nil {
		return d
	}
	return Defaults()[role].Validity
}

func stamp(now time.Time) string { return now.Format(time.RFC3339) }

// published returns when a document was signed; the zero time if it does not say.
func published(fields map[string]any) time.Time {
	text, _ := fields[publishedField].(string)
	at, _ := time.Parse(time.RFC3339, text)
	return at
}

// halfOver says that half of the time in which a document is valid has passed.
func halfOver(fields map[string]any, expires, now time.Time) bool {
	return !now.Before(expires.Add(-expires.Sub(published(fields)) / 2))
}
