package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// The kinds of entries.
const (
	Search  = "search"
	Details = "details"
	Opened  = "opened" // by a process that appends: the log's own
)

// An Entry is one consultation. No field may hold a document number but as a
// pseudonym.
type Entry struct {
	Time      time.Time `json:"-"` // stands outside of the entry
	Kind      string    `json:"kind"`
	Request   string    `json:"request,omitempty"`   // ID that the caller was told
	Caller    string    `json:"caller,omitempty"`    // name in the certificate
	Reference string    `json:"reference,omitempty"` // of whoever asked
	Class     string    `json:"class,omitempty"`
	Issuer    string    `json:"issuer,omitempty"`
	Number    string    `json:"number,omitempty"` // pseudonym
	Code      int       `json:"code"`             // of the result
	Count     int       `json:"count"`            // of records that were disclosed
	Detail    string    `json:"detail,omitempty"` // of the log's own entries
}

// A Record is an entry at its place.
type Record struct {
	Entry
	Seq  uint64
	Hash string
}

// MaxLine bounds the length of a line in bytes.
const MaxLine = 8 << 10

var errTooLong = errors.New("entry too long")

// firstPrev stands for the hash before the first entry.
var firstPrev = strings.Repeat("0", 2*sha256.Size)

// A line is an entry as it is written.
type line struct {
	Seq   uint64          `json:"seq"`
	Time  string          `json:"time"`
	Entry json.RawMessage `json:"entry"`
	Prev  string          `json:"prev"`
	Hash  string          `json:"hash"`
}

func (l line) sum() string {
	h := sha256.New()
	fmt.Fprintf(h, "portcullis consultations 1\n%d\n%s\n%s\n%s\n", l.Seq, l.Time, l.Prev, l.Entry)
	return hex.EncodeToString(h.Sum(nil))
}

// encode returns the line, its newline included, that follows on a head.
func encode(e Entry, after Head) (text []byte, now Head, err error) {
	entry, err := json.Marshal(e)
	if err != nil {
		return nil, Head{}, err
	}
	l := line{Seq: after.Seq + 1, Time: e.Time.UTC().Format(time.RFC3339Nano), Entry: entry, Prev: after.Hash}
	l.Hash = l.sum()
	text, err = json.Marshal(l)
	if err == nil && len(text) >= MaxLine {
		err = errTooLong
	}
	return append(text, '\n'), Head{l.Seq, l.Hash}, err
}

// decode reads a line, newline included, and accepts only the very bytes that
// encode makes.
func decode(text []byte) (r Record, prev string, err error) {
	var l line
	if json.Unmarshal(text, &l) != nil {
		return Record{}, "", errors.New("it is no entry")
	}
	again, err := json.Marshal(l)
	if err != nil || !bytes.Equal(append(again, '\n'), text) || l.sum() != l.Hash {
		return Record{}, "", errors.New("it does not have its hash")
	}
	r = Record{Seq: l.Seq, Hash: l.Hash}
	if json.Unmarshal(l.Entry, &r.Entry) != nil {
		return Record{}, "", errors.New("it is no entry")
	}
	if r.Time, err = time.Parse(time.RFC3339Nano, l.Time); err != nil {
		return Record{}, "", errors.New("it has no time")
	}
	return r, l.Prev, nil
}
