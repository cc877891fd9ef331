package publish

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"portcullis/cache/feed"
	"portcullis/cache/trust"
)

// A view is what a device makes of the repository that knows nothing but the
// root.
type view struct {
	release   feed.Verified     // zero when nothing was published yet
	approved  feed.Peak         // of the last release that two approved of
	approvals map[string]string // the hash of what was approved, by target path
}

// view goes the way of a device. Files of instead lie in the place of those that
// are there.
func (p *Publisher) view(ctx context.Context, instead map[string][]byte) (v view, err error) {
	root := p.Root
	if root == nil {
		if root, err = os.ReadFile(filepath.Join(p.Dir, "1.root.json")); err != nil {
			return view{}, fmt.Errorf("read root: %w", err)
		}
	}
	shelf, err := os.MkdirTemp("", "portcullis-shelf-")
	if err != nil {
		return view{}, err
	}
	defer os.RemoveAll(shelf)
	src := source{p.Dir, instead}
	m, err := trust.Refresh(ctx, trust.Options{Root: root, Shelf: shelf}, src)
	if err != nil {
		return view{}, err
	}
	if err := v.addApprovals(ctx, m, src, p.List); err != nil {
		return view{}, missing(err)
	}
	// What the role names must be there: to go on without it would be to begin anew.
	if !slices.Contains(m.Targets(feed.ListRole), feed.ReleasePath(p.List)) {
		return v, nil
	}
	t, err := m.Fetch(ctx, src, feed.ListRole, feed.ReleasePath(p.List))
	if err != nil {
		return view{}, missing(err)
	}
	if v.release, err = feed.Verify(t, p.List, feed.Position{}); err != nil {
		return view{}, err
	}
	return v, p.addHistory(&v)
}

// addApprovals notes what two have approved, of all lists.
func (v *view) addApprovals(ctx context.Context, m *trust.Metadata, src source, name string) error {
	v.approvals = map[string]string{}
	for _, path := range m.Targets(feed.BulkRole) {
		t, err := m.Fetch(ctx, src, feed.BulkRole, path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(t.Bytes())
		v.approvals[path] = hex.EncodeToString(sum[:])
		if path != feed.ApprovalPath(name) {
			continue
		}
		if v.approved, err = (feed.Peak{}).Approve(t, name); err != nil {
			return err
		}
	}
	return nil
}

func (p *Publisher) addHistory(v *view) error {
	h := v.release.Manifest().History
	if h == (feed.File{}) {
		return nil
	}
	data, err := os.ReadFile(p.folder.file(h.Name))
	if err == nil {
		v.release, err = v.release.WithHistory(data)
	}
	return missing(err)
}

// missing tells what the lack of a published file means here.
func missing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}
