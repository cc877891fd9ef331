package sync_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portcullis/cache/sync"
)

func TestRangesAreReadFromAFileAndFromAServer(t *testing.T) {
	data := bytes.Repeat([]byte("0123456789"), 1000)
	path := filepath.Join(t.TempDir(), "snapshot.bin")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range"))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}))
	defer server.Close()

	for _, address := range []string{path, "file://" + path, server.URL + "/snapshot.bin"} {
		r, err := sync.OpenRanges(context.Background(), address)
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		got := make([]byte, 15)
		if n, err := r.ReadAt(got, 5005); n != 15 || err != nil || string(got) != "567890123456789" {
			t.Errorf("%s: %q, %v", address, got[:n], err)
		}
		if n, err := r.ReadAt(got, int64(len(data))-5); n != 5 || err == nil {
			t.Errorf("%s: beyond the end %d bytes are read, %v", address, n, err)
		}
		if r.Size() != int64(len(data)) {
			t.Errorf("%s: size %d", address, r.Size())
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if want := "bytes=0-0 bytes=5005-5019 bytes=9995-10009"; strings.Join(asked, " ") != want {
		t.Errorf("the server was asked for %v, want %s", asked, want)
	}
}

func TestServersThatSendNoRangesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"the whole file": {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("all of it")) }, "does not send parts"},
		"another part": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 7-7/100")
			w.WriteHeader(http.StatusPartialContent)
			w.Write([]byte("x"))
		}, "another part"},
		"no size": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 0-0/*")
			w.WriteHeader(http.StatusPartialContent)
			w.Write([]byte("x"))
		}, "does not say how large"},
		"nothing": {http.NotFound, "404"},
	} {
		server := httptest.NewServer(c.handler)
		_, err := sync.OpenRanges(context.Background(), "http://user:secret@"+strings.TrimPrefix(server.URL, "http://")+"/f")
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		server.Close()
	}
	for _, address := range []string{"", "nowhere.bin", t.TempDir(), "http://user:secret@%zz/"} {
		if _, err := sync.OpenRanges(context.Background(), address); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}
