package feedtest

import (
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/trust/trusttest"
)

// A Repository is what a publisher of lists has published, with the keys of
// all roles.
type Repository struct {
	*trusttest.Publisher
	t testing.TB
}

// NewRepository returns a repository without lists. Its keys are the same each
// time.
func NewRepository(t testing.TB) *Repository {
	return &Repository{trusttest.New(t), t}
}

// Root is the first root of trust, as a device is given it.
func (r *Repository) Root() []byte { return r.File("1.root.json") }

// Release publishes a release of a list as the newest, an hour after the one
// before. The files of older ones stay.
func (r *Repository) Release(release Release) {
	r.t.Helper()
	data, err := release.Manifest.Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	r.Manifest(release.Manifest.List, data)
	for name, data := range release.Files {
		r.Set(release.Manifest.List+"/"+name, data)
	}
}

// Manifest publishes any bytes as the manifest of the newest release.
func (r *Repository) Manifest(list string, data []byte) {
	r.t.Helper()
	r.Put(feed.ListRole, feed.ReleasePath(list), data)
	r.Now = r.Now.Add(time.Hour)
	r.Publish()
}

// Approve publishes the approval of two for a release.
func (r *Repository) Approve(release Release) {
	r.t.Helper()
	data, err := release.Manifest.Encode()
	if err != nil {
		r.t.Fatal(err)
	}
	r.Put(feed.BulkRole, feed.ApprovalPath(release.Manifest.List), data)
	r.Publish()
}
