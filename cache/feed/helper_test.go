package feed_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

var (
	signer = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	trust  = feed.Trust{List: "sltd", Keys: []ed25519.PublicKey{signer.Public().(ed25519.PublicKey)}}
	issued = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	params = list.Params{ShardBits: 2, Codes: []string{"UTO", "D", "XXB"}}
)

// records are in order, two of them with the same digest; shard 2 has none.
var records = []list.Record{
	{Digest: 0x1000_0000_0000_0000, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 13000, Country: "UTO"},
	{Digest: 0x4000_0000_0000_0000, Class: list.Passport, Issuer: "D", Status: list.Lost, Date: 13001, Country: "D"},
	{Digest: 0x4000_0000_0000_0000, Class: list.Identity, Issuer: "UTO", Status: list.Invalid, Reference: "UTO/26/17"},
	{Digest: 0xffff_ffff_ffff_ffff, Class: list.Visa, Issuer: "XXB", Status: list.StolenBlank, Date: 1},
}

// manifest is of a release that nothing is wrong with.
func manifest(files map[feed.Kind][]byte) feed.Manifest {
	m := feed.Manifest{
		List: "sltd", Sequence: 5, Issued: issued, KeyID: "0123456789abcdef", Params: params, Records: 4,
		Root: list.Hash{5}, Base: feed.Position{Sequence: 4, Root: list.Hash{4}}, Added: 3, Removed: 2,
	}
	for _, kind := range []feed.Kind{feed.Snapshot, feed.Delta} {
		if data, there := files[kind]; there {
			sum := sha256.Sum256(data)
			m.Files = append(m.Files, feed.File{Kind: kind, Name: string(kind) + ".bin", Size: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
		}
	}
	return m
}

func sign(t testing.TB, m feed.Manifest) []byte {
	t.Helper()
	envelope, err := feed.Sign(m, signer)
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

func verify(t testing.TB, m feed.Manifest) feed.Verified {
	t.Helper()
	v, err := feed.Verify(sign(t, m), trust, feed.Position{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// content signs a release of one file and returns the file as its content,
// whatever the file holds.
func content(t testing.TB, kind feed.Kind, data []byte) feed.Content {
	t.Helper()
	c, err := verify(t, manifest(map[feed.Kind][]byte{kind: data})).Content(kind, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// snapshotFile is the file of these shards.
func snapshotFile(t testing.TB, shards [][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := feed.WriteSnapshot(&file, shards); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func deltaFile(t testing.TB, removed, added []list.Record) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := feed.WriteDelta(&file, params, removed, added); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// shards are the encoded shards of the records above.
func shards(t testing.TB) [][]byte {
	t.Helper()
	encoded := make([][]byte, params.Shards())
	for id := range encoded {
		var members []list.Record
		for _, r := range records {
			if params.ShardOf(r.Digest) == uint32(id) {
				members = append(members, r)
			}
		}
		if members == nil {
			continue
		}
		var err error
		if encoded[id], err = params.Encode(nil, uint32(id), members); err != nil {
			t.Fatal(err)
		}
	}
	return encoded
}

// readSnapshot reads all shards of a snapshot, their bytes copied.
func readSnapshot(c feed.Content) ([][]byte, error) {
	found := make([][]byte, c.Manifest().Params.Shards())
	for s, err := range c.Shards() {
		if err != nil {
			return nil, err
		}
		if len(s.Data) == 0 || found[s.ID] != nil {
			return nil, errors.New("a shard came empty or twice")
		}
		found[s.ID] = bytes.Clone(s.Data)
	}
	return found, nil
}
