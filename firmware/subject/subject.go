// Package subject gives a travel document a pseudonym, so that one document
// that is used twice is noticed and the log can speak of it, while nobody can
// tell from the pseudonym which document it is.
//
// A pseudonym is an HMAC-SHA-256 under a random key of the day. Document
// numbers are few enough to try them all, so the key is what protects them: each
// day has its own, in a file that only this user can read, and it is destroyed
// when the day after has ended, at most 48 hours after it was first needed (or
// as soon as the appliance runs again). From then on nobody, the appliance
// included, can link that day's pseudonyms to documents.
//
// The package keeps documents, and what is done about a second use, out: it is
// given fields and hands back words without meaning.
package subject

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"
	"time"
)

// A Pseudonym is what one document is called today, and what it was called
// yesterday. The zero Pseudonym stands for no document.
type Pseudonym struct {
	Today     string
	Yesterday string // empty when there was no key yesterday
}

// String returns today's name.
func (p Pseudonym) String() string { return p.Today }

// Keys are the keys of today and of yesterday. They are made by [Open] and are
// safe for use by several goroutines.
type Keys struct {
	dir string

	mu      sync.Mutex // guards what follows
	keys    map[day][]byte
	expired day // when keys were looked through last
}

// keySize is the length of a day's key in bytes.
const keySize = 32

// Of returns the pseudonym of a document. Fields count as they are: the caller
// cleans the number. Days are those of UTC. A clock that is not set must not be
// used, for the keys of days that seem over are destroyed.
func (k *Keys) Of(now time.Time, issuer, class, number string) (Pseudonym, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.expire(now); err != nil {
		return Pseudonym{}, fmt.Errorf("name subject: %w", err)
	}
	today := dayOf(now)
	if k.keys[today] == nil {
		key, err := k.make(today)
		if err != nil {
			return Pseudonym{}, fmt.Errorf("name subject: %w", err)
		}
		k.keys[today] = key
	}
	p := Pseudonym{Today: name(k.keys[today], issuer, class, number)}
	if key := k.keys[today.before()]; key != nil {
		p.Yesterday = name(key, issuer, class, number)
	}
	return p, nil
}

// Expire destroys the keys whose time is over. [Keys.Of] does so too; an
// appliance that sees no documents calls Expire every hour or so.
func (k *Keys) Expire(now time.Time) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.expire(now); err != nil {
		return fmt.Errorf("expire subject keys: %w", err)
	}
	return nil
}

// name is 80 bits of the HMAC in letters: enough that no two documents of a
// day share one, short enough to read out.
func name(key []byte, fields ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, f := range fields {
		mac.Write(binary.BigEndian.AppendUint32(nil, uint32(len(f))))
		mac.Write([]byte(f))
	}
	return strings.ToLower(base32.StdEncoding.EncodeToString(mac.Sum(nil)[:10]))
}

func newKey() []byte {
	key := make([]byte, keySize)
	rand.Read(key) // never fails: see crypto/rand
	return key
}
