package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/engine"
)

// damageShards turns a bit of each shard of a closed store's list.
func damageShards(t *testing.T, s *site) {
	t.Helper()
	generations, err := filepath.Glob(filepath.Join(s.folder().Lists(), "sltd-*"))
	if err != nil || len(generations) != 1 {
		t.Fatal(generations, err)
	}
	db, err := badger.Open(engine.Options(generations[0]))
	if err != nil {
		t.Fatal(err)
	}
	shards := map[string][]byte{}
	err = db.View(func(txn *badger.Txn) error {
		i := txn.NewIterator(badger.DefaultIteratorOptions)
		defer i.Close()
		for i.Seek([]byte("S")); i.ValidForPrefix([]byte("S")); i.Next() {
			value, err := i.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			value[len(value)/2] ^= 1
			shards[string(i.Item().Key())] = value
		}
		return nil
	})
	if err == nil {
		err = db.Update(func(txn *badger.Txn) error {
			for key, value := range shards {
				if err := txn.Set([]byte(key), value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := errors.Join(err, db.Close()); err != nil || len(shards) == 0 {
		t.Fatal(err, len(shards))
	}
}

// TestADamagedListRefersAndIsMendedFromTheServer has a server that sends no parts
// of a file at first: the page and the command say what is not mended.
func TestADamagedListRefersAndIsMendedFromTheServer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	l := s.start(t)
	l.mustClear(t)
	if err := l.halt(); err != nil {
		t.Fatal(err)
	}
	damageShards(t, s)
	whole := onFiles(".none", nil) // what is bent is sent whole
	s.bend.Store(&whole)

	l = s.start(t)
	l.ready(t)
	l.mustRefer(t, "list-broken")
	if f := l.fault(t, "list-damaged:sltd", true); f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	if f := l.fault(t, "not-mended:sltd", true); !strings.Contains(f.Text, "SLTD") || f.Do == "" {
		t.Errorf("the page says %+v", f)
	}
	var said bytes.Buffer
	if exit := execute(t.Context(), []string{"list", "verify", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitFailed || !strings.Contains(said.String(), "NOT what was signed") {
		t.Errorf("list verify: %d: %s", exit, &said) // from here on each damaged part is known
	}
	if exit := execute(t.Context(), []string{"list", "status", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitOK || !strings.Contains(said.String(), "parts give no answer") {
		t.Errorf("list status: %d: %s", exit, &said)
	}

	s.bend.Store(nil)
	l.fault(t, "not-mended:sltd", false)
	l.fault(t, "list-damaged:sltd", false)
	l.mustClear(t)
	l.mustAlert(t)
	said.Reset()
	if exit := execute(t.Context(), []string{"list", "verify", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitOK || !strings.Contains(said.String(), "sound") {
		t.Errorf("list verify: %d: %s", exit, &said)
	}
}
