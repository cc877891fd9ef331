package job

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
)

// A Workload is the folder of the job, the same for every store. scripts/bench
// writes it.
//
//	key             of the digests, 32 bytes
//	records.bin     the records, in order
//	records.sha256  the hash of that file, as bytes
//	1-removed.bin   what the first delta takes from the list, and so on
//	1-added.bin     what it adds
//	hits, misses, added
//	                look-ups, one a line: number, class, issuer, its code
//	codes           the State codes, one a line, none at the front; this and the
//	                next are for portcullis alone
//	release/        the same as a publisher releases it, with the keys in roles/
type Workload string

// The files of look-ups.
const (
	HitsFile   = "hits"
	MissesFile = "misses"
	AddedFile  = "added"
)

// Path returns the path of a file of the workload.
func (w Workload) Path(name string) string { return filepath.Join(string(w), name) }

// A Query is a look-up: a number, and what must stand beside it.
type Query struct {
	Number string // cleaned
	Class  byte
	Issuer uint16 // its place among the list's State codes, from 1
	Code   string // of the issuer
}

// AppendQuery appends the line of a query.
func AppendQuery(out []byte, q Query) []byte {
	return fmt.Appendln(out, q.Number, q.Class, q.Issuer, q.Code)
}

func parseQuery(line []byte) (q Query, err error) {
	fields := bytes.Fields(line)
	if len(fields) != 4 {
		return q, errors.New("not a look-up")
	}
	class, err := strconv.ParseUint(string(fields[1]), 10, 8)
	if err != nil {
		return q, err
	}
	issuer, err := strconv.ParseUint(string(fields[2]), 10, 16)
	return Query{string(fields[0]), byte(class), uint16(issuer), string(fields[3])}, err
}

func (w Workload) queries(file string) (all []Query, err error) {
	data, err := os.ReadFile(w.Path(file))
	if err != nil {
		return nil, err
	}
	for line := range bytes.Lines(data) {
		q, err := parseQuery(line)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		all = append(all, q)
	}
	return all, nil
}

// FirstHit returns one look-up of what is on the list, without reading more
// than it must.
func (w Workload) FirstHit() (Query, error) {
	f, err := os.Open(w.Path(HitsFile))
	if err != nil {
		return Query{}, err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 64).ReadSlice('\n')
	if err != nil {
		return Query{}, err
	}
	return parseQuery(line)
}

// Digest returns what stands for a number: the first 64 bits of its keyed hash.
func Digest(key []byte, number string) (d [DigestSize]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(number))
	var sum [sha256.Size]byte
	copy(d[:], mac.Sum(sum[:0]))
	return d
}

// A Record is one record as it lies in the files, big-endian:
//
//	digest 8  class 1  issuer 2  status 1  date 2  country 2
//
// Issuer and country are places among the list's State codes, counted from 1.
// Digest, class and issuer are its identity, and records stand in their order.
type Record [16]byte

// DigestSize and IdentitySize are where a record's parts end.
const (
	DigestSize   = 8
	IdentitySize = 11
)

// The names of the files of the digests' key, of all records, and of their hash.
const (
	KeyFile     = "key"
	RecordsFile = "records.bin"
	SumFile     = "records.sha256"
)

// DeltaFiles returns the names of the two files of a delta.
func DeltaFiles(delta int) (removed, added string) {
	return fmt.Sprint(delta, "-removed.bin"), fmt.Sprint(delta, "-added.bin")
}

// Records returns the records of a file, in order.
func (w Workload) Records(name string) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		f, err := os.Open(w.Path(name))
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer f.Close()
		in := bufio.NewReaderSize(f, 1<<20)
		for {
			var r Record
			_, err := io.ReadFull(in, r[:])
			if err == io.EOF || !yield(r, err) || err != nil {
				return
			}
		}
	}
}

// Delta returns what a delta removes and adds, each in order.
func (w Workload) Delta(delta int) (removed, added []Record, err error) {
	removedFile, addedFile := DeltaFiles(delta)
	for r, err := range w.Records(removedFile) {
		if err != nil {
			return nil, nil, err
		}
		removed = append(removed, r)
	}
	for r, err := range w.Records(addedFile) {
		if err != nil {
			return nil, nil, err
		}
		added = append(added, r)
	}
	return removed, added, nil
}

// Matches reports whether what stands behind a record's digest is of a query's
// class and issuer.
func (q Query) Matches(payload []byte) bool {
	return payload[0] == q.Class && binary.BigEndian.Uint16(payload[1:]) == q.Issuer
}
