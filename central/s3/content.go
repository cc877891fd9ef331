package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// rewindable returns a reader of the same content that can be read again, as a
// repeated request must.
func rewindable(r io.Reader) (content io.ReadSeeker, done func(), err error) {
	if s, ok := r.(io.ReadSeeker); ok {
		return s, func() {}, nil
	}
	f, err := os.CreateTemp("", "portcullis-upload-*")
	if err != nil {
		return nil, nil, err
	}
	done = func() { f.Close(); os.Remove(f.Name()) }
	if _, err := io.Copy(f, r); err != nil {
		done()
		return nil, nil, err
	}
	return f, done, nil
}

var errSize = errors.New("the content has another size than was said")

// sumOf returns the SHA-256 of all content, which has that size.
func sumOf(content io.ReadSeeker, size int64) (string, error) {
	if _, err := content.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	h := sha256.New()
	n, err := io.Copy(h, content)
	if err != nil {
		return "", err
	}
	if n != size {
		return "", fmt.Errorf("%w: %d bytes, not %d", errSize, n, size)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
