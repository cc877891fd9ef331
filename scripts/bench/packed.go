package main

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"portcullis/cache/list"
	"portcullis/scripts/bench/job"
)

// A packed record is a job.Record as two numbers, so that 140 million of them
// fit into memory: the digest, and what stands behind it. It has no reference.
type packed struct{ digest, rest uint64 }

// pack packs a record whose issuer and country have these places among the
// State codes.
func pack(r list.Record, issuer, country uint16) packed {
	return packed{uint64(r.Digest), uint64(r.Class)<<56 | uint64(issuer)<<40 | uint64(r.Status)<<32 | uint64(r.Date)<<16 | uint64(country)}
}

func (p packed) class() list.Class   { return list.Class(p.rest >> 56) }
func (p packed) issuer() uint16      { return uint16(p.rest >> 40) }
func (p packed) status() list.Status { return list.Status(p.rest >> 32) }
func (p packed) date() list.Date     { return list.Date(p.rest >> 16) }
func (p packed) country() uint16     { return uint16(p.rest) }

// record unpacks a record. The State codes begin with none, whose place is 0.
func (p packed) record(codes []string) list.Record {
	return list.Record{
		Digest: list.Digest(p.digest), Class: p.class(), Issuer: codes[p.issuer()],
		Status: p.status(), Date: p.date(), Country: codes[p.country()],
	}
}

// unpack unpacks records.
func unpack(all []packed, codes []string) []list.Record {
	records := make([]list.Record, len(all))
	for i, p := range all {
		records[i] = p.record(codes)
	}
	return records
}

// replace puts other places of issuer and country for those that there are.
func (p packed) replace(places []uint16) packed {
	const both = 0xffff<<40 | 0xffff
	return packed{p.digest, p.rest&^both | uint64(places[p.issuer()])<<40 | uint64(places[p.country()])}
}

// sameIdentity reports whether two records are of one document.
func sameIdentity(a, b packed) bool { return a.digest == b.digest && a.rest>>40 == b.rest>>40 }

func comparePacked(a, b packed) int {
	return cmp.Or(cmp.Compare(a.digest, b.digest), cmp.Compare(a.rest, b.rest))
}

// sortPacked sorts in place, on all cores: into buckets by the first byte of
// the digest, and then each bucket.
func sortPacked(records []packed) {
	ends := intoBuckets(records)
	buckets := make(chan []packed, len(ends))
	start := 0
	for _, end := range ends {
		buckets <- records[start:end]
		start = end
	}
	close(buckets)
	onAllCores(func() {
		for bucket := range buckets {
			slices.SortFunc(bucket, comparePacked)
		}
	})
}

// intoBuckets swaps each record into the bucket of its first byte, and returns
// where the buckets end.
func intoBuckets(records []packed) (ends [256]int) {
	bucket := func(p packed) byte { return byte(p.digest >> 56) }
	for _, r := range records {
		ends[bucket(r)]++
	}
	var next [256]int // where the next record of a bucket goes
	sum := 0
	for b := range ends {
		next[b] = sum
		sum += ends[b]
		ends[b] = sum
	}
	for b := range ends {
		for next[b] < ends[b] {
			r := records[next[b]]
			for to := bucket(r); int(to) != b; to = bucket(r) {
				records[next[to]], r = r, records[next[to]]
				next[to]++
			}
			records[next[b]] = r
			next[b]++
		}
	}
	return ends
}

// onAllCores runs f as often as there are cores, at once.
func onAllCores(f func()) {
	var all sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		all.Go(f)
	}
	all.Wait()
}

var errTwice = errors.New("two records have the same digest, class and issuing State")

// checkDistinct refuses sorted records of which two are of one document.
func checkDistinct(records []packed) error {
	for i := range records[:max(len(records), 1)-1] {
		if sameIdentity(records[i], records[i+1]) {
			return errTwice
		}
	}
	return nil
}

// writePacked writes records as job.Record has them, and returns the hash of
// the file.
func writePacked(path string, records []packed) ([]byte, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, sum), 1<<20)
	for _, r := range records {
		var b job.Record
		binary.BigEndian.PutUint64(b[:], r.digest)
		binary.BigEndian.PutUint64(b[job.DigestSize:], r.rest)
		out.Write(b[:]) // Flush tells
	}
	err = errors.Join(out.Flush(), f.Sync())
	return sum.Sum(nil), err
}
