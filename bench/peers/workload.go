package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// A workload is what scripts/bench has written for every engine alike.
type workload struct {
	key          []byte // of the digests
	records      string // file of them, in the order of their digests
	misses, hits []query
}

// A query is a look-up: a number, cleaned, and what must stand beside it.
type query struct {
	number []byte
	class  byte
	issuer uint16 // its place among the State codes
}

// A record is 16 bytes in the file, big-endian: digest 8, class 1, status 1,
// date 2, issuer 2, country 2. What follows the digest is its payload.
const (
	recordSize  = 16
	digestSize  = 8
	payloadSize = recordSize - digestSize
)

func readWorkload(dir string) (w workload, err error) {
	w.records = filepath.Join(dir, "records.bin")
	if w.key, err = os.ReadFile(filepath.Join(dir, "key")); err != nil {
		return w, err
	}
	if w.misses, err = readQueries(filepath.Join(dir, "misses")); err != nil {
		return w, err
	}
	w.hits, err = readQueries(filepath.Join(dir, "hits"))
	return w, err
}

func readQueries(path string) (all []query, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var q query
		if _, err := fmt.Sscanf(lines.Text(), "%s %d %d", &q.number, &q.class, &q.issuer); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		all = append(all, q)
	}
	return all, lines.Err()
}

// digest returns what stands for a number: the first 64 bits of its keyed hash.
func digest(key, number []byte) (d [digestSize]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write(number)
	var sum [sha256.Size]byte
	copy(d[:], mac.Sum(sum[:0]))
	return d
}

// fits counts the payloads in a value that are of a query's issuer and class.
func (q query) fits(value []byte) (n int) {
	for ; len(value) >= payloadSize; value = value[payloadSize:] {
		if value[0] == q.class && binary.BigEndian.Uint16(value[4:]) == q.issuer {
			n++
		}
	}
	return n
}

// eachNumber calls f with every digest of a file of records and the payloads
// of all its records. The bytes are f's until it returns.
func eachNumber(path string, f func(digest, payloads []byte) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<20)
	var last, payloads []byte
	for {
		record, err := in.Peek(recordSize)
		if err != nil && len(record) > 0 {
			return fmt.Errorf("%s: %w", path, err)
		}
		same := len(record) > 0 && string(record[:digestSize]) == string(last)
		if !same && len(last) > 0 {
			if err := f(last, payloads); err != nil {
				return err
			}
			payloads = payloads[:0]
		}
		if len(record) == 0 {
			return nil
		}
		last = append(last[:0], record[:digestSize]...)
		payloads = append(payloads, record[digestSize:]...)
		if _, err := in.Discard(recordSize); err != nil {
			return err
		}
	}
}
