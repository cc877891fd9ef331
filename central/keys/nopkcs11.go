//go:build !cgo

package keys

import "errors"

func (r *Ring) addToken(string, Passphrase) error {
	return errors.New("keys: open token: this build has no PKCS#11: it was made without cgo")
}
