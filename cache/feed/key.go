package feed

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
)

const keyPrefix = "ed25519:"

// ErrKey means that a text is not the public key of a publisher.
var ErrKey = errors.New("feed: not a publisher's key: it needs one line with ed25519: and 44 characters of base64")

// FormatKey returns a publisher's public key as one word of text, for key files
// and configurations.
func FormatKey(key ed25519.PublicKey) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

// ParseKey reads what FormatKey writes, and the files that hold it: empty lines
// and those that begin with # do not count.
func ParseKey(text string) (ed25519.PublicKey, error) {
	var found ed25519.PublicKey
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		word, ok := strings.CutPrefix(line, keyPrefix)
		key, err := base64.StdEncoding.Strict().DecodeString(word)
		if !ok || err != nil || len(key) != ed25519.PublicKeySize || found != nil {
			return nil, ErrKey
		}
		found = key
	}
	if found == nil {
		return nil, ErrKey
	}
	return found, nil
}
