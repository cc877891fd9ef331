package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// MaxLine bounds the length of a line in bytes.
const MaxLine = 64 << 10

// ErrTooLong means that an entry would make a line longer than MaxLine.
var ErrTooLong = errors.New("entry too long")

// firstPrev stands for the hash before the first entry.
var firstPrev = strings.Repeat("0", hashLen)

// The parts of a line; its end is always as long.
const (
	lineStart = `{"seq":%d,"time":"%s","entry":`
	lineEnd   = `,"salt":"%s","commit":"%s","prev":"%s","hash":"%s"}` + "\n"

	saltLen = 2 * 16
	hashLen = 2 * sha256.Size
	endLen  = len(lineEnd) - 4*len("%s") + saltLen + 3*hashLen
	saltAt  = len(`,"salt":"`)
	prevAt  = saltAt + saltLen + len(`","commit":"`) + hashLen + len(`","prev":"`)
)

// encode returns the line, its newline included, that puts e after prev.
func encode(e Entry, seq uint64, prev string, salt [saltLen / 2]byte) (text []byte, hash string, err error) {
	entry, err := json.Marshal(e)
	if err != nil {
		return nil, "", err
	}
	text, hash = assemble(seq, e.Time.UTC().Format(time.RFC3339Nano), entry, hex.EncodeToString(salt[:]), prev)
	if len(text) > MaxLine {
		return nil, "", ErrTooLong
	}
	return text, hash, nil
}

// assemble makes a line of those of its parts that do not follow from others.
func assemble(seq uint64, at string, entry []byte, salt, prev string) (text []byte, hash string) {
	commit := sum([]byte(salt), entry)
	hash = sum([]byte("portcullis audit 1"), strconv.AppendUint(nil, seq, 10), []byte(at), []byte(commit), []byte(prev))
	text = fmt.Appendf(nil, lineStart, seq, at)
	text = append(text, entry...)
	return fmt.Appendf(text, lineEnd, salt, commit, prev, hash), hash
}

// decode reads a line, newline included. It takes out the parts that assemble
// needs, assembles them anew, and accepts only the very bytes that come of it.
func decode(text []byte) (Record, error) {
	start, rest, _ := bytes.Cut(text, []byte(`,"entry":`))
	number, at, _ := bytes.Cut(bytes.TrimPrefix(start, []byte(`{"seq":`)), []byte(`,"time":"`))
	at = bytes.TrimSuffix(at, []byte(`"`))
	seq, err := strconv.ParseUint(string(number), 10, 64)
	if err != nil || len(rest) < endLen {
		return Record{}, errors.New("it is no entry")
	}
	entry, end := rest[:len(rest)-endLen], rest[len(rest)-endLen:]
	salt, prev := string(end[saltAt:][:saltLen]), string(end[prevAt:][:hashLen])
	again, hash := assemble(seq, string(at), entry, salt, prev)
	if !bytes.Equal(again, text) {
		return Record{}, errors.New("it does not have its hash")
	}
	r := Record{Seq: seq, Prev: prev, Hash: hash}
	if err := json.Unmarshal(entry, &r.Entry); err != nil {
		return Record{}, errors.New("it is no entry")
	}
	if r.Entry.Time, err = time.Parse(time.RFC3339Nano, string(at)); err != nil {
		return Record{}, errors.New("it has no time")
	}
	return r, nil
}

// sum hashes parts, each ended by a newline, of which no part has one inside.
func sum(parts ...[]byte) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}
