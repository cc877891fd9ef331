package rollouttest

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// Publish makes releases 1 to N of a list in a repository folder: signed, and
// each with one file of the list of a size, which is no list. It returns the root
// of the last. What was published there before stays as it was.
func Publish(t testing.TB, dir, name string, sequence uint64, size int) (root string) {
	t.Helper()
	r := feedtest.NewRepository(t)
	for n := uint64(1); n <= sequence; n++ {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(uint64(i)*n + uint64(i>>8))
		}
		hash := list.Hash(sha256.Sum256(content))
		b := feedtest.Builder{Release: feed.Release{
			List: name, Sequence: n, Issued: feedtest.Issued, KeyID: feedtest.KeyID, Params: list.Params{}, Records: uint64(size), Root: hash,
		}}
		b.Add(feed.Step{}, content)
		r.Release(b.Done())
		root = hash.String()
	}
	r.WriteFolder(dir)
	return root
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
