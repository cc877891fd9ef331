package main

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"portcullis/scripts/bench/job"
)

// sqliteEngine is SQLite, in a table that is its own index. Three columns are
// as small as they get: the digest, class and issuer as one number, and what
// else is said as another.
type sqliteEngine struct {
	workload job.Workload
	dir      string
}

const schema = `CREATE TABLE records (digest INTEGER, who INTEGER, what INTEGER, PRIMARY KEY (digest, who)) WITHOUT ROWID`

// The settings of each connection. Loading keeps no journal, as a load that
// fails is begun anew, and syncs at its end. From then on there is a log, as
// one reads beside a writer with that, and each commit is synced. Reading goes
// through a memory map: SQLite's own cache would hold the same pages twice.
const (
	loading = `page_size(8192) journal_mode(OFF) synchronous(OFF) locking_mode(EXCLUSIVE) cache_size(-65536)`
	serving = `journal_mode(WAL) synchronous(FULL) cache_size(-8192) mmap_size(68719476736) busy_timeout(10000)`
)

func (s sqliteEngine) path() string { return filepath.Join(s.dir, "records.db") }

func (s sqliteEngine) connect(settings string) (*sql.DB, error) {
	var query strings.Builder
	for i, setting := range strings.Fields(settings) {
		query.WriteString([]string{"?", "&"}[min(i, 1)] + "_pragma=" + setting)
	}
	return sql.Open("sqlite", "file:"+s.path()+query.String())
}

// Load inserts in order, many rows at once, in one transaction.
func (s sqliteEngine) Load() (job.Store, error) {
	if err := errors.Join(os.RemoveAll(s.dir), os.MkdirAll(s.dir, 0o700)); err != nil {
		return nil, err
	}
	db, err := s.connect(loading)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.insertAll(db), db.Close(), syncFile(s.path())); err != nil {
		return nil, err
	}
	return s.Open()
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// rows is how many rows one statement inserts.
const rows = 250

func (s sqliteEngine) insertAll(db *sql.DB) (err error) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, schema); err != nil {
		return err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing, once it is committed
	many, err := tx.Prepare("INSERT INTO records VALUES (?,?,?)" + strings.Repeat(",(?,?,?)", rows-1))
	if err != nil {
		return err
	}
	var values []any
	for r, err := range s.workload.Records(job.RecordsFile) {
		if err != nil {
			return err
		}
		if values = append(values, columns(r)...); len(values) < 3*rows {
			continue
		}
		if _, err := many.Exec(values...); err != nil {
			return err
		}
		values = values[:0]
	}
	for ; len(values) > 0; values = values[3:] {
		if _, err := tx.Exec("INSERT INTO records VALUES (?,?,?)", values[:3]...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// columns are a record as the table has it.
func columns(r job.Record) []any {
	return []any{signed(r[:]), int64(r[8])<<16 | int64(binary.BigEndian.Uint16(r[9:])), int64(binary.BigEndian.Uint64(r[8:]) & (1<<40 - 1))}
}

// signed is a digest as SQLite has numbers, in the same order.
func signed(digest []byte) int64 { return int64(binary.BigEndian.Uint64(digest) ^ 1<<63) }

func (s sqliteEngine) Open() (job.Store, error) {
	db, err := s.connect(serving)
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(4) // as many as there are readers, and one that writes
	find, err := db.Prepare("SELECT who FROM records WHERE digest = ?")
	return sqliteStore{s.workload, db, find, keyOf(s.workload)}, err
}

type sqliteStore struct {
	workload job.Workload
	db       *sql.DB
	find     *sql.Stmt
	key      []byte
}

func (s sqliteStore) Close() error { return errors.Join(s.find.Close(), s.db.Close()) }

func (s sqliteStore) Lookup(q job.Query) (n int, err error) {
	digest := job.Digest(s.key, q.Number)
	found, err := s.find.Query(signed(digest[:]))
	if err != nil {
		return 0, err
	}
	defer found.Close()
	want := int64(q.Class)<<16 | int64(q.Issuer)
	for found.Next() {
		var who int64
		if err := found.Scan(&who); err != nil {
			return 0, err
		}
		if who == want {
			n++
		}
	}
	return n, found.Err()
}

func (s sqliteStore) Apply(delta int) error {
	removed, added, err := s.workload.Delta(delta)
	if err != nil {
		return err
	}
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // nothing, once it is committed
	if err := each(tx, "DELETE FROM records WHERE digest = ? AND who = ?", removed, 2); err != nil {
		return err
	}
	if err := each(tx, "INSERT INTO records VALUES (?,?,?)", added, 3); err != nil {
		return err
	}
	return tx.Commit()
}

// each does a statement once for each record, with so many of its columns.
func each(tx *sql.Tx, statement string, records []job.Record, arguments int) error {
	one, err := tx.Prepare(statement)
	if err != nil {
		return err
	}
	defer one.Close()
	for _, r := range records {
		result, err := one.Exec(columns(r)[:arguments]...)
		if err != nil {
			return fmt.Errorf("%w: %w", errConflict, err)
		}
		if n, err := result.RowsAffected(); err != nil || n != 1 {
			return errors.Join(errConflict, err)
		}
	}
	return nil
}

func (s sqliteStore) Verify() error {
	all, err := s.db.Query("SELECT digest, who, what FROM records ORDER BY digest, who")
	if err != nil {
		return err
	}
	defer all.Close()
	sum := newChecksum()
	for all.Next() {
		var digest, who, what int64
		if err := all.Scan(&digest, &who, &what); err != nil {
			return err
		}
		record := binary.BigEndian.AppendUint64(nil, uint64(digest)^1<<63)
		record = binary.BigEndian.AppendUint64(record, uint64(who)<<40|uint64(what))
		sum.add(record[:job.DigestSize], record[job.DigestSize:])
	}
	return errors.Join(all.Err(), sum.compare(s.workload))
}
