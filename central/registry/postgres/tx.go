package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"portcullis/central/registry"
)

type tx struct {
	ctx   context.Context
	t     pgx.Tx
	store *Store
}

func (x tx) Get(t registry.Table, keys [][]byte) ([][]byte, error) {
	values := make([][]byte, len(keys))
	if len(keys) == 0 {
		return values, nil
	}
	found, err := x.rows(`SELECT key, value FROM `+x.store.table(t)+` WHERE key = ANY($1)`, keys)
	if err != nil {
		return nil, fmt.Errorf("postgres: read %s: %w", t, err)
	}
	byKey := make(map[string][]byte, len(found))
	for _, row := range found {
		byKey[string(row.Key)] = row.Value
	}
	for i, key := range keys {
		values[i] = byKey[string(key)]
	}
	return values, nil
}

func (x tx) Put(t registry.Table, rows []registry.Row) error {
	if len(rows) == 0 {
		return nil
	}
	keys, values := make([][]byte, len(rows)), make([][]byte, len(rows))
	for i, row := range rows {
		keys[i], values[i] = row.Key, row.Value
		if values[i] == nil {
			values[i] = []byte{}
		}
	}
	_, err := x.t.Exec(x.ctx, `INSERT INTO `+x.store.table(t)+` SELECT unnest($1::bytea[]), unnest($2::bytea[])
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, keys, values)
	if err != nil {
		return fmt.Errorf("postgres: write %s: %w", t, err)
	}
	return nil
}

func (x tx) Delete(t registry.Table, keys [][]byte) error {
	if len(keys) == 0 {
		return nil
	}
	if _, err := x.t.Exec(x.ctx, `DELETE FROM `+x.store.table(t)+` WHERE key = ANY($1)`, keys); err != nil {
		return fmt.Errorf("postgres: write %s: %w", t, err)
	}
	return nil
}

// Scan reads a page: whoever reads on may ask for other rows in between, which
// an open result would not allow.
func (x tx) Scan(t registry.Table, behind, before []byte, limit int) ([]registry.Row, error) {
	where, args := "", []any{limit}
	if behind != nil {
		args = append(args, behind)
		where = fmt.Sprintf(" WHERE key > $%d", len(args))
	}
	if before != nil {
		args = append(args, before)
		word := " WHERE"
		if where != "" {
			word = " AND"
		}
		where += fmt.Sprintf("%s key < $%d", word, len(args))
	}
	rows, err := x.rows(`SELECT key, value FROM `+x.store.table(t)+where+` ORDER BY key LIMIT $1`, args...)
	if err != nil {
		return nil, fmt.Errorf("postgres: read %s: %w", t, err)
	}
	return rows, nil
}

func (x tx) rows(query string, args ...any) ([]registry.Row, error) {
	found, err := x.t.Query(x.ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (r registry.Row, err error) {
		err = row.Scan(&r.Key, &r.Value)
		return r, err
	})
}
