package cache

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// The names of what lies in the store: see the package comment.

const bookFolder = "book"

var formatKey = []byte("format")

const (
	listPrefix = "L/"
	headSuffix = "/head"
)

func headKey(list string) []byte    { return []byte(listPrefix + list + headSuffix) }
func checkedKey(list string) []byte { return []byte(listPrefix + list + "/checked") }
func journalKey(list string) []byte { return []byte(listPrefix + list + "/journal") }
func marksKey(list string) []byte   { return []byte(listPrefix + list + "/marks") }
func scrubKey(list string) []byte   { return []byte(listPrefix + list + "/scrub") }

func generationFolder(list string, n uint32) string { return fmt.Sprintf("%s-%08x", list, n) }

// generationOf reads what generationFolder has made.
func generationOf(folder string) (list string, n uint32, ok bool) {
	list, number, ok := cutLast(folder, "-")
	v, err := strconv.ParseUint(number, 16, 32)
	return list, uint32(v), ok && err == nil && len(number) == 8
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// The tables of a generation.
const (
	shardTable   = 'S'
	pageTable    = 'H'
	journalTable = 'J'
)

const versionSize = 1 + 4 + 8

// versionKey names one version of a shard, of a page or of a part.
func versionKey(table byte, id uint32, release uint64) []byte {
	key := make([]byte, 1, versionSize)
	key[0] = table
	key = binary.BigEndian.AppendUint32(key, id)
	return binary.BigEndian.AppendUint64(key, release)
}

// parseVersion reads a key that versionKey has made.
func parseVersion(key []byte) (id uint32, release uint64, ok bool) {
	if len(key) != versionSize {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(key[1:]), binary.BigEndian.Uint64(key[5:]), true
}
