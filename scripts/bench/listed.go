package main

import (
	"encoding/binary"
	"iter"
	"os"
	"strings"

	"portcullis/cache/list"
	"portcullis/scripts/bench/job"
)

// codesFile has the State codes of a workload, one a line, none at the front.
const codesFile = "codes"

// A listed workload is read as a publisher wants it.
type listed struct {
	folder job.Workload
	codes  []string
}

func openListed(folder job.Workload) (listed, error) {
	text, err := os.ReadFile(folder.Path(codesFile))
	return listed{folder, strings.Split(string(text), "\n")}, err
}

// all returns the records of the list, in order.
func (l listed) all() iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		for r, err := range l.folder.Records(job.RecordsFile) {
			if !yield(packedOf(r).record(l.codes), err) {
				return
			}
		}
	}
}

// delta returns what a delta does; the first is 1.
func (l listed) delta(i int) (list.Change, error) {
	removed, added, err := l.folder.Delta(i)
	return list.Change{Removed: list.Identities(l.records(removed)), Added: l.records(added)}, err
}

func (l listed) records(all []job.Record) []list.Record {
	records := make([]list.Record, len(all))
	for i, r := range all {
		records[i] = packedOf(r).record(l.codes)
	}
	return records
}

// key returns the key of the digests.
func (l listed) key() (list.Key, error) {
	secret, err := os.ReadFile(l.folder.Path(job.KeyFile))
	if err != nil {
		return list.Key{}, err
	}
	return list.NewKey(secret)
}

// packedOf returns a record of a file packed.
func packedOf(r job.Record) packed {
	return packed{binary.BigEndian.Uint64(r[:]), binary.BigEndian.Uint64(r[job.DigestSize:])}
}
