package cache_test

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache/feed"
)

// A process can be killed, or a call fail, between any two system calls.
func TestAStoreOpensThatWasLeftBetweenTwoCallsOfBadger(t *testing.T) {
	source := storeFolder(t)
	s := openStore(t, source)
	p := &publisher{t: t, shardBits: 4}
	records := randomRecords(1, 500)
	apply(t, s, p.release(records)[feed.Snapshot])
	s.Close()
	for name, leave := range map[string]func(folder string) error{
		"log made and not sized":    func(folder string) error { return os.WriteFile(filepath.Join(folder, "00009.mem"), nil, 0o600) },
		"value log made, not sized": func(folder string) error { return os.WriteFile(filepath.Join(folder, "000009.vlog"), nil, 0o600) },
		"table named and not kept":  func(folder string) error { return nameTable(filepath.Join(folder, badger.ManifestFilename), 99, nil) },
		"the same, and torn after": func(folder string) error {
			return nameTable(filepath.Join(folder, badger.ManifestFilename), 99, []byte{0, 0, 0})
		},
		"table made and not named": func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "000099.sst"), []byte("half"), 0o600)
		},
		"probe made and not removed": func(folder string) error { return os.WriteFile(filepath.Join(folder, "probe"), nil, 0o600) },
	} {
		for _, folder := range []string{"book", "sltd-00000001"} {
			t.Run(name+" in "+folder, func(t *testing.T) {
				dir := storeFolder(t)
				copySparse(t, source, dir)
				if err := leave(filepath.Join(dir, folder)); err != nil {
					t.Fatal(err)
				}
				for range 2 {
					s := openStore(t, dir)
					mustHold(t, s, 1, records)
					if err := s.Close(); err != nil {
						t.Fatal(err)
					}
				}
			})
		}
	}
}

// nameTable adds a table to a manifest of Badger's, and bytes after it.
func nameTable(manifest string, id byte, more []byte) error {
	set := []byte{0x0a, 4, 0x08, id, 0x18, 5} // a change: table, level
	entry := binary.BigEndian.AppendUint32(nil, uint32(len(set)))
	entry = binary.BigEndian.AppendUint32(entry, crc32.Checksum(set, crc32.MakeTable(crc32.Castagnoli)))
	data, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	return os.WriteFile(manifest, append(append(append(data, entry...), set...), more...), 0o600)
}

func TestPartsOfAJournalThatTheBookDoesNotNameAreDeleted(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 4}
	records := randomRecords(1, 500)
	apply(t, s, p.release(records)[feed.Snapshot])
	s.Close()
	tamper(t, generation(dir, 1), func(txn *badger.Txn) error { return txn.Set(versionKey('J', 0, 2), []byte("part")) })
	s = openStore(t, dir)
	if left, err := s.Leftovers("sltd"); err != nil || len(left) != 1 {
		t.Fatalf("before: %v, %v", left, err)
	}
	if err := s.Resume(context.Background()); err != nil {
		t.Fatal(err)
	}
	if left, err := s.Leftovers("sltd"); err != nil || len(left) != 0 {
		t.Errorf("after: %v, %v", left, err)
	}
	mustHold(t, s, 1, records)
}
