//go:build !cgo

package keys_test

import (
	"strings"
	"testing"

	"portcullis/central/keys"
)

func TestABuildWithoutCgoSaysThatItHasNoTokens(t *testing.T) {
	const uri = "pkcs11:token=t;object=o?module-path=m&pin-source=p"
	if _, err := keys.Open(nil, uri); err == nil || !strings.Contains(err.Error(), "no PKCS#11") {
		t.Error(err)
	}
	if _, err := keys.NewInToken(uri); err == nil || !strings.Contains(err.Error(), "no PKCS#11") {
		t.Error(err)
	}
}
