package sync_test

import (
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/sync"
)

// kinds are all files that a device asks for, by what their names are like.
var kinds = map[string]*regexp.Regexp{
	"timestamp": regexp.MustCompile(`timestamp\.json$`),
	"root":      regexp.MustCompile(`2\.root\.json$`),
	"snapshot":  regexp.MustCompile(`[0-9]\.snapshot\.json$`),
	"targets":   regexp.MustCompile(`[0-9]\.targets\.json$`),
	"list":      regexp.MustCompile(`[0-9]\.list\.json$`),
	"bulk":      regexp.MustCompile(`[0-9]\.bulk\.json$`),
	"release":   regexp.MustCompile(`\.release\.json$`),
	"approval":  regexp.MustCompile(`\.approval\.json$`),
	"history":   regexp.MustCompile(`-history\.json$`),
	"delta":     regexp.MustCompile(`-delta-`),
}

// mostOfOne is more than a device reads of any file that names no length.
const mostOfOne = 9 << 20

// Each file in its turn never ends, or comes a byte at a time. The device takes
// no more of it than there may be, waits no longer than it says, keeps its list,
// and takes what is good when that is there.
func TestEachKindOfFileThatNeverEndsOrComesSlowly(t *testing.T) {
	p := publisher()
	one := p.Release(t, records)
	two, three := p.Release(t, records[10:]), p.Release(t, records[20:])
	steps := []feed.Step{two.Step(feed.Delta), three.Step(feed.Delta)}
	history, err := feed.EncodeHistory(steps)
	if err != nil {
		t.Fatal(err)
	}
	three.Manifest.Steps = []feed.Step{three.Step(feed.Snapshot)}
	three.Manifest.History = fileOf("3-history.json", history)
	for _, f := range []feedtest.Files{two.Files, {"3-history.json": history}} {
		for name, data := range f {
			three.Files[name] = data
		}
	}
	for kind, like := range kinds {
		for _, how := range []string{"endless", "slow"} {
			t.Run(kind+" "+how, func(t *testing.T) {
				t.Parallel()
				inBubble(t, time.Minute, func(t *testing.T, d *device) {
					d.server.publish(one)
					d.mustSucceed(t)
					d.server.repository.Rotate("root")
					d.server.repository.Rotate(feed.ListRole)
					d.server.repository.Approve(three)
					d.server.publish(three)
					d.mustSurvive(t, like, how, one, three)
					d.server.fail(nil)
					if kind == "delta" {
						d.Once(t.Context()) // goes on with what came slowly, and throws it away
					}
					d.mustSucceed(t)
					d.mustHold(t, three, records[20:])
				})
			})
		}
	}
}

// mustSurvive serves the files of a kind without an end, or slowly.
func (d *device) mustSurvive(t *testing.T, kind *regexp.Regexp, how string, old, next feedtest.Release) {
	t.Helper()
	var sent atomic.Int64
	d.server.fail(func(w http.ResponseWriter, r *http.Request, _ []byte) bool {
		if !kind.MatchString(r.URL.Path) {
			return false
		}
		piece := []byte(strings.Repeat(" ", 64<<10))
		for r.Context().Err() == nil {
			if how == "slow" {
				piece = piece[:1]
				select {
				case <-time.After(time.Second):
				case <-r.Context().Done():
				}
			}
			sent.Add(int64(len(piece)))
			if _, err := w.Write(piece); err != nil {
				break
			}
			w.(http.Flusher).Flush()
		}
		panic(http.ErrAbortHandler)
	})
	began := time.Now()
	err := d.Once(t.Context())
	if took := time.Since(began); took > 35*time.Second {
		t.Errorf("it took %s", took)
	}
	if sent.Load() == 0 || sent.Load() > mostOfOne {
		t.Errorf("%d bytes were sent", sent.Load())
	}
	held := d.store.Position("sltd")
	if code := sync.CodeOf(err); code == sync.Current && held != next.Manifest.Position() || code != sync.Current && held != old.Manifest.Position() {
		t.Errorf("%v, and release %d is held", err, held.Sequence)
	}
	if err != nil && d.Status().Code == sync.Current {
		t.Errorf("%v, and the status is %+v", err, d.Status())
	}
}
