package cache

import (
	"encoding/binary"
	"fmt"
)

// The names of what lies in Badger: see the package comment.

const (
	shardTable = 'S'
	leafTable  = 'H'
)

var formatKey = []byte("format")

const (
	listPrefix = "L/"
	headSuffix = "/head"
)

func headKey(list string) []byte    { return []byte(listPrefix + list + headSuffix) }
func checkedKey(list string) []byte { return []byte(listPrefix + list + "/checked") }

// tablePrefix begins the names of a list's shards or leaves in all
// generations.
func tablePrefix(table byte, list string) []byte {
	return fmt.Appendf(nil, "%c/%s/", table, list)
}

// A version is one state of one shard.
type version struct {
	generation, shard uint32
	release           uint64
}

const versionSize = 4 + 4 + 8

func (v version) key(table byte, list string) []byte {
	key := tablePrefix(table, list)
	key = binary.BigEndian.AppendUint32(key, v.generation)
	key = binary.BigEndian.AppendUint32(key, v.shard)
	return binary.BigEndian.AppendUint64(key, v.release)
}

// versionOf reads the end of a key that version.key made.
func versionOf(key []byte) version {
	tail := key[len(key)-versionSize:]
	return version{
		generation: binary.BigEndian.Uint32(tail),
		shard:      binary.BigEndian.Uint32(tail[4:]),
		release:    binary.BigEndian.Uint64(tail[8:]),
	}
}
