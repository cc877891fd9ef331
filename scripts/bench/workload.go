package main

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
)

// listName is what the list of the bench is called.
const listName = "bench"

// A round has queryCount look-ups of a kind, or as many as there are records.
const (
	queryCount = 20_000
	minRecords = 1000
)

// The seeds of the records on the list, and of numbers that are not on it.
const (
	seed      = 1
	otherSeed = 2
)

// A workload is the same job for every engine: a published release for ours,
// and a folder of plain files for the others.
//
//	key           of the digests, 32 bytes
//	records.bin   the records in order, 16 bytes each, big-endian:
//	              digest 8  class 1  status 1  date 2  issuer 2  country 2
//	hits, misses  look-ups, one a line: number, class, issuer
//
// Issuer and country are places among the list's State codes, counted from 1.
type workload struct {
	dir          string
	n            int
	key          [list.KeySize]byte
	trust        feed.Trust
	release      string // folder of the published list
	bound        int64  // entropy of the list in bytes
	hits, misses []document
}

// A document is what a look-up asks for.
type document struct {
	number string
	class  list.Class
	issuer string
}

// newWorkload makes the list and publishes it.
func newWorkload(dir string, n int) (*workload, error) {
	say("make a list of %d records", n)
	w := &workload{dir: filepath.Join(dir, "workload"), n: n, release: filepath.Join(dir, "lists", listName)}
	rand.Read(w.key[:])
	key, err := list.NewKey(w.key[:])
	if err != nil {
		return nil, err
	}
	records, err := w.records(key)
	if err != nil {
		return nil, err
	}
	if err := w.pickMisses(key, records); err != nil {
		return nil, err
	}
	m, err := w.publish(filepath.Dir(w.release), key, records)
	if err != nil {
		return nil, err
	}
	w.bound = entropy(records)
	return w, w.write(m.Params.Codes, records)
}

// records makes up the records, in order, and keeps some as hits.
func (w *workload) records(key list.Key) ([]list.Record, error) {
	now := time.Now()
	records := make([]list.Record, 0, w.n+len(synthetic.Specimens()))
	add := func(r registry.Record) error {
		entry, broken := registry.Check(r, now)
		if len(broken) > 0 {
			return broken[0]
		}
		record, err := entry.Record(key)
		records = append(records, record)
		return err
	}
	each := max(w.n/queryCount, 1)
	for r := range synthetic.Records(seed, w.n-len(synthetic.Specimens())) {
		if err := add(r); err != nil {
			return nil, err
		}
		if len(records)%each == 0 && len(w.hits) < queryCount {
			w.hits = append(w.hits, document{r.Number, records[len(records)-1].Class, r.IssuingState})
		}
	}
	for _, r := range synthetic.Specimens() {
		if err := add(r); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(records, list.Compare)
	return records, nil
}

// pickMisses picks documents of the same States and shapes whose numbers are
// not on the list.
func (w *workload) pickMisses(key list.Key, records []list.Record) error {
	count := min(queryCount, w.n)
	for r := range synthetic.Records(otherSeed, 2*count) {
		d, err := key.Digest(r.Number)
		if err != nil {
			return err
		}
		_, there := slices.BinarySearchFunc(records, d, func(r list.Record, d list.Digest) int { return cmp.Compare(r.Digest, d) })
		class, err := list.ParseClass(r.Type)
		if err != nil {
			return err
		}
		if !there && len(w.misses) < count {
			w.misses = append(w.misses, document{r.Number, class, r.IssuingState})
		}
	}
	if len(w.misses) < count {
		return fmt.Errorf("%d documents are not on the list, want %d", len(w.misses), count)
	}
	return nil
}

// publish makes the release that the appliance loads.
func (w *workload) publish(dir string, key list.Key, records []list.Record) (feed.Manifest, error) {
	public, signer, err := ed25519.GenerateKey(nil)
	if err != nil {
		return feed.Manifest{}, err
	}
	w.trust = feed.Trust{List: listName, Keys: []ed25519.PublicKey{public}}
	p, err := publish.New(dir, listName, signer, key.ID())
	if err != nil {
		return feed.Manifest{}, err
	}
	r, err := p.Publish(time.Now(), records)
	return r.Manifest, err
}

// write writes the folder for the other engines.
func (w *workload) write(codes []string, records []list.Record) error {
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		return err
	}
	places := map[string]uint16{}
	for i, code := range codes {
		places[code] = uint16(i + 1)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "key"), w.key[:], 0o600); err != nil {
		return err
	}
	for name, queries := range map[string][]document{"hits": w.hits, "misses": w.misses} {
		var lines bytes.Buffer
		for _, q := range queries {
			fmt.Fprintln(&lines, q.number, uint8(q.class), places[q.issuer])
		}
		if err := os.WriteFile(filepath.Join(w.dir, name), lines.Bytes(), 0o600); err != nil {
			return err
		}
	}
	return writeRecords(filepath.Join(w.dir, "records.bin"), places, records)
}

func writeRecords(path string, places map[string]uint16, records []list.Record) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	out := bufio.NewWriterSize(f, 1<<20)
	for _, r := range records {
		b := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(r.Digest))
		b = append(b, byte(r.Class), byte(r.Status))
		b = binary.BigEndian.AppendUint16(b, uint16(r.Date))
		b = binary.BigEndian.AppendUint16(b, places[r.Issuer])
		out.Write(binary.BigEndian.AppendUint16(b, places[r.Country])) // Flush tells
	}
	return out.Flush()
}
