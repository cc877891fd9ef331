package sync_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dgraph-io/badger/v4"

	"portcullis/cache"
	"portcullis/cache/engine"
	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
	"portcullis/cache/sync"
)

// A hurt device is one with a real store that fetches by HTTP, and whose disk
// damages what it holds.
type hurt struct {
	*sync.Client
	*course
	home
	t      *testing.T
	store  *cache.Store
	server *server
	source sync.Source
}

// newHurt returns a device that holds the newest of some releases, and has
// asked for each of them.
func newHurt(t *testing.T, releases int) *hurt {
	t.Helper()
	d := &hurt{course: newCourse(t, 30_000), home: newHome(t), t: t}
	d.ShardBits = 7
	d.server = &server{repository: d.repository}
	web := httptest.NewServer(d.server)
	t.Cleanup(web.Close)
	d.source = newSource(t, web.URL+"/lists")
	d.reopen()
	for range releases {
		d.next(300)
		d.server.republish()
		d.mustFollow(t, d.Client, d.store)
	}
	return d
}

func (d *hurt) reopen() {
	d.store = d.mustOpen(d.t)
	d.Client = d.mustClient(d.t, d.store, d.source, d.repository.Root())
}

// damage changes the list behind the back of its store.
func (d *hurt) damage(change func(*badger.Txn) error) {
	d.t.Helper()
	if err := d.store.Close(); err != nil {
		d.t.Fatal(err)
	}
	generations, err := filepath.Glob(filepath.Join(d.lists(), "sltd-*"))
	if err != nil || len(generations) != 1 {
		d.t.Fatal(generations, err)
	}
	db, err := badger.Open(engine.Options(generations[0]))
	if err != nil {
		d.t.Fatal(err)
	}
	if err := errors.Join(db.Update(change), db.Close()); err != nil {
		d.t.Fatal(err)
	}
	d.reopen()
}

// flipShards turns a bit of each version of some shards, or deletes them.
func flipShards(ids ...uint32) func(*badger.Txn) error {
	return eachValue('S', ids, func(txn *badger.Txn, key, value []byte) error {
		if ids[0]%2 == 0 {
			return txn.Delete(key)
		}
		value[len(value)/2] ^= 1
		return txn.Set(key, value)
	})
}

// losePages deletes the pages of leaf hashes.
func losePages() func(*badger.Txn) error {
	return eachValue('H', nil, func(txn *badger.Txn, key, _ []byte) error { return txn.Delete(key) })
}

func eachValue(table byte, ids []uint32, f func(txn *badger.Txn, key, value []byte) error) func(*badger.Txn) error {
	return func(txn *badger.Txn) error {
		i := txn.NewIterator(badger.DefaultIteratorOptions)
		defer i.Close()
		found := map[string][]byte{}
		for i.Seek([]byte{table}); i.ValidForPrefix([]byte{table}); i.Next() {
			key := i.Item().KeyCopy(nil)
			if ids != nil && !slices.Contains(ids, binary.BigEndian.Uint32(key[1:])) {
				continue
			}
			value, err := i.Item().ValueCopy(nil)
			if err != nil {
				return err
			}
			found[string(key)] = value
		}
		for key, value := range found {
			if err := f(txn, []byte(key), value); err != nil {
				return err
			}
		}
		return nil
	}
}

// mustFindDamage reads the list back, and looks up a document in a damaged
// part, which gets no answer.
func (d *hurt) mustFindDamage(parts int) {
	d.t.Helper()
	if _, err := d.store.Verify(d.t.Context(), "sltd"); err != nil {
		d.t.Fatal(err)
	}
	if bad := d.store.Bad("sltd"); bad != parts {
		d.t.Fatalf("%d parts are damaged, want %d", bad, parts)
	}
	for n := 0; ; n++ {
		a, err := d.store.Lookup(cache.Query{Number: fmt.Sprintf("AB%05d", n), Class: list.Passport, Issuer: "UTO"})
		if err != nil || n > 100_000 {
			d.t.Fatalf("no look-up meets the damage: %v", err)
		}
		if a.Lists[0].Err != nil {
			return // which is referred
		}
	}
}

// once brings the list up to date, and returns what was asked for of the
// snapshot: how often, and how many bytes. What else was asked for of the list
// is the rest.
func (d *hurt) once() (ranges int, bytes int64, rest []string) {
	d.t.Helper()
	d.server.asked()
	if err := d.Once(d.t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		d.t.Fatal(err)
	}
	return split(d.server.asked())
}

func split(asked []string) (ranges int, bytes int64, rest []string) {
	for _, a := range asked {
		var from, to int64
		_, part, _ := strings.Cut(a, " ")
		if n, _ := fmt.Sscanf(part, "bytes=%d-%d", &from, &to); n == 2 {
			ranges, bytes = ranges+1, bytes+to-from+1
		} else if a != sync.TimestampFile {
			rest = append(rest, a)
		}
	}
	return ranges, bytes, rest
}

func (d *hurt) mustBeMended() {
	d.t.Helper()
	d.mustBeWhole(d.t, d.store, d.newest().Sequence)
	if bad, s := d.store.Bad("sltd"), d.Status(); bad > 0 || s.Mending != "" {
		d.t.Errorf("%d parts are damaged, and the status is %+v", bad, s)
	}
}

// newestSnapshot is the step that has it.
func (d *hurt) newestSnapshot() (s feed.Step) {
	for _, step := range d.steps {
		if step.Kind() == feed.Snapshot {
			s = step
		}
	}
	return s
}

// A few damaged shards are fetched alone: two looks at the snapshot's head, and
// one for each shard.
func TestDamagedShardsAreFetchedAlone(t *testing.T) {
	for name, c := range map[string]struct {
		releases int
		shards   []uint32
		deltas   int // that are fetched to bring the snapshot to what is held
	}{
		"one shard of a snapshot":                         {1, []uint32{7}, 0},
		"three shards that are gone":                      {1, []uint32{6, 60, 127}, 0},
		"the snapshot is older than what is held":         {4, []uint32{9, 33}, 3},
		"the newest snapshot is the release that is held": {5, []uint32{11}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			d := newHurt(t, c.releases)
			d.damage(flipShards(c.shards...))
			d.mustFindDamage(len(c.shards))
			ranges, bytes, rest := d.once()
			d.mustBeMended()
			snapshot := d.newestSnapshot()
			head := feed.SnapshotHeadSize(1 << d.ShardBits)
			if most := 1 + head + int64(len(c.shards))*snapshot.Size/64; ranges != 2+len(c.shards) || bytes > most {
				t.Errorf("it took %d ranges with %d bytes of %d, want at most %d", ranges, bytes, snapshot.Size, most)
			}
			rest = slices.DeleteFunc(rest, func(name string) bool { return strings.Contains(name, "history") })
			if len(rest) > c.deltas || slices.ContainsFunc(rest, func(name string) bool { return !strings.Contains(name, "delta") }) {
				t.Errorf("beside that it took %v", rest)
			}
			t.Logf("%d ranges, %d of %d bytes, and %v", ranges, bytes, snapshot.Size, rest)
			if ranges, _, rest := d.once(); ranges+len(rest) > 0 {
				t.Errorf("once it was mended, it took %d ranges and %v", ranges, rest)
			}
		})
	}
}

// Deltas that are more together than a device keeps in memory are not fetched,
// though none is by itself: what is damaged waits for a newer snapshot.
func TestASnapshotIsNotBroughtForwardByMoreThanFitsInMemory(t *testing.T) {
	d := newHurt(t, 4)
	for i, s := range d.steps {
		if s.Kind() == feed.Delta {
			d.steps[i].Removed = feed.MaxChanges / 2
		}
	}
	d.publish(feed.Manifest{Release: d.newest()})
	d.server.republish()
	d.damage(flipShards(9))
	d.mustFindDamage(1)
	ranges, _, rest := d.once()
	if said := d.Status().Mending; !strings.Contains(said, feed.ErrLarge.Error()) || d.store.Bad("sltd") != 1 {
		t.Errorf("%d parts are damaged, and the status says %q", d.store.Bad("sltd"), said)
	}
	if ranges > 0 || slices.ContainsFunc(rest, func(name string) bool { return !strings.Contains(name, "history") }) {
		t.Errorf("it took %d ranges and %v", ranges, rest)
	}
}

// The pages of leaf hashes are made anew from what is there; with shards lost
// too, these alone are fetched.
func TestLostPagesAreMadeAnew(t *testing.T) {
	for name, c := range map[string]struct {
		shards []uint32
		ranges int
	}{"pages alone": {nil, 0}, "and shards": {[]uint32{5, 6}, 6}} {
		t.Run(name, func(t *testing.T) {
			d := newHurt(t, 4)
			d.damage(losePages())
			if c.shards != nil {
				d.damage(flipShards(c.shards...))
			}
			a, err := d.store.Lookup(cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"})
			if err != nil || a.Lists[0].Err == nil || d.store.Bad("sltd") == 0 {
				t.Fatalf("a look-up: %+v, %v; %d parts are damaged", a, err, d.store.Bad("sltd"))
			}
			ranges, bytes, rest := d.once()
			d.mustBeMended()
			if ranges > c.ranges || slices.Contains(rest, d.newestSnapshot().Name) {
				t.Errorf("it took %d ranges with %d bytes, and %v", ranges, bytes, rest)
			}
			t.Logf("%d ranges, %d bytes, and %v", ranges, bytes, rest)
		})
	}
}

// A shard that a delta changes is damaged: it is mended, and the delta applied,
// rather than the whole list fetched.
func TestADeltaOnADamagedShardIsAppliedOnceThatIsMended(t *testing.T) {
	d := newHurt(t, 2)
	d.damage(flipShards(7)) // and nobody has looked yet
	d.next(2000)
	d.server.republish()
	ranges, bytes, rest := d.once()
	d.mustBeMended()
	if ranges != 3 || slices.Contains(rest, d.newestSnapshot().Name) {
		t.Errorf("it took %d ranges with %d bytes, and %v", ranges, bytes, rest)
	}
}

// A server that answers ranges with something else mends nothing, and breaks
// nothing: it is asked less and less often, and a good one is believed.
func TestASnapshotWhoseRangesAreWrongMendsNothing(t *testing.T) {
	for name, bad := range map[string]func(http.ResponseWriter, *http.Request, []byte) bool{
		"other bytes": func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			return serveRange(w, r, slices.Repeat([]byte{7}, len(data)), 0)
		},
		"another shard": func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			half := len(data) / 2
			return serveRange(w, r, append(slices.Clone(data[:half]), data[:len(data)-half]...), 0)
		},
		"cut": func(w http.ResponseWriter, r *http.Request, data []byte) bool { return serveRange(w, r, data, 1) },
		"whole": func(w http.ResponseWriter, _ *http.Request, data []byte) bool {
			w.Write(data)
			return true
		},
		"another file": func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			return serveRange(w, r, data[9:], 0)
		},
		"gone": func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
			http.NotFound(w, r)
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newHurt(t, 1)
			d.damage(flipShards(101, 103))
			d.mustFindDamage(2)
			d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
				return strings.Contains(r.URL.Path, "snapshot-") && bad(w, r, data)
			})
			_, bytes, rest := d.once()
			if n := d.store.Bad("sltd"); n != 2 || d.Status().Mending == "" || bytes > d.newestSnapshot().Size {
				t.Errorf("%d parts are damaged, %d bytes were fetched, and the status is %+v", n, bytes, d.Status())
			}
			if len(rest) > 0 {
				t.Errorf("it took %v", rest)
			}
			d.mustFindDamage(2)
			d.server.fail(nil)
			d.once()
			d.mustBeMended()
		})
	}
}

// serveRange answers with a part of a file, or all but so many bytes of it.
func serveRange(w http.ResponseWriter, r *http.Request, data []byte, missing int) bool {
	var from, to int
	if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); n != 2 {
		return false
	}
	if to = min(to, len(data)-1); from > to {
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return true
	}
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(data)))
	w.Header().Set("Content-Length", fmt.Sprint(to-from+1))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(data[from : to+1-missing])
	return true
}

// A stuck store is mended for as long as it may take.
type stuck struct{ *feedtest.Store }

func (stuck) Bad(string) int { return 1 }

func (stuck) Mend(ctx context.Context, _ string, _ func(feed.Release) (*feed.SnapshotFile, error)) error {
	<-ctx.Done()
	return ctx.Err()
}

// A list that is mended without end gets what is newer all the same.
func TestMendingDoesNotHoldUpANewerRelease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, dir := &feedtest.Store{}, t.TempDir()
		d := newDevice(t, func(c *sync.Config) { c.Store, c.Source = stuck{store}, sync.Dir(dir) })
		d.store = store
		one := publisher().Release(t, records)
		d.server.publish(one)
		d.server.repository.WriteFolder(dir)
		d.mustSucceed(t)
		d.mustHold(t, one, records)
		if d.Status().Mending == "" {
			t.Error("the status does not say that the list is not mended")
		}
	})
}

// What cannot be mended is tried less and less often, for the server's sake.
func TestMendingInVainIsTriedLessAndLessOften(t *testing.T) {
	d := newHurt(t, 1)
	d.damage(flipShards(101))
	d.mustFindDamage(1)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if !strings.Contains(r.URL.Path, "snapshot-") {
			return false
		}
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	d.server.asked()
	for range 5 {
		d.From(t.Context(), sync.Origin{Source: d.source}) // which does not begin anew, as Once does
	}
	if ranges, _, _ := split(d.server.asked()); ranges != 1 {
		t.Errorf("five looks have tried to mend the list %d times", ranges)
	}
	d.server.fail(nil)
	d.once()
	d.mustBeMended()
}
