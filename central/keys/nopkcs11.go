//go:build !cgo

package keys

import "errors"

var errNoTokens = errors.New("keys: open token: this build has no PKCS#11: it was made without cgo")

func (r *Ring) addToken(string, Passphrase) error { return errNoTokens }

// NewInToken makes a key in a token, in a build with cgo.
func NewInToken(string) (Public, error) { return Public{}, errNoTokens }
