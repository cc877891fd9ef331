package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
)

// A Bucket is a folder of files in a bucket. All its work ends with the context
// that it was opened with.
type Bucket struct {
	ctx    context.Context
	client *minio.Client
	bucket string
	prefix string // "", or ending with a slash
}

// The errors beside those of package fs.
var (
	ErrOther = errors.New("another file with other content has this name") // is fs.ErrExist too
	ErrLost  = errors.New("what was written is not what is read")
)

const (
	cacheForEver = "public, max-age=31536000, immutable"
	cacheBriefly = "public, max-age=30"
	hashKey      = "Sha256" // of the user's metadata, as the client spells it
)

// MaxFile bounds a file that Get returns. Larger ones are created, and fetched
// by others.
const MaxFile = 64 << 20

// Get returns the content of a file: fs.ErrNotExist when there is none.
func (b *Bucket) Get(name string) ([]byte, error) {
	key, err := b.key(name)
	if err != nil {
		return nil, failure("get", name, err)
	}
	object, err := b.client.GetObject(b.ctx, b.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return nil, failure("get", name, err)
	}
	defer object.Close()
	data, err := io.ReadAll(io.LimitReader(object, MaxFile+1))
	if err == nil && len(data) > MaxFile {
		err = errors.New("it is larger than such a file can be")
	}
	if err != nil {
		return nil, failure("get", name, err)
	}
	return data, nil
}

// Has returns the size of a file: fs.ErrNotExist when there is none.
func (b *Bucket) Has(name string) (size int64, err error) {
	key, err := b.key(name)
	if err != nil {
		return 0, failure("look for", name, err)
	}
	info, err := b.client.StatObject(b.ctx, b.bucket, key, minio.StatObjectOptions{})
	if err != nil {
		return 0, failure("look for", name, err)
	}
	return info.Size, nil
}

// List returns the names of all files whose names begin so, in order.
func (b *Bucket) List(begin string) (names []string, err error) {
	options := minio.ListObjectsOptions{Prefix: b.prefix + begin, Recursive: true}
	for object := range b.client.ListObjectsIter(b.ctx, b.bucket, options) {
		if object.Err != nil {
			return nil, failure("list", begin, object.Err)
		}
		names = append(names, strings.TrimPrefix(object.Key, b.prefix))
	}
	slices.Sort(names)
	return names, nil
}

// Create makes a file that will never change. It does nothing when the file is
// there with the same content, and never overwrites other content: that is
// ErrOther. A reader that cannot seek is copied to a temporary file first.
func (b *Bucket) Create(name string, r io.Reader, size int64) error {
	key, err := b.key(name)
	if err != nil {
		return failure("create", name, err)
	}
	content, done, err := rewindable(r)
	if err != nil {
		return failure("create", name, err)
	}
	defer done()
	sum, err := sumOf(content, size)
	if err != nil {
		return failure("create", name, err)
	}
	if err := b.create(key, content, size, sum); err != nil {
		return failure("create", name, err)
	}
	return nil
}

func (b *Bucket) create(key string, content io.ReadSeeker, size int64, sum string) error {
	err := b.same(key, size, sum)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	o := options(key, sum, cacheForEver)
	o.SetMatchETagExcept("*")
	err = b.put(key, content, size, o)
	if status := minio.ToErrorResponse(err).StatusCode; status == http.StatusNotImplemented {
		err = b.put(key, content, size, options(key, sum, cacheForEver)) // the store does not know If-None-Match
	}
	switch status := minio.ToErrorResponse(err).StatusCode; {
	case status == http.StatusPreconditionFailed || status == http.StatusConflict:
		return b.same(key, size, sum) // somebody was faster, or the first of two tries has arrived
	case err != nil:
		return err
	}
	if err = b.readBack(key, size, sum); errors.Is(err, ErrLost) {
		return b.disown(key, sum)
	}
	return err
}

// disown removes an object of ours that is not what was written, because its
// metadata would have it pass for that when it is created again. Another's
// stays.
func (b *Bucket) disown(key, sum string) error {
	info, err := b.client.StatObject(b.ctx, b.bucket, key, minio.StatObjectOptions{})
	switch {
	case err != nil:
		return errors.Join(ErrLost, err)
	case info.UserMetadata[hashKey] != sum:
		return fmt.Errorf("%w: %w", fs.ErrExist, ErrOther)
	}
	return errors.Join(ErrLost, b.client.RemoveObject(b.ctx, b.bucket, key, minio.RemoveObjectOptions{}))
}

// Replace makes a file, or replaces it. Who fetches it sees the old content or
// the new one.
func (b *Bucket) Replace(name string, data []byte) error {
	key, err := b.key(name)
	if err != nil {
		return failure("replace", name, err)
	}
	size, sum := int64(len(data)), hashOf(data)
	if err := b.put(key, bytes.NewReader(data), size, options(key, sum, cacheBriefly)); err != nil {
		return failure("replace", name, err)
	}
	if err := b.readBack(key, size, sum); err != nil {
		return failure("replace", name, err)
	}
	return nil
}

// Remove removes a file. That there is none is no error.
func (b *Bucket) Remove(name string) error {
	key, err := b.key(name)
	if err == nil {
		err = b.client.RemoveObject(b.ctx, b.bucket, key, minio.RemoveObjectOptions{})
	}
	if err != nil {
		return failure("remove", name, err)
	}
	return nil
}

func (b *Bucket) put(key string, content io.ReadSeeker, size int64, o minio.PutObjectOptions) error {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := b.client.PutObject(b.ctx, b.bucket, key, content, size, o)
	return err
}

// options are those of an object. It is put by one request, because only that
// is whole or not there, and can be conditional on every store.
func options(key, sum, cache string) minio.PutObjectOptions {
	o := minio.PutObjectOptions{
		ContentType: "application/octet-stream", CacheControl: cache, DisableMultipart: true, UserMetadata: map[string]string{hashKey: sum},
	}
	if path.Ext(key) == ".json" {
		o.ContentType = "application/json"
	}
	return o
}

// same returns nil when the object is there with that content, fs.ErrNotExist
// when it is not there, and ErrOther when its content is another.
func (b *Bucket) same(key string, size int64, sum string) error {
	info, err := b.client.StatObject(b.ctx, b.bucket, key, minio.StatObjectOptions{})
	switch {
	case err != nil:
		return explain(err)
	case info.Size != size:
		return fmt.Errorf("%w: %w", fs.ErrExist, ErrOther)
	case info.UserMetadata[hashKey] == sum:
		return nil
	}
	if err := b.readBack(key, size, sum); errors.Is(err, ErrLost) { // put there by others, without our metadata
		return fmt.Errorf("%w: %w", fs.ErrExist, ErrOther)
	} else {
		return err
	}
}

// readBack compares what the store has with what was put there.
func (b *Bucket) readBack(key string, size int64, sum string) error {
	object, err := b.client.GetObject(b.ctx, b.bucket, key, minio.GetObjectOptions{})
	if err != nil {
		return err
	}
	defer object.Close()
	h := sha256.New()
	n, err := io.Copy(h, object)
	if err != nil {
		return err
	}
	if n != size || hex.EncodeToString(h.Sum(nil)) != sum {
		return ErrLost
	}
	return nil
}

// key returns the key of the object that a file is.
func (b *Bucket) key(name string) (string, error) {
	if !fs.ValidPath(name) || name == "." || len(name) > 512 || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return "", fs.ErrInvalid
	}
	return b.prefix + name, nil
}
