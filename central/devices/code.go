package devices

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"
	"time"

	"portcullis/protocol"
)

// CodeLife is how long an enrolment code works that no one asks otherwise of.
const CodeLife = 24 * time.Hour

// ErrCode means that an enrolment code does not work: it was never made, it is
// used, or its time is over. Which of these is not told.
var ErrCode = errors.New("the enrolment code does not work")

// ErrRevoked means that a device is revoked.
var ErrRevoked = errors.New("it is revoked")

// A code is an enrolment code as it is kept: who has the store cannot enrol.
type code struct {
	Hash    [sha256.Size]byte `json:"hash"`
	Expires time.Time         `json:"expires"`
	Key     string            `json:"key,omitempty"` // of whom it was used by
}

// crockford leaves out letters that are taken for digits, and for each other.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const (
	codeBytes = 10 // 80 bits
	codeGroup = 4  // characters between dashes
)

// NewCode makes the code that a device can enrol with, once, and takes back the
// one before. The site is the device's from then on. A device that is revoked
// gets one only if it is readmitted.
func (v *Inventory) NewCode(now time.Time, name, site string, life time.Duration, readmit bool) (string, error) {
	if !protocol.ValidName(name) {
		return "", fmt.Errorf("make code: %q is no name for a device", name)
	}
	if !plain(site) || life <= 0 {
		return "", errors.New("make code: the site is not plain text, or the time is not positive")
	}
	secret := make([]byte, codeBytes)
	rand.Read(secret)
	text := crockford.EncodeToString(secret)
	c := code{Hash: sha256.Sum256([]byte(text)), Expires: now.Add(life).UTC()}
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err := v.change(name, func(r *Record) error {
		if !r.Revoked.IsZero() && !readmit {
			return fmt.Errorf("make code: device %s: %w", name, ErrRevoked)
		}
		r.Revoked, r.Lost = time.Time{}, false
		if site != "" {
			r.Site = site
		}
		return nil
	}, put("code/"+name, c))
	if err != nil {
		return "", err
	}
	v.codes[name] = c
	return grouped(text), nil
}

func grouped(text string) string {
	var groups []string
	for ; text != ""; text = text[codeGroup:] {
		groups = append(groups, text[:codeGroup])
	}
	return strings.Join(groups, "-")
}

// clean undoes what people do to codes when they copy them.
func clean(text string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(strings.TrimSpace(text)))
}

// Redeem uses a code up for a key, and returns whose it is. The same key may
// use it again while it lasts: a device whose answer was lost asks again.
func (v *Inventory) Redeem(now time.Time, text, key string) (name string, err error) {
	hash := sha256.Sum256([]byte(clean(text)))
	v.mu.Lock()
	defer v.mu.Unlock()
	for device, c := range v.codes { // all of them, so that the time tells nothing
		if subtle.ConstantTimeCompare(hash[:], c.Hash[:]) == 1 {
			name = device
		}
	}
	c := v.codes[name]
	if name == "" || now.After(c.Expires) || c.Key != "" && c.Key != key {
		return "", ErrCode
	}
	if c.Key == key {
		return name, nil
	}
	c.Key = key
	if err := v.store.Write(put("code/"+name, c)); err != nil {
		return "", err
	}
	v.codes[name] = c
	return name, nil
}
