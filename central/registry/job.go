package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// A Job is an import of files into a registry.
type Job struct {
	Files       []string // CSV where the name ends with .csv, otherwise JSON Lines
	Replace     bool     // a full load: what is in no file is withdrawn
	Owner       string   // whose records a full load replaces; all owners' when empty
	SkipInvalid bool     // finish a full load although lines were rejected
	AllowEmpty  bool     // finish a full load of no records
}

// Progress is how far an import is. It is kept with the records, in the same
// transactions: an import that is killed goes on from there.
type Progress struct {
	ID       string    `json:"id"` // of what is imported: the contents of the files, and how
	Replace  bool      `json:"replace"`
	Owner    string    `json:"owner,omitempty"`
	Begun    time.Time `json:"begun"` // records are judged by this day, whenever it goes on
	File     int       `json:"file"`  // that is being read, counted from 0
	Offset   int64     `json:"offset"`
	Bytes    int64     `json:"bytes"` // read of all files
	Total    int64     `json:"total"` // that there are
	Lines    uint64    `json:"lines"` // read, without empty ones
	Taken    uint64    `json:"taken"`
	Rejected uint64    `json:"rejected"`
	Expired  uint64    `json:"expired"` // left out: their time is over
	Done     bool      `json:"done"`
	Cursor   Cursor    `json:"cursor"` // of the registry when it was done
}

var (
	// ErrImporting means that an import of the same files went on meanwhile, or
	// was aborted.
	ErrImporting = errors.New("another import of the same files is at work, or this one was aborted: registry status tells which")
	// ErrRejected means that a full load is not finished because of lines that
	// were not taken in: their records would be withdrawn.
	ErrRejected = errors.New("records of lines that were rejected would be withdrawn")
	// ErrEmpty means that a full load is not finished because it has no records.
	ErrEmpty = errors.New("there are no records: all would be withdrawn")
)

// Import takes in the records of files. When it is killed, or fails, the same
// job goes on where it was; the state and the report at its end are the same.
// A job that is done is not done again while nothing has changed since.
//
// A full load that ErrRejected or ErrEmpty keeps from its end stays open: the
// same job with leave goes on, and [Registry.AbortInit] ends it.
func (r *Registry) Import(ctx context.Context, job Job, now time.Time, tell func(Progress)) (Progress, error) {
	id, total, err := job.identify(ctx)
	if err != nil {
		return Progress{}, wrap("import", err)
	}
	p, err := r.begin(ctx, Progress{ID: id, Replace: job.Replace, Owner: job.Owner, Begun: now.UTC().Truncate(time.Second), Total: total})
	if err != nil || p.Done {
		return p, wrap("import", err)
	}
	if err := r.takeFiles(ctx, job, &p, tell); err != nil {
		return p, wrap("import", err)
	}
	return p, wrap("import", r.finish(ctx, job, &p))
}

// identify returns what names the job: a digest of all that its result depends
// on. It reads the files once, which takes little of the time that taking them
// in takes.
func (job Job) identify(ctx context.Context) (id string, total int64, err error) {
	all := sha256.New()
	fmt.Fprintf(all, "%t %s\n", job.Replace, job.Owner)
	for _, path := range job.Files {
		sum, size, err := digestFile(ctx, path)
		if err != nil {
			return "", 0, err
		}
		fmt.Fprintf(all, "%t %x\n", isCSV(path), sum)
		total += size
	}
	return hex.EncodeToString(all.Sum(nil)[:16]), total, nil
}

func digestFile(ctx context.Context, path string) ([]byte, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("read records: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, reader{ctx, f})
	if err != nil {
		return nil, 0, fmt.Errorf("read records: %w", err)
	}
	return sum.Sum(nil), size, nil
}

// A reader stops with its context.
type reader struct {
	ctx context.Context
	io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// begin returns how far the job is that an import names.
func (r *Registry) begin(ctx context.Context, fresh Progress) (p Progress, err error) {
	err = r.store.Update(ctx, func(tx Tx) error {
		p = Progress{}
		found, err := getJSON(tx, Jobs, []byte(fresh.ID), &p)
		if err != nil || found && !p.Done {
			return err
		}
		h, err := readHead(tx)
		if err != nil || found && p.Cursor == h.Cursor {
			return err
		}
		if err := dropDone(tx); err != nil {
			return err
		}
		p = fresh
		if p.Replace {
			if err := startLoad(tx, Load{Owner: p.Owner, Started: p.Begun, Phase: Loading, Import: p.ID}); err != nil {
				return err
			}
		}
		return putJSON(tx, Jobs, []byte(p.ID), p)
	})
	return p, err
}

// finish ends a full load, and notes that the job is done.
func (r *Registry) finish(ctx context.Context, job Job, p *Progress) error {
	if p.Replace {
		if err := r.finishLoad(ctx, job, *p); err != nil {
			return err
		}
	}
	return r.store.Update(ctx, func(tx Tx) error {
		if err := p.unchanged(tx); err != nil {
			return err
		}
		next := *p
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		next.Done, next.Cursor = true, h.Cursor
		if err := putJSON(tx, Jobs, []byte(p.ID), next); err != nil {
			return err
		}
		*p = next
		return nil
	})
}

// unchanged fails unless the registry knows of the import what is known here.
func (p *Progress) unchanged(tx Tx) error {
	var there Progress
	if _, err := getJSON(tx, Jobs, []byte(p.ID), &there); err != nil {
		return err
	}
	if there != *p {
		return ErrImporting
	}
	return nil
}

// finishLoad ends the full load of a job, unless that was done before it was
// killed.
func (r *Registry) finishLoad(ctx context.Context, job Job, p Progress) error {
	var l Load
	var found bool
	err := r.store.View(ctx, func(tx Tx) (err error) {
		found, err = getJSON(tx, Meta, loadKey(p.Owner), &l)
		return err
	})
	switch {
	case err != nil || !found || l.Import != p.ID:
		return err
	case l.Phase != Loading: // it was allowed before
	case p.Rejected > 0 && !job.SkipInvalid:
		return ErrRejected
	case p.Taken == 0 && !job.AllowEmpty:
		return ErrEmpty
	}
	return r.FinalizeInit(ctx, p.Owner, p.Begun)
}

// unfinished returns the jobs that were begun and are not done.
func unfinished(tx Tx) ([]Progress, error) {
	all, err := jobs(tx)
	var open []Progress
	for _, p := range all {
		if !p.Done {
			open = append(open, p)
		}
	}
	return open, err
}

func jobs(tx Tx) (all []Progress, err error) {
	rows, err := tx.Scan(Jobs, nil, nil, page)
	for _, row := range rows {
		var p Progress
		if _, err := getJSON(tx, Jobs, row.Key, &p); err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, err
}

// dropDone forgets jobs that are done.
func dropDone(tx Tx) error {
	all, err := jobs(tx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if !p.Done {
			continue
		}
		if err := dropJob(tx, []byte(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

func dropJob(tx Tx, id []byte) error {
	if err := tx.Delete(Jobs, [][]byte{id}); err != nil {
		return err
	}
	return deleteBetween(tx, Rejected, id, append(id[:len(id):len(id)], 0xff))
}
