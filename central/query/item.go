package query

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"portcullis/cache/list"
)

// itemLife is how long details of what was found can be had.
const itemLife = 15 * time.Minute

// An item is what an item_id holds.
type item struct {
	Until  int64 // Unix time
	List   string
	Key    string // of the record
	Number string // pseudonym, for the log
	Class  list.Class
	Issuer string
}

// items seal and open item_ids.
type items struct{ aead cipher.AEAD }

// ItemKeySize is the length of the key that item_ids are sealed under.
const ItemKeySize = chacha20poly1305.KeySize

// newItems returns items under a key, or under one of their own if it is nil.
func newItems(key []byte) (items, error) {
	if key == nil {
		key = make([]byte, ItemKeySize)
		rand.Read(key)
	}
	aead, err := chacha20poly1305.NewX(key)
	return items{aead}, err
}

func (s items) seal(i item, c Caller) (string, error) {
	text, err := json.Marshal(i)
	if err != nil {
		return "", err
	}
	nonce := make([]byte, s.aead.NonceSize())
	rand.Read(nonce)
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nonce, nonce, text, []byte(c.String()))), nil
}

// open returns the item of an ID that was sealed for this caller, as long as it
// lives.
func (s items) open(id string, c Caller, now time.Time) (i item, ok bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil || len(sealed) < s.aead.NonceSize() {
		return item{}, false
	}
	nonce, sealed := sealed[:s.aead.NonceSize()], sealed[s.aead.NonceSize():]
	text, err := s.aead.Open(nil, nonce, sealed, []byte(c.String()))
	if err != nil || json.Unmarshal(text, &i) != nil {
		return item{}, false
	}
	return i, now.Unix() <= i.Until
}
