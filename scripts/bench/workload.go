package main

import (
	"cmp"
	"crypto/rand"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"portcullis/cache/list"
	"portcullis/central/registry"
	"portcullis/central/synthetic"
	"portcullis/scripts/bench/job"
)

// A round has queryCount look-ups of a kind, or half as many as there are
// records.
const (
	queryCount = 20_000
	minRecords = 1000
)

// The seeds of the records on the list, of those that are not, and of the
// choice of what is removed.
const (
	seed        = 1
	otherSeed   = 2
	removedSeed = 3
)

// A workload is the same job for every engine, in the folder of package job.
type workload struct {
	folder job.Workload
	n      int
	bound  int64 // entropy of the list in bytes
	deltas []int // changes of each
}

// releaseFolder is of the workload too, for our store: a publisher's repository.
// rolesFolder has the keys that sign it.
const (
	releaseFolder = "release"
	rolesFolder   = "roles"
)

// making is what is needed while a workload is made.
type making struct {
	*workload
	key     [list.KeySize]byte
	packer  *packer
	records []packed
	hits    []registry.Record
	others  []registry.Record // not all of them are missing from the list
	extra   []packed          // the others, packed, in the same order
	codes   []string
}

// newWorkload makes the list, and deltas of so many changes, as far as a list of
// its size bears them.
func newWorkload(dir string, n int, deltas ...int) (*workload, error) {
	say("make a list of %d records", n)
	// The records are one block without pointers, which costs a collection next
	// to nothing; as much again of garbage would cost gigabytes.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	m := &making{workload: &workload{folder: job.Workload(filepath.Join(dir, "workload")), n: n}}
	for _, size := range deltas {
		m.deltas = append(m.deltas, min(size, mostChanged(n)/len(deltas))/2*2)
	}
	rand.Read(m.key[:])
	m.packer = newPacker(m.key[:])
	if err := m.makeUp(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(string(m.folder), 0o700); err != nil {
		return nil, err
	}
	if err := m.write(); err != nil {
		return nil, err
	}
	m.bound = entropy(m.records)
	return m.workload, nil
}

// mostChanged is how many changes all deltas of a list may have together: half of
// its records may be looked up, and those are never removed.
func mostChanged(n int) int { return n * 2 / 5 }

// makeUp makes up the records of the list, in order, and others.
func (m *making) makeUp() (err error) {
	if m.records, err = m.packer.packAll(m.listed(), m.n); err != nil {
		return err
	}
	// Twice as many as are needed: few are on the list, by number.
	m.others = slices.Collect(synthetic.Records(otherSeed, 2*(m.queries()+sumOf(m.deltas)/2)))
	if m.extra, err = m.packer.packAll(slices.Values(m.others), len(m.others)); err != nil {
		return err
	}
	var places []uint16
	m.codes, places = m.packer.settle()
	for _, all := range [][]packed{m.records, m.extra} {
		for i, r := range all {
			all[i] = r.replace(places)
		}
	}
	sortPacked(m.records)
	return checkDistinct(m.records)
}

// queries is how many look-ups there are of a kind.
func (m *making) queries() int { return min(queryCount, m.n/2) }

// listed returns what stands on the list, and keeps some of it as hits.
func (m *making) listed() iter.Seq[registry.Record] {
	specimens := synthetic.Specimens()
	for i := range specimens {
		specimens[i].Reference = "" // a packed record has none
	}
	return func(yield func(registry.Record) bool) {
		i, each := 0, m.n/m.queries()
		for r := range synthetic.Records(seed, m.n-len(specimens)) {
			if i++; i%each == 0 && len(m.hits) < m.queries() {
				m.hits = append(m.hits, r)
			}
			if !yield(r) {
				return
			}
		}
		for _, r := range specimens {
			if !yield(r) {
				return
			}
		}
	}
}

// unlisted returns the others whose digests no record of the list has.
func (m *making) unlisted() (records []registry.Record, as []packed) {
	for i, r := range m.extra {
		_, there := slices.BinarySearchFunc(m.records, r.digest, func(r packed, d uint64) int { return cmp.Compare(r.digest, d) })
		if !there {
			records, as = append(records, m.others[i]), append(as, r)
		}
	}
	return records, as
}

// write writes the folder.
func (m *making) write() error {
	sum, err := writePacked(m.folder.Path(job.RecordsFile), m.records)
	if err != nil {
		return err
	}
	others, as := m.unlisted()
	missing := m.queries()
	if len(others) < missing+sumOf(m.deltas)/2 {
		return errors.New("too many of the other documents are on the list")
	}
	return errors.Join(
		os.WriteFile(m.folder.Path(job.KeyFile), m.key[:], 0o600),
		os.WriteFile(m.folder.Path(job.SumFile), sum, 0o600),
		os.WriteFile(m.folder.Path(codesFile), []byte(strings.Join(m.codes, "\n")), 0o600),
		m.writeQueries(job.MissesFile, others[:missing]),
		m.writeQueries(job.HitsFile, m.hits),
		m.writeQueries(job.AddedFile, others[missing:missing+sumOf(m.deltas)/2]),
		m.writeDeltas(as[missing:]),
	)
}

func (m *making) writeQueries(file string, documents []registry.Record) error {
	var lines []byte
	for _, d := range documents {
		class, err := list.ParseClass(d.Type)
		if err != nil {
			return err
		}
		place, _ := slices.BinarySearch(m.codes, d.IssuingState)
		lines = job.AppendQuery(lines, job.Query{Number: d.Number, Class: byte(class), Issuer: uint16(place), Code: d.IssuingState})
	}
	return os.WriteFile(m.folder.Path(file), lines, 0o600)
}
