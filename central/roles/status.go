package roles

import (
	"fmt"
	"time"
)

// A Status is how a repository stands, for people and for what watches it.
type Status struct {
	// Unfinished says that a crash came between a new root and what it demands:
	// a refresh completes that.
	Unfinished bool         `json:"unfinished"`
	Published  time.Time    `json:"published"` // when the timestamp was signed
	Roles      []RoleStatus `json:"roles"`
}

// A RoleStatus is how a role stands. The role offline has keys alone.
type RoleStatus struct {
	Role      string     `json:"role"`
	Version   int64      `json:"version,omitempty"` // 0: nothing was published yet
	Published *time.Time `json:"published,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
	HalfOver  bool       `json:"half_over"` // half of its time: sign it anew
	Expired   bool       `json:"expired"`
	Threshold int        `json:"threshold"`
	Keys      []string   `json:"keys"`    // their IDs
	Targets   []string   `json:"targets"` // the target paths that it names
}

// Status tells how the repository stands.
func (r *Repository) Status(now time.Time) (Status, error) {
	is, err := load(r.folder, r.anchor)
	if err != nil {
		return Status{}, fmt.Errorf("read status: %w", err)
	}
	st := Status{Unfinished: is.unfinished, Published: published(is.timestamp.Signed.UnrecognizedFields)}
	root, snapshot, timestamp := is.root().Signed, is.snapshot.Signed, is.timestamp.Signed
	st.add(is, Root).document(root.Version, root.UnrecognizedFields, root.Expires, now)
	st.addTargets(is, Targets, now)
	for _, d := range delegated {
		if delegation(is.targets[Targets], d.role) != nil {
			st.addTargets(is, d.role, now)
		}
	}
	st.add(is, Snapshot).document(snapshot.Version, snapshot.UnrecognizedFields, snapshot.Expires, now)
	st.add(is, Timestamp).document(timestamp.Version, timestamp.UnrecognizedFields, timestamp.Expires, now)
	st.add(is, Offline)
	return st, nil
}

func (st *Status) add(is *state, role string) *RoleStatus {
	h, _ := holders(role, is.root(), is.targets[Targets]) // a role that is not there has no keys
	st.Roles = append(st.Roles, RoleStatus{Role: role, Threshold: h.threshold, Keys: append([]string{}, h.keyIDs...), Targets: []string{}})
	return &st.Roles[len(st.Roles)-1]
}

func (st *Status) addTargets(is *state, role string, now time.Time) {
	rs := st.add(is, role)
	if doc := is.targets[role]; doc != nil {
		rs.document(doc.Signed.Version, doc.Signed.UnrecognizedFields, doc.Signed.Expires, now)
		rs.Targets = append(rs.Targets, sorted(doc.Signed.Targets)...)
	}
}

func (rs *RoleStatus) document(version int64, fields map[string]any, expires, now time.Time) {
	at := published(fields)
	rs.Version, rs.Published, rs.Expires = version, &at, &expires
	rs.HalfOver, rs.Expired = halfOver(fields, expires, now), now.After(expires)
}
