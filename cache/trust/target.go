package trust

import (
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// A Target is a file whose length and hash a role has signed. Only
// [Metadata.Fetch] makes one.
type Target struct {
	role, path string
	data       []byte
	published  time.Time
}

// Role returns the role that names the target.
func (t Target) Role() string { return t.role }

// Path returns the path under which the role names it.
func (t Target) Path() string { return t.path }

// Bytes returns the content. The caller does not change it.
func (t Target) Bytes() []byte { return t.data }

// Published returns when the timestamp was signed that leads to the target.
func (t Target) Published() time.Time { return t.published }

// Fetch gets a target of a role and checks it. The error is fs.ErrNotExist when
// the role does not name it, or may not, or when the source has it not, and an
// [ExpiredError] when the role had expired at the floor.
func (m *Metadata) Fetch(ctx context.Context, src Source, role, name string) (Target, error) {
	info, err := m.target(role, name)
	if err != nil {
		return Target{}, fmt.Errorf("find target of %s: %w", role, err)
	}
	if info.Length > m.limits.File {
		return Target{}, fmt.Errorf("find target of %s: %w: %d bytes", role, ErrTooLong, m.limits.File)
	}
	data, err := fetch(ctx, src, consistent(name, info.Hashes["sha256"]), info.Length)
	if err != nil {
		return Target{}, err
	}
	if err := verify("target of "+role, func() error { return info.VerifyLengthHashes(data) }); err != nil {
		return Target{}, err
	}
	return Target{role: role, path: name, data: data, published: m.published}, nil
}

// consistent returns the name of a target's file: it changes with the content.
func consistent(name string, hash []byte) string {
	dir, base := path.Split(name)
	return dir + hex.EncodeToString(hash) + "." + base
}

// target returns what a role says of a target that it may name.
func (m *Metadata) target(role, name string) (*metadata.TargetFiles, error) {
	targets, delegation := m.set.Targets[role], m.delegation(role)
	if targets == nil || delegation == nil {
		return nil, fmt.Errorf("no such role: %w", fs.ErrNotExist)
	}
	info := targets.Signed.Targets[name]
	if has, err := delegation.IsDelegatedPath(name); err != nil || !has || info == nil || !fs.ValidPath(name) {
		return nil, fmt.Errorf("the role does not name it: %w", fs.ErrNotExist)
	}
	if len(info.Hashes["sha256"]) == 0 || info.Length < 0 {
		return nil, fmt.Errorf("%w: no hash or length", ErrMalformed)
	}
	return info, m.Lapsed(role)
}
