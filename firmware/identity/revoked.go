package identity

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
)

const revokedFile = "identity.revoked"

// maxRevoked certificates are remembered, the last that were told.
const maxRevoked = 4096

// ErrRevoked means that central has said that a certificate does not count.
var ErrRevoked = errors.New("central has revoked the certificate")

var serialNumber = regexp.MustCompile(`^[0-9a-f]{1,40}$`)

// loadRevoked reads what central has said before. A file that is damaged says
// nothing: central says it again.
func loadRevoked(path string) ([]string, error) {
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var serials []string
	if err == nil {
		err = json.Unmarshal(file, &serials)
	}
	if err != nil {
		return nil, fmt.Errorf("read revoked certificates: %w", err)
	}
	return serials, nil
}

// Revoke believes the certificates with these serial numbers no more, whosever
// they are. None is believed again: a clock that is behind would have to be
// right about when it ended.
func (i *Identity) Revoke(serials []string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	fresh := slices.DeleteFunc(slices.Clone(serials), func(s string) bool { return !serialNumber.MatchString(s) || slices.Contains(i.revoked, s) })
	if len(fresh) == 0 && i.saved {
		return nil
	}
	i.saved = false
	i.revoked = append(slices.Clone(i.revoked), fresh...)
	i.revoked = i.revoked[max(0, len(i.revoked)-maxRevoked):]
	file, err := json.Marshal(i.revoked)
	if err != nil {
		return fmt.Errorf("write revoked certificates: %w", err)
	}
	if err := writeFile(i.path(revokedFile), file); err != nil {
		return fmt.Errorf("write revoked certificates: %w", err)
	}
	i.saved = true
	return nil
}

// unrevoked returns an error for a chain whose first certificate is revoked.
func (i *Identity) unrevoked(chain []*x509.Certificate) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(chain) > 0 && slices.Contains(i.revoked, chain[0].SerialNumber.Text(16)) {
		return ErrRevoked
	}
	return nil
}
