package feed_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

var (
	issued = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	params = list.Params{ShardBits: 2, Codes: []string{"UTO", "D", "XXB"}}
	before = feed.Position{Sequence: 4, Root: list.Hash{4}}
)

// records are in order, two of them with the same digest; shard 2 has none.
var records = []list.Record{
	{Digest: 0x1000_0000_0000_0000, Class: list.Passport, Issuer: "UTO", Status: list.Stolen, Date: 13000, Country: "UTO"},
	{Digest: 0x4000_0000_0000_0000, Class: list.Passport, Issuer: "D", Status: list.Lost, Date: 13001, Country: "D"},
	{Digest: 0x4000_0000_0000_0000, Class: list.Identity, Issuer: "UTO", Status: list.Invalid, Reference: "UTO/26/17"},
	{Digest: 0xffff_ffff_ffff_ffff, Class: list.Visa, Issuer: "XXB", Status: list.StolenBlank, Date: 1},
}

// release is one that nothing is wrong with, with these steps.
func release(steps map[feed.Kind][]byte) feedtest.Release {
	b := feedtest.Builder{Release: feed.Release{
		List: "sltd", Sequence: 5, Issued: issued, KeyID: feedtest.KeyID, Params: params, Records: 4, Root: list.Hash{5},
	}}
	if data, there := steps[feed.Snapshot]; there {
		b.Add(feed.Step{}, data)
	}
	if data, there := steps[feed.Delta]; there {
		b.Add(feed.Step{From: before, Added: 2, Removed: 2}, data)
	}
	return b.Done()
}

// content signs a release of one step and returns the step as its content,
// whatever the file holds.
func content(t testing.TB, kind feed.Kind, data []byte) (feed.Content, error) {
	t.Helper()
	r := release(map[feed.Kind][]byte{kind: data})
	return r.Verified(t).Content(r.Step(kind), bytes.NewReader(data))
}

// snapshot is the content of a snapshot that is what its release says.
func snapshot(t testing.TB, data []byte) feed.Content {
	t.Helper()
	c, err := content(t, feed.Snapshot, data)
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
	if err := feed.WriteDelta(&file, params, list.Change{Removed: removed, Added: added}); err != nil {
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
	found := make([][]byte, c.Release().Params.Shards())
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

// fileOf describes a file.
func fileOf(name string, data []byte) feed.File {
	return feed.File{Name: name, Size: int64(len(data)), SHA256: fmt.Sprintf("%x", sha256.Sum256(data))}
}
