package list

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// Hash is the SHA-256 of a shard's records, of a node of the tree over them,
// or of the whole list.
type Hash [sha256.Size]byte

// Leaf returns the hash of a shard's records. It is taken over what the
// records say and not over how a shard's bytes say it, so that a list has the
// same root in every coding:
//
//	00  id 4  count 4, and for each record
//	digest 8  class 1  status 1  date 2  issuer  country  reference
//
// with numbers big-endian, and each text behind a byte with its length.
func Leaf(id uint32, records []Record) Hash {
	h := sha256.New()
	buf := make([]byte, 0, 4096)
	buf = append(buf, 0)
	buf = binary.BigEndian.AppendUint32(buf, id)
	buf = binary.BigEndian.AppendUint32(buf, uint32(len(records)))
	for _, r := range records {
		if len(buf) > cap(buf)-128 {
			h.Write(buf)
			buf = buf[:0]
		}
		buf = binary.BigEndian.AppendUint64(buf, uint64(r.Digest))
		buf = append(buf, byte(r.Class), byte(r.Status))
		buf = binary.BigEndian.AppendUint16(buf, uint16(r.Date))
		for _, text := range [...]string{r.Issuer, r.Country, r.Reference} {
			buf = append(buf, byte(len(text)))
			buf = append(buf, text...)
		}
	}
	h.Write(buf)
	return Hash(h.Sum(buf[:0])) // not nil: the sum of each of many shards would be garbage
}

// Root returns the hash of a list whose shards have these hashes: the top of a
// binary tree whose nodes are SHA-256(01 left right). There must be a power of
// two of them.
func Root(leaves []Hash) (Hash, error) {
	if n := len(leaves); n == 0 || n&(n-1) != 0 {
		return Hash{}, errors.New("list: a tree needs a power of two of shards")
	}
	level := append([]Hash(nil), leaves...)
	var node [1 + 2*sha256.Size]byte
	node[0] = 1
	for len(level) > 1 {
		for i := range len(level) / 2 {
			copy(node[1:], level[2*i][:])
			copy(node[1+sha256.Size:], level[2*i+1][:])
			level[i] = sha256.Sum256(node[:])
		}
		level = level[:len(level)/2]
	}
	return level[0], nil
}

// String returns the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText returns the hash in hexadecimal.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	if len(text) != hex.EncodedLen(len(h)) {
		return fmt.Errorf("list: a hash has %d hexadecimal digits, not %d", hex.EncodedLen(len(h)), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}
