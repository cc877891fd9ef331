package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"os"
	"slices"

	"portcullis/scripts/bench/job"
)

// payloadSize is how much of a record stands behind its digest. The value of a
// digest is the payloads of all records that have it, in order.
const payloadSize = len(job.Record{}) - job.DigestSize

// eachNumber calls f with every digest of the workload and the payloads of all
// its records. The bytes are f's until it returns.
func eachNumber(w job.Workload, f func(digest, payloads []byte) error) error {
	var digest [job.DigestSize]byte
	var payloads []byte
	for r, err := range w.Records(job.RecordsFile) {
		if err != nil {
			return err
		}
		if len(payloads) > 0 && digest != [job.DigestSize]byte(r[:]) {
			if err := f(digest[:], payloads); err != nil {
				return err
			}
			payloads = payloads[:0]
		}
		digest = [job.DigestSize]byte(r[:])
		payloads = append(payloads, r[job.DigestSize:]...)
	}
	if len(payloads) == 0 {
		return nil
	}
	return f(digest[:], payloads)
}

// matching counts the payloads in a value that answer a query.
func matching(q job.Query, value []byte) (n int) {
	for ; len(value) >= payloadSize; value = value[payloadSize:] {
		if q.Matches(value) {
			n++
		}
	}
	return n
}

// A checksum compares what is read back with what was loaded.
type checksum struct {
	sum hash.Hash
	out []byte // not yet in sum: it is fast with many bytes at once
}

func newChecksum() *checksum { return &checksum{sum: sha256.New()} }

// add adds the records of one digest.
func (c *checksum) add(digest, payloads []byte) {
	for ; len(payloads) >= payloadSize; payloads = payloads[payloadSize:] {
		c.out = append(append(c.out, digest...), payloads[:payloadSize]...)
	}
	if len(c.out) >= 1<<16 {
		c.sum.Write(c.out)
		c.out = c.out[:0]
	}
}

func (c *checksum) compare(w job.Workload) error {
	want, err := os.ReadFile(w.Path(job.SumFile))
	if err != nil {
		return err
	}
	c.sum.Write(c.out)
	if !bytes.Equal(c.sum.Sum(nil), want) {
		return errors.New("what was read back is not what was loaded")
	}
	return nil
}

// A keyValue is a transaction of a store of keys and values.
type keyValue interface {
	get(digest []byte) ([]byte, error) // nil when it is not there
	set(digest, payloads []byte) error
	remove(digest []byte) error
}

var errConflict = errors.New("the delta adds what is there or removes what is not")

// applyDelta makes the changes of a delta, digest by digest.
func applyDelta(w job.Workload, delta int, to keyValue) error {
	removed, added, err := w.Delta(delta)
	if err != nil {
		return err
	}
	for len(removed)+len(added) > 0 {
		digest := nextDigest(removed, added)
		value, err := to.get(digest[:])
		if err != nil {
			return err
		}
		value = bytes.Clone(value)
		for ; len(removed) > 0 && bytes.HasPrefix(removed[0][:], digest[:]) && err == nil; removed = removed[1:] {
			value, err = without(value, removed[0])
		}
		for ; len(added) > 0 && bytes.HasPrefix(added[0][:], digest[:]) && err == nil; added = added[1:] {
			value, err = with(value, added[0])
		}
		if err == nil && len(value) > 0 {
			err = to.set(bytes.Clone(digest[:]), value)
		} else if err == nil {
			err = to.remove(bytes.Clone(digest[:]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nextDigest returns the least digest of two sorted lists, one of which has some.
func nextDigest(a, b []job.Record) (d [job.DigestSize]byte) {
	if len(a) == 0 || len(b) > 0 && bytes.Compare(b[0][:], a[0][:]) < 0 {
		a = b
	}
	return [job.DigestSize]byte(a[0][:])
}

// find returns where a record stands in a value, or would stand, and whether
// one of its identity is there.
func find(value []byte, r job.Record) (at int, there bool) {
	identity := r[job.DigestSize:job.IdentitySize]
	for at < len(value) && bytes.Compare(value[at:at+len(identity)], identity) < 0 {
		at += payloadSize
	}
	return at, bytes.HasPrefix(value[at:], identity)
}

func without(value []byte, r job.Record) ([]byte, error) {
	at, there := find(value, r)
	if !there {
		return nil, errConflict
	}
	return slices.Delete(value, at, at+payloadSize), nil
}

func with(value []byte, r job.Record) ([]byte, error) {
	at, there := find(value, r)
	if there {
		return nil, errConflict
	}
	return slices.Insert(value, at, r[job.DigestSize:]...), nil
}

// keyOf returns the key of the digests. Without one no number is found, which
// the bench sees.
func keyOf(w job.Workload) []byte {
	key, _ := os.ReadFile(w.Path(job.KeyFile))
	return key
}
