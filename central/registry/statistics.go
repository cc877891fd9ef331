package registry

import (
	"context"
	"encoding/binary"

	"portcullis/cache/list"
)

// Statistics are how many records a registry has, and what goes on in it.
type Statistics struct {
	List     string            `json:"list"`
	KeyID    string            `json:"key_id"`
	Cursor   Cursor            `json:"cursor"`
	Records  uint64            `json:"records"`
	ByStatus map[string]uint64 `json:"by_status"`
	ByClass  map[string]uint64 `json:"by_class"`
	ByOwner  map[string]uint64 `json:"by_owner"`
	Loads    []Load            `json:"loads"`
	Imports  []Progress        `json:"imports"` // that were begun and are not done
}

// Statistics returns how many records there are of each kind.
func (r *Registry) Statistics(ctx context.Context) (s Statistics, err error) {
	err = r.store.View(ctx, func(tx Tx) error {
		h, err := readHead(tx)
		if err != nil {
			return err
		}
		if s, err = count(tx); err != nil {
			return err
		}
		s.List, s.KeyID, s.Cursor = r.name, r.key.ID(), h.Cursor
		if s.Loads, err = loads(tx); err != nil {
			return err
		}
		jobs, err := unfinished(tx)
		s.Imports = append([]Progress{}, jobs...)
		s.Loads = append([]Load{}, s.Loads...)
		return err
	})
	return s, wrap("count records", err)
}

// count returns the counts that are kept.
func count(tx Tx) (s Statistics, err error) {
	s = Statistics{ByStatus: map[string]uint64{}, ByClass: map[string]uint64{}, ByOwner: map[string]uint64{}}
	err = eachPage(tx, Counts, nil, nil, s.add)
	return s, err
}

func (s *Statistics) add(rows []Row) error {
	for _, row := range rows {
		at := len(row.Key) - 2
		if at < 1 || len(row.Value) != 8 {
			return ErrDamaged
		}
		n := binary.BigEndian.Uint64(row.Value)
		if n == 0 {
			continue
		}
		s.Records += n
		s.ByOwner[string(row.Key[:at])] += n
		s.ByClass[list.Class(row.Key[at]).String()] += n
		s.ByStatus[list.Status(row.Key[at+1]).String()] += n
	}
	return nil
}
