package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"sync/atomic"
	"testing"

	"portcullis/cache/sync"
	"portcullis/firmware/console"
	"portcullis/protocol"
)

// try asks a device for something that it may refuse.
func (f *fleet) try(ctx context.Context, method, url string, body []byte, answer any) (int, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	response, err := f.tool.Do(r)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 == 2 {
		err = json.Unmarshal(text, answer)
	}
	return response.StatusCode, err
}

// push brings all files of a folder and has them used, whoever else does.
func (f *fleet) push(ctx context.Context, folder, base, id string) (i protocol.Install, err error) {
	for _, pattern := range []string{"sltd/[^.]*", "[0-9]*.json", "timestamp.json"} {
		names, err := fs.Glob(os.DirFS(folder), pattern)
		if err != nil {
			return i, err
		}
		for _, name := range names {
			data, err := fs.ReadFile(os.DirFS(folder), name)
			if err != nil {
				return i, err
			}
			var p protocol.Part
			if code, err := f.try(ctx, http.MethodPut, base+"files/"+name, data, &p); err != nil || code >= 500 {
				return i, fmt.Errorf("put %s: %d, %w", name, code, err)
			}
		}
	}
	if code, err := f.try(ctx, http.MethodPost, base+"installs", fmt.Appendf(nil, `{"id":%q}`, id), &i); err != nil || code/100 != 2 {
		return i, fmt.Errorf("install %s: %d, %w", id, code, err)
	}
	code, err := f.try(ctx, http.MethodGet, base+"installs/"+id+"?wait=60", nil, &i)
	if err == nil && (code != http.StatusOK || !i.Done) {
		err = fmt.Errorf("install %s: %d, %+v", id, code, i)
	}
	return i, err
}

// TestTwoPushesAtOnceWhileTheDevicePulls has two tools bring each release at the
// same time, which the device fetches by itself as well. One may take the
// other's files away, as both write into one inbox: what is held is whole and in
// the end the newest.
func TestTwoPushesAtOnceWhileTheDevicePulls(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	f := join(t, s)
	text, err := os.ReadFile(s.configFile())
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, s.configFile(), bytes.Replace(text, []byte("# source "), []byte("source "), 1))
	if s.config, err = loadConfig(s.configFile()); err != nil {
		t.Fatal(err)
	}
	f.Codes["ABCD-EFGH"] = "gate-7"
	if out, exit := s.enrol(t, f.Central, "ABCD-EFGH"); exit != exitOK {
		t.Fatal(out)
	}
	l := s.start(t)
	f.hears(t, "the device", func() bool { return f.last().Address != "" })
	base := "https://" + f.said().Address + "/v1/lists/sltd/"
	l.ready(t)

	fine := []string{string(sync.Current), string(sync.Older), string(sync.FetchFailed), string(sync.Mixed)}
	var current atomic.Int32 // pushes that came to something
	for round := range 4 {
		newest := l.publish(t, stolenPassport(fmt.Sprintf("NEW%05d", round)))
		errs := make(chan error, 2)
		for tool := range cap(errs) {
			go func() {
				i, err := f.push(t.Context(), s.central.dir, base, fmt.Sprintf("%d-%d", round, tool))
				if err == nil && !slices.Contains(fine, i.Code) {
					err = fmt.Errorf("install %d-%d: %+v", round, tool, i)
				}
				if i.Code == string(sync.Current) {
					current.Add(1)
				}
				errs <- err
			}()
		}
		for range cap(errs) {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		l.await(t, "the newest release", func(v console.View) bool { return len(v.Lists) == 1 && v.Lists[0].Release == newest.Sequence })
		if p := l.decide(t, passport(t, fmt.Sprintf("NEW%05d", round))); p.Verdict != "alert" {
			t.Errorf("what the newest release lists: %s: %s", p.Verdict, p.Headline)
		} else {
			l.settle(t, p.ID)
		}
		l.mustClear(t)
	}
	if current.Load() == 0 {
		t.Error("no push has ended with the newest release")
	}
	var said bytes.Buffer
	if exit := execute(t.Context(), []string{"list", "verify", "--config", s.configFile()}, streams{nil, &said, &said}); exit != exitOK {
		t.Errorf("list verify: %d: %s", exit, &said)
	}
}
