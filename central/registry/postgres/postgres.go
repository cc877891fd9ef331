// Package postgres keeps a registry in PostgreSQL: for a central service that
// outgrows one machine, or has a database with replicas and backups already.
// Several processes may have the registry open; their Updates wait for each
// other.
//
// The registry of a list lies in a schema of its own, portcullis_ and the
// list's name. Each table has a key and a value, both bytes, in the order of
// keys.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"portcullis/central/registry"
)

// ErrPassword means that an address holds a password, which other users of the
// machine see in the list of processes.
var ErrPassword = errors.New("the address holds a password: put it into the environment as PGPASSWORD, or into the file that PGPASSFILE names")

// A Store is a registry's rows in a database.
type Store struct {
	pool   *pgxpool.Pool
	schema string
}

// Open connects to a database by its address, postgres://user@host/database,
// and makes there what the registry of a list needs.
func Open(ctx context.Context, address, list string) (*Store, error) {
	if hasPassword(address) {
		return nil, fmt.Errorf("postgres: open registry: %w", ErrPassword)
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil { // which quotes the address
		return nil, errors.New("postgres: open registry: the address is not of the form postgres://user@host:port/database")
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("postgres: open registry: %w", err)
	}
	s := &Store{pool: pool, schema: pgx.Identifier{"portcullis_" + list}.Sanitize()}
	if err := s.prepare(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("postgres: open registry: %w", err)
	}
	return s, nil
}

// Address reports whether a text is an address of a database, and no folder.
func Address(text string) bool {
	return strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://")
}

func hasPassword(address string) bool {
	_, rest, _ := strings.Cut(strings.ToLower(address), "://")
	where, options, _ := strings.Cut(rest, "?")
	at := strings.LastIndexByte(where, '@')
	return at > 0 && strings.Contains(where[:at], ":") || strings.Contains(options, "password=")
}

// prepare makes the tables. Two processes that do so at once wait for each
// other.
func (s *Store) prepare(ctx context.Context) error {
	return pgx.BeginFunc(ctx, s.pool, func(t pgx.Tx) error {
		if err := s.lock(ctx, t); err != nil {
			return err
		}
		var there bool
		if err := t.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, s.table(registry.Tables-1)).Scan(&there); err != nil || there {
			return err
		}
		if _, err := t.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+s.schema); err != nil {
			return err
		}
		for table := range registry.Tables {
			if _, err := t.Exec(ctx, `CREATE TABLE IF NOT EXISTS `+s.table(table)+` (key bytea PRIMARY KEY, value bytea NOT NULL)`); err != nil {
				return err
			}
		}
		return nil
	})
}

// lock waits for all other Updates of the registry, and holds off new ones
// until the transaction ends. Were two to go on at once, cursors of the
// journal could become visible out of their order.
func (s *Store) lock(ctx context.Context, t pgx.Tx) error {
	_, err := t.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, s.schema)
	return err
}

func (s *Store) table(t registry.Table) string { return s.schema + "." + t.String() }

// Close closes all connections.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// View implements registry.Store.
func (s *Store) View(ctx context.Context, f func(registry.Tx) error) error {
	return s.run(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// Update implements registry.Store.
func (s *Store) Update(ctx context.Context, f func(registry.Tx) error) error {
	return s.run(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(x registry.Tx) error {
		if err := s.lock(ctx, x.(tx).t); err != nil {
			return fmt.Errorf("postgres: wait for other writers: %w", err)
		}
		return f(x)
	})
}

func (s *Store) run(ctx context.Context, o pgx.TxOptions, f func(registry.Tx) error) error {
	t, err := s.pool.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("postgres: begin: %w", err)
	}
	defer t.Rollback(context.WithoutCancel(ctx)) // of nothing, once it is committed
	if err := f(tx{ctx, t, s}); err != nil {
		return err
	}
	if err := t.Commit(ctx); err != nil {
		return fmt.Errorf("postgres: commit: %w", err)
	}
	return nil
}
