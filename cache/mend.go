package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"

	"portcullis/cache/engine"
)

// mend undoes two things that a crash or a failed write may leave, and that
// keep Badger v4.9.6 from opening its folder ever again. A log may be empty, which
// is refused. A table is named in the manifest before that is synced, and removed
// when it cannot be; the name stays. Nothing that is answered depends on either:
// what a shard or a page lacks is found by the seals and the signed root.
func mend(b badger.Options) error {
	if err := engine.DropEmpty(b.Dir); err != nil {
		return err
	}
	tables, end, err := tablesOf(b)
	if err != nil {
		return badgerError(err)
	}
	var missing []uint64
	for id := range tables {
		if _, err := os.Stat(table.NewFilename(id, b.Dir)); errors.Is(err, fs.ErrNotExist) {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	b.Logger.Warningf("the manifest of %s names tables that are not there: %d", filepath.Base(b.Dir), missing)
	return forget(filepath.Join(b.Dir, badger.ManifestFilename), end, missing)
}

// forget takes tables out of a manifest, which is whole up to end: it adds a
// length, a CRC-32C and a ManifestChangeSet of Badger's, all of deletions.
func forget(manifest string, end int64, tables []uint64) error {
	var set []byte
	for _, id := range tables {
		change := binary.AppendUvarint([]byte{0x08}, id) // field 1, the table
		change = append(change, 0x10, 1)                 // field 2, the operation: delete
		set = append(set, 0x0a, byte(len(change)))       // field 1, a change
		set = append(set, change...)
	}
	entry := binary.BigEndian.AppendUint32(nil, uint32(len(set)))
	entry = binary.BigEndian.AppendUint32(entry, crc32.Checksum(set, crc32.MakeTable(crc32.Castagnoli)))
	f, err := os.OpenFile(manifest, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err = f.Truncate(end); err == nil {
		_, err = f.WriteAt(append(entry, set...), end)
	}
	return errors.Join(err, f.Sync(), f.Close())
}
