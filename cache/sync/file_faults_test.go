package sync_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/sync"
)

// TestBadFilesAreThrownAwayAndTheListGoesOn does the same with the files.
func TestBadFilesAreThrownAwayAndTheListGoesOn(t *testing.T) {
	p := publisher()
	one, two := p.Release(t, records), p.Release(t, records[10:])
	for why, spoil := range map[string]func([]byte) []byte{
		"truncated":    func(b []byte) []byte { return b[:len(b)-1] },
		"cut to half":  func(b []byte) []byte { return b[:len(b)/2] },
		"empty":        func(b []byte) []byte { return []byte{} },
		"longer":       func(b []byte) []byte { return append(b, 0) },
		"bit flipped":  flip,
		"another file": func(b []byte) []byte { return make([]byte, len(b)) },
		"first byte":   func(b []byte) []byte { b[0] ^= 128; return b },
		"last byte":    func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
	} {
		for _, kind := range []feed.Kind{feed.Snapshot, feed.Delta} {
			t.Run(fmt.Sprint(why, " ", kind), func(t *testing.T) {
				d, r, want := newDevice(t, nil), one, records
				if kind == feed.Delta {
					d.server.publish(one)
					d.mustSucceed(t)
					r, want = two, records[10:]
				}
				d.server.publish(r)
				d.server.change(name(r, kind), spoil)
				d.mustFail(t, sync.FileMismatch)
				if left := d.spooled(t); len(left) > 0 {
					t.Errorf("%v is left in the spool", left)
				}
				d.server.republish()
				d.mustSucceed(t)
				d.mustHold(t, r, want)
			})
		}
	}
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

func TestConnectionsThatAreCutAreTakenUpWhereTheyBroke(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	size := int64(len(one.Files[name(one, feed.Snapshot)]))
	const piece = 30_000
	cuts := 0
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		var from int64
		fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from)
		if isMetadata(r) || size-from <= piece {
			return false
		}
		cuts++
		w.Header().Set("Content-Length", fmt.Sprint(size-from))
		if from > 0 {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, size-1, size))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(data[from : from+piece])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	for done := int64(piece); done < size; done += piece {
		d.mustFail(t, sync.FetchFailed)
		mustEqual(t, "spool", d.spooled(t), []int64{done})
		if want := fmt.Sprintf("it broke off after %d of %d bytes", done, size); !strings.Contains(d.Status().Detail, want) {
			t.Errorf("the detail is %q, want %q", d.Status().Detail, want)
		}
	}
	d.mustSucceed(t)
	d.mustHold(t, one, records)
	want := []string{"timestamp.json", name(one, feed.Snapshot)}
	for i := range cuts {
		want = append(want, "timestamp.json", fmt.Sprintf("%s bytes=%d-", name(one, feed.Snapshot), piece*(i+1)))
	}
	if cuts < 3 {
		t.Errorf("the connection was cut %d times", cuts)
	}
	mustEqual(t, "requests", d.server.asked(), want)
}

// TestWhatIsInTheSpoolIsNotTrusted lays parts in the spool that do not begin
// the file, or that the server does not go on with.
func TestWhatIsInTheSpoolIsNotTrusted(t *testing.T) {
	one := publisher().Release(t, records)
	file := one.Step(feed.Snapshot)
	data := one.Files[file.Name]
	whole := func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		return !isMetadata(r) && r.Header.Get("Range") != "" && must(w.Write(data)) == len(data)
	}
	elsewhere := func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		if isMetadata(r) {
			return false
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes 0-%d/%d", len(data)-1, len(data)))
		w.WriteHeader(http.StatusPartialContent)
		w.Write(data)
		return true
	}
	for why, c := range map[string]struct {
		part  []byte
		fault func(http.ResponseWriter, *http.Request, []byte) bool
		want  sync.Code // of the first attempt
	}{
		"a good beginning":           {data[:1000], nil, sync.Current},
		"the whole":                  {data, nil, sync.Current},
		"nothing":                    {nil, nil, sync.Current},
		"zeros after a power cut":    {make([]byte, 1000), nil, sync.FileMismatch},
		"a whole with a bit flipped": {flip(data), nil, sync.FileMismatch},
		"more than there is":         {append(bytes.Clone(data), 0), nil, sync.FileMismatch},
		"a server without ranges":    {data[:1000], whole, sync.Current},
		"zeros, and no ranges":       {make([]byte, 1000), whole, sync.Current},
		"a server that goes astray":  {data[:1000], elsewhere, sync.FetchFailed},
		"a server with a shorter one": {data[:1000], func(w http.ResponseWriter, r *http.Request, data []byte) bool {
			if isMetadata(r) {
				return false
			}
			http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data[:500]))
			return true
		}, sync.FileMismatch},
	} {
		t.Run(why, func(t *testing.T) {
			d := newDevice(t, nil)
			d.server.publish(one)
			d.server.fail(c.fault)
			dir := filepath.Join(d.spool, "sltd")
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			stale := filepath.Join(dir, strings.Repeat("0", 64)+".part")
			for path, part := range map[string][]byte{filepath.Join(dir, file.SHA256+".part"): c.part, stale: {1}} {
				if err := os.WriteFile(path, part, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.want != sync.Current {
				d.mustFail(t, c.want)
				if _, err := os.Stat(stale); err == nil {
					t.Error("the part of another release is still in the spool")
				}
				d.server.fail(nil)
			}
			d.mustSucceed(t)
			d.mustHold(t, one, records)
		})
	}
}

func must(n int, err error) int {
	if err != nil {
		panic(err)
	}
	return n
}

// isMetadata reports whether a request is for something that is signed, and not
// for what that names.
func isMetadata(r *http.Request) bool { return !strings.HasSuffix(r.URL.Path, ".bin") }

func TestEndlessBodiesAreReadNoFurtherThanTheRelease(t *testing.T) {
	d := newDevice(t, nil)
	one := publisher().Release(t, records)
	d.server.publish(one)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		for !isMetadata(r) && r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				break
			}
		}
		return !isMetadata(r)
	})
	d.mustFail(t, sync.FileMismatch)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool {
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<16)); err != nil {
				break
			}
		}
		return true
	})
	d.mustFail(t, sync.NotARelease)
	d.server.fail(func(w http.ResponseWriter, r *http.Request, data []byte) bool { // the file, and then no end
		if isMetadata(r) {
			return false
		}
		twice := append(bytes.Clone(data), data...)
		for err := error(nil); err == nil && r.Context().Err() == nil; {
			_, err = w.Write(twice)
		}
		return true
	})
	d.mustSucceed(t)
	d.mustHold(t, one, records)
}

func TestDeltaThatIsGoneForGoodLeadsToTheSnapshot(t *testing.T) {
	for why, spoil := range map[string]func([]byte) []byte{"gone": func([]byte) []byte { return nil }, "spoilt": flip} {
		t.Run(why, func(t *testing.T) {
			d, p := newDevice(t, nil), publisher()
			d.server.publish(p.Release(t, records))
			d.mustSucceed(t)
			two := p.Release(t, records[10:])
			d.server.publish(two)
			d.server.change(name(two, feed.Delta), spoil)
			d.server.asked()
			want := sync.FetchFailed
			if why == "spoilt" {
				want = sync.FileMismatch
			}
			d.mustFail(t, want)
			d.mustFail(t, want)
			d.mustSucceed(t)
			d.mustHold(t, two, records[10:])
			delta, snapshot := name(two, feed.Delta), name(two, feed.Snapshot)
			mustEqual(t, "requests", d.server.asked(), []string{"timestamp.json", delta, "timestamp.json", delta, "timestamp.json", delta, snapshot})
		})
	}
}
