package roles

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Review is what a draft says, for those who are to sign it.
type Review struct {
	Name    string            `json:"name"`
	Role    string            `json:"role"`
	Version int64             `json:"version"`
	Expires time.Time         `json:"expires"`
	Roles   []ReviewRole      `json:"roles"`   // those that it gives keys
	Targets map[string]string `json:"targets"` // target path: SHA-256
	Quorums []Quorum          `json:"quorums"`
}

// A ReviewRole is who speaks for a role, if the draft is published.
type ReviewRole struct {
	Role      string   `json:"role"`
	Threshold int      `json:"threshold"`
	Keys      []string `json:"keys"`
	Added     []string `json:"added"`
	Revoked   []string `json:"revoked"`
}

// A Quorum is how many signatures a draft has of those that it takes.
type Quorum struct {
	By      string   `json:"by"` // the document that demands them
	Need    int      `json:"need"`
	Signed  []string `json:"signed"`  // key IDs
	Waiting []string `json:"waiting"` // key IDs of those who have not signed
}

// Reached says that as many have signed as it takes.
func (q Quorum) Reached() bool { return len(q.Signed) >= q.Need }

// Review tells what drafts say, and who has signed them.
func (r *Repository) Review(all ...Draft) ([]Review, error) {
	was, err := r.loadOrNone()
	if err != nil {
		return nil, fmt.Errorf("review draft: %w", err)
	}
	ds, err := r.read(was, all)
	if err != nil {
		return nil, fmt.Errorf("review draft: %w", err)
	}
	var reviews []Review
	for _, role := range ds.roles() {
		review, err := ds.review(role)
		if err != nil {
			return nil, fmt.Errorf("review draft: %w", err)
		}
		reviews = append(reviews, review)
	}
	return reviews, nil
}

func (ds *drafts) review(role string) (Review, error) {
	v := Review{Name: ds.names[role], Role: role, Roles: []ReviewRole{}, Targets: map[string]string{}, Quorums: []Quorum{}}
	var doc any
	if role == Root {
		doc, v.Version, v.Expires = ds.root, ds.root.Signed.Version, ds.root.Signed.Expires
		for _, name := range []string{Root, Targets, Snapshot, Timestamp, Offline} {
			v.Roles = append(v.Roles, ds.reviewRole(name))
		}
	} else {
		t := ds.targets[role]
		doc, v.Version, v.Expires = t, t.Signed.Version, t.Signed.Expires
		for path, file := range t.Signed.Targets {
			v.Targets[path] = file.Hashes["sha256"].String()
		}
	}
	if role == Targets {
		for _, d := range delegated {
			v.Roles = append(v.Roles, ds.reviewRole(d.role))
		}
	}
	needs, err := ds.needs(role)
	for _, n := range needs {
		v.Quorums = append(v.Quorums, n.quorum(doc))
	}
	return v, err
}

func (n need) quorum(doc any) Quorum {
	q := Quorum{By: n.by, Need: n.threshold, Signed: append([]string{}, n.signers(doc)...)}
	q.Waiting = without(n.keyIDs, q.Signed)
	return q
}

func (ds *drafts) reviewRole(role string) ReviewRole {
	root, targets := ds.root, ds.targets[Targets]
	if root == nil {
		root = ds.was.root()
	}
	if targets == nil {
		targets = ds.was.targets[Targets]
	}
	before, _ := holders(role, ds.was.root(), ds.was.targets[Targets]) // nobody, if it is new
	after, _ := holders(role, root, targets)
	return ReviewRole{
		Role: role, Threshold: after.threshold, Keys: append([]string{}, after.keyIDs...),
		Added: without(after.keyIDs, before.keyIDs), Revoked: without(before.keyIDs, after.keyIDs),
	}
}

// without returns those of all that are not among the others.
func without(all, others []string) []string {
	rest := []string{}
	for _, s := range all {
		if !slices.Contains(others, s) {
			rest = append(rest, s)
		}
	}
	return rest
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
