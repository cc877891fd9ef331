package registry

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"portcullis/cache/list"
)

// A batch is what one transaction takes in of a file.
type batch struct {
	items []item
	end   int64 // the bytes of the file up to the end of the batch
	last  bool  // of its file
}

// An item is one line of a batch: a record under its key, or what is wrong.
type item struct {
	line   int
	key    []byte
	record *stored
	broken []Error
}

// takeFiles reads batches and takes them in, a file behind the other. One
// batch is read and checked while the one before is written.
func (r *Registry) takeFiles(ctx context.Context, job Job, p *Progress, tell func(Progress)) error {
	for p.File < len(job.Files) {
		g, reading := errgroup.WithContext(ctx) // which a failing writer ends; a failing reader does not end the writer
		batches := make(chan batch, 1)
		path, behind, today := job.Files[p.File], p.Offset, p.Begun
		g.Go(func() error {
			defer close(batches)
			return r.readFile(reading, path, behind, today, batches)
		})
		g.Go(func() error {
			for b := range batches {
				if err := r.takeBatch(ctx, p, b); err != nil {
					return err
				}
				tell(*p)
			}
			return nil
		})
		if err := g.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// readFile makes batches of what a file has behind a place. What is whole
// before an error is handed on.
func (r *Registry) readFile(ctx context.Context, path string, behind int64, today time.Time, to chan<- batch) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read records: %w", err)
	}
	defer f.Close()
	b := batch{end: behind}
	send := func() error {
		select {
		case to <- b:
		case <-ctx.Done():
			return ctx.Err()
		}
		b = batch{end: b.end}
		return nil
	}
	read, digester := readJSONLines, r.key.Digester()
	if isCSV(path) {
		read = readCSV
	}
	err = read(path, reader{ctx, f}, behind, func(l line) error {
		b.items, b.end = append(b.items, newItem(l, today, digester)), l.end
		if len(b.items) < page {
			return nil
		}
		return send()
	})
	b.last = err == nil
	if sent := send(); err == nil {
		err = sent
	}
	return err
}

func isCSV(path string) bool { return strings.EqualFold(filepath.Ext(path), ".csv") }

// newItem checks a line.
func newItem(l line, today time.Time, digester *list.Digester) item {
	it := item{line: l.number}
	if l.formless {
		it.broken = []Error{{Rule: LineInvalid}}
		return it
	}
	e, broken := Check(l.record, today)
	if broken != nil {
		it.broken = broken
		return it
	}
	digest, err := digester.Digest(e.number)
	if err != nil { // which the check has seen to
		it.broken = []Error{{Field: "number", Rule: NumberInvalid}}
		return it
	}
	it.key, it.record = rowKey(digest, e.class, e.issuer), newStored(e, dayOf(today))
	return it
}

// takeBatch writes what a batch brings, and how far the import is then.
func (r *Registry) takeBatch(ctx context.Context, p *Progress, b batch) error {
	next := *p
	err := r.store.Update(ctx, func(tx Tx) error {
		next = *p
		if err := p.unchanged(tx); err != nil {
			return err
		}
		rejected, err := next.take(tx, b)
		if err != nil {
			return err
		}
		if err := putRejected(tx, next, b, rejected); err != nil {
			return err
		}
		next.Bytes += b.end - next.Offset
		next.Offset = b.end
		if b.last {
			next.File, next.Offset = next.File+1, 0
		}
		return putJSON(tx, Jobs, []byte(p.ID), next)
	})
	if err == nil {
		*p = next
	}
	return err
}

// take writes the records of a batch, and returns what is rejected.
func (p *Progress) take(tx Tx, b batch) (rejected []Error, err error) {
	p.Lines += uint64(len(b.items))
	var good []item
	for _, it := range b.items {
		switch {
		case it.broken != nil:
			p.Rejected++
			for _, e := range it.broken {
				e.Line = it.line
				rejected = append(rejected, e)
			}
		case it.record.Expired(p.Begun):
			p.Expired++
		default:
			good = append(good, it)
		}
	}
	rules, err := p.write(tx, good)
	for i, rule := range rules {
		if rule == "" {
			p.Taken++
			continue
		}
		p.Rejected++
		field := "number"
		if rule == OwnerNotOfLoad {
			field = "owner"
		}
		rejected = append(rejected, Error{Line: good[i].line, Field: field, Rule: rule})
	}
	slices.SortStableFunc(rejected, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
	return rejected, err
}

// write stores records, and returns for each the rule that keeps it out.
func (p *Progress) write(tx Tx, items []item) ([]Rule, error) {
	keys, records := make([][]byte, len(items)), make([]*stored, len(items))
	for i, it := range items {
		keys[i], records[i] = it.key, it.record
	}
	if !p.Replace {
		return add(tx, keys, records)
	}
	l, err := loadIn(tx, p.Owner, Loading)
	if err != nil {
		return nil, err
	}
	if l.Import != p.ID {
		return nil, ErrLoading
	}
	return l.stage(tx, keys, records)
}

// add creates records.
func add(tx Tx, keys [][]byte, records []*stored) ([]Rule, error) {
	open, err := loads(tx)
	if err != nil {
		return nil, err
	}
	live, err := tx.Get(Live, keys)
	if err != nil {
		return nil, err
	}
	rules := make([]Rule, len(keys))
	seen := make(map[string]bool, len(keys))
	changes := make([]change, 0, len(keys))
	for i, s := range records {
		for _, l := range open {
			if l.covers(s.owner) {
				return nil, ErrLoading
			}
		}
		if live[i] != nil || seen[string(keys[i])] {
			rules[i] = NumberPresent
			continue
		}
		seen[string(keys[i])] = true
		fresh := *s // the batch may have to be taken in again
		fresh.keep()
		changes = append(changes, change{keys[i], nil, &fresh})
	}
	if len(changes) > 0 {
		_, err = commit(tx, changes)
	}
	return rules, err
}

// putRejected keeps what is rejected of a batch, as JSON Lines, under import,
// file and end of the batch.
func putRejected(tx Tx, p Progress, b batch, rejected []Error) error {
	if len(rejected) == 0 {
		return nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	for _, e := range rejected {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	key := binary.BigEndian.AppendUint32([]byte(p.ID), uint32(p.File))
	return tx.Put(Rejected, []Row{{binary.BigEndian.AppendUint64(key, uint64(b.end)), text.Bytes()}})
}

// Rejected hands on every rule that a line of an import broke, file by file
// and batch by batch. A source is the file that the job names.
func (r *Registry) Rejected(ctx context.Context, p Progress, job Job, f func(Error) error) error {
	return wrap("read rejected lines", r.store.View(ctx, func(tx Tx) error {
		return eachPage(tx, Rejected, []byte(p.ID), append([]byte(p.ID), 0xff), func(rows []Row) error {
			for _, row := range rows {
				if err := readRejected(row, len(p.ID), job.Files, f); err != nil {
					return err
				}
			}
			return nil
		})
	}))
}

func readRejected(row Row, at int, files []string, f func(Error) error) error {
	if len(row.Key) != at+12 {
		return ErrDamaged
	}
	file := binary.BigEndian.Uint32(row.Key[at:])
	for dec := json.NewDecoder(bytes.NewReader(row.Value)); dec.More(); {
		var e Error
		if dec.Decode(&e) != nil || int(file) >= len(files) {
			return ErrDamaged
		}
		e.Source = files[file]
		if err := f(e); err != nil {
			return err
		}
	}
	return nil
}
