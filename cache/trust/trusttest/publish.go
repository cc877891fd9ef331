package trusttest

import (
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Put names a target in a role and publishes its file; devices see it after the
// next Publish.
func (p *Publisher) Put(role, path string, data []byte) {
	p.t.Helper()
	info, err := metadata.TargetFile().FromBytes(path, data)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Targets[role].Signed.Targets[path] = info
	p.files[TargetFile(path, data)] = data
	p.Touch(role)
}

// Remove takes a target out of a role with the next Publish.
func (p *Publisher) Remove(role, path string) {
	delete(p.Targets[role].Signed.Targets, path)
	p.Touch(role)
}

// Touch has the next Publish sign a role anew.
func (p *Publisher) Touch(role string) { p.changed[role] = true }

// Publish signs all roles that changed, a snapshot if there are any, and a
// timestamp.
func (p *Publisher) Publish() {
	p.t.Helper()
	p.publishRoles()
	p.SignTimestamp(p.Keys[metadata.TIMESTAMP][:1]...)
}

// PublishLocal is Publish for a medium: the timestamp is signed by the local-only
// key alone and good for longer.
func (p *Publisher) PublishLocal() {
	p.t.Helper()
	p.publishRoles()
	p.Timestamp.Signed.Version++
	p.signTimestamp(validity[Local], p.Keys[Local][:1])
}

func (p *Publisher) publishRoles() {
	p.t.Helper()
	if len(p.changed) == 0 {
		return
	}
	if p.changed[metadata.TARGETS] {
		p.delegate()
	}
	for _, role := range append([]string{metadata.TARGETS}, roles()...) {
		if p.changed[role] && p.Targets[role] != nil {
			p.SignTargets(role, p.Signers(role)...)
		}
	}
	clear(p.changed)
	p.SignSnapshot(p.Signers(metadata.SNAPSHOT)...)
}

// SignRoot publishes the next root, with the keys there are now, signed by
// enough of them and of those of the root before.
func (p *Publisher) SignRoot(before ...Key) {
	p.t.Helper()
	s := &p.Root.Signed
	s.Version++
	s.Expires = p.Now.Add(validity[metadata.ROOT])
	s.Keys = map[string]*metadata.Key{}
	for _, role := range metadata.TOP_LEVEL_ROLE_NAMES {
		keys := p.Keys[role]
		if role == metadata.TIMESTAMP {
			keys = append(slices.Clone(keys), p.Keys[Local]...)
		}
		s.Roles[role] = &metadata.Role{KeyIDs: ids(keys), Threshold: p.threshold[role]}
		for _, key := range keys {
			s.Keys[key.ID] = key.Public
		}
	}
	s.UnrecognizedFields = map[string]any{"x-local-only": ids(p.Keys[Local])}
	p.files[name(s.Version, metadata.ROOT)] = Sign(p.t, p.Root, distinct(append(p.Signers(metadata.ROOT), before...))...)
}

// SignTargets publishes the next version of targets or of a role below, signed
// by the given keys.
func (p *Publisher) SignTargets(role string, keys ...Key) {
	p.t.Helper()
	m := p.Targets[role]
	m.Signed.Version++
	m.Signed.Expires = p.Now.Add(validity[role])
	p.files[name(m.Signed.Version, role)] = Sign(p.t, m, keys...)
}

// SignSnapshot publishes the next snapshot, of the versions of all roles that
// there are now.
func (p *Publisher) SignSnapshot(keys ...Key) {
	p.t.Helper()
	s := &p.Snapshot.Signed
	s.Version++
	s.Expires = p.Now.Add(validity[metadata.SNAPSHOT])
	for role, m := range p.Targets {
		s.Meta[role+".json"] = p.info(m.Signed.Version, role)
	}
	p.files[name(s.Version, metadata.SNAPSHOT)] = Sign(p.t, p.Snapshot, keys...)
}

// SignTimestamp publishes the next timestamp, of the snapshot that there is now.
func (p *Publisher) SignTimestamp(keys ...Key) {
	p.t.Helper()
	p.Timestamp.Signed.Version++
	p.signTimestamp(validity[metadata.TIMESTAMP], keys)
}

func (p *Publisher) signTimestamp(valid time.Duration, keys []Key) {
	p.t.Helper()
	s := &p.Timestamp.Signed
	s.Expires = p.Now.Add(valid)
	s.Meta["snapshot.json"] = p.info(p.Snapshot.Signed.Version, metadata.SNAPSHOT)
	s.UnrecognizedFields = map[string]any{"x-published": p.Now.Format(time.RFC3339)}
	p.files["timestamp.json"] = Sign(p.t, p.Timestamp, keys...)
}

// info describes a published file.
func (p *Publisher) info(version int64, role string) *metadata.MetaFiles {
	p.t.Helper()
	data := p.File(name(version, role))
	target, err := metadata.TargetFile().FromBytes(role, data)
	if err != nil {
		p.t.Fatal(err)
	}
	return &metadata.MetaFiles{Version: version, Length: target.Length, Hashes: target.Hashes}
}

// delegate writes the keys of the roles below into targets.
func (p *Publisher) delegate() {
	d := &metadata.Delegations{Keys: map[string]*metadata.Key{}}
	for _, role := range delegations {
		if p.Targets[role.role] == nil {
			continue
		}
		keys := p.Keys[role.role]
		for _, key := range keys {
			d.Keys[key.ID] = key.Public
		}
		d.Roles = append(d.Roles, metadata.DelegatedRole{
			Name: role.role, KeyIDs: ids(keys), Threshold: p.threshold[role.role], Terminating: true, Paths: []string{role.paths},
		})
	}
	p.Targets[metadata.TARGETS].Signed.Delegations = d
}

func roles() (names []string) {
	for _, d := range delegations {
		names = append(names, d.role)
	}
	return names
}

// Signers returns as many keys of a role as must sign.
func (p *Publisher) Signers(role string) []Key {
	return slices.Clone(p.Keys[role][:p.threshold[role]])
}

func distinct(keys []Key) (all []Key) {
	for _, key := range keys {
		if !slices.Contains(ids(all), key.ID) {
			all = append(all, key)
		}
	}
	return all
}
