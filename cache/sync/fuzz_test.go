package sync_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// FuzzRepository changes a file or two of a repository that leads a device from
// one release to another, and expects that it holds one of these, whatever it
// says, and the newer one once the files are good.
func FuzzRepository(f *testing.F) {
	p := publisher()
	one, two := p.Release(f, records[:300]), p.Release(f, records[:310])
	r := feedtest.NewRepository(f)
	r.Release(one)
	first := r.Files()
	r.Rotate("root")
	r.Release(two)
	second := r.Files()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(second)) {
		if string(second[name]) != string(first[name]) {
			names = append(names, name)
		}
	}
	for i := range names {
		f.Add(uint8(i), uint16(10), uint16(3), []byte("x"), uint8(200))
		f.Add(uint8(i), uint16(0), uint16(60000), []byte(`{"signed":{"_type":"targets","targets":{"a":null}}}`), uint8(0))
		f.Add(uint8(i), uint16(200), uint16(0), []byte(`,"version":9`), uint8(i+1))
	}
	serve := &server{files: first}
	web := httptest.NewServer(serve)
	f.Cleanup(web.Close)
	source, err := sync.NewSource(web.URL + "/lists")
	if err != nil {
		f.Fatal(err)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, file uint8, at, cut uint16, put []byte, other uint8) {
		h := home(feedtest.Shelf(t))
		store := &feedtest.Store{}
		c, err := sync.New(sync.Config{List: "sltd", Root: first["1.root.json"], Source: source, Store: store, Spool: filepath.Join(dir, "spool"), Shelf: h.shelf()})
		if err != nil {
			t.Fatal(err)
		}
		serve.reset(first)
		mustBe(t, c, store, one)
		serve.reset(second)
		name := names[int(file)%len(names)]
		serve.change(name, func(data []byte) []byte { return mutated(data, at, cut, put) })
		if int(other) < len(names) { // with another file in the place of a second one
			serve.change(names[other], func([]byte) []byte { return second[name] })
		}
		for range 2 {
			c.Once(t.Context())
			if held := store.Position("sltd"); held != one.Manifest.Position() && held != two.Manifest.Position() {
				t.Fatalf("%s: it holds release %d", name, held.Sequence)
			}
		}
		serve.reset(second)
		mustBe(t, c, store, two)
	})
}

func mustBe(t *testing.T, c *sync.Client, store *feedtest.Store, r feedtest.Release) {
	t.Helper()
	if err := c.Once(t.Context()); err != nil && sync.CodeOf(err) != sync.Expired {
		t.Fatal(err)
	}
	if held := store.Position("sltd"); held != r.Manifest.Position() {
		t.Fatalf("it holds release %d, want %d", held.Sequence, r.Manifest.Sequence)
	}
}

// mutated is data of which a part was cut out, and something put in its place.
func mutated(data []byte, at, cut uint16, put []byte) []byte {
	from := min(int(at), len(data))
	to := min(from+int(cut), len(data))
	return slices.Concat(data[:from], put, data[to:])
}

// FuzzRanges answers the ranges of a snapshot with anything, and expects that a
// damaged list is mended or not, and nothing else.
func FuzzRanges(f *testing.F) {
	f.Add([]byte("PCLIST2\n"), uint16(0), false)
	f.Add([]byte{0, 0, 0, 0, 255, 255, 255, 255}, uint16(8), true)
	f.Fuzz(func(t *testing.T, put []byte, at uint16, whole bool) {
		d := newHurt(t, 1)
		d.damage(flipShards(101))
		d.mustFindDamage(1)
		d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			if r.Header.Get("Range") == "" {
				return false
			}
			if whole {
				data = put
			}
			return serveRange(w, r, mutated(data, at, uint16(len(put)), put), 0)
		})
		d.Once(t.Context())
		d.mustBeWholeOrBad(t)
		d.server.fail(nil)
		d.once()
		d.mustBeMended()
	})
}

// mustBeWholeOrBad expects that what is not marked as damaged is what was
// signed.
func (d *hurt) mustBeWholeOrBad(t *testing.T) {
	t.Helper()
	marked := d.store.Bad("sltd")
	r, err := d.store.Verify(t.Context(), "sltd")
	if err != nil || len(r.Bad) > marked || marked == 0 && !r.Sound() || d.store.Position("sltd") != d.newest().Position() {
		t.Fatalf("%d parts are marked, and %+v is found: %v", marked, r, err)
	}
}
