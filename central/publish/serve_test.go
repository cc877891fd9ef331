package publish_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/central/publish"
)

func TestReleasesAreServedAsCachesNeedThem(t *testing.T) {
	dir := t.TempDir()
	p := publisher(t, dir)
	r := release(t, p, now, feedtest.Records(1, 1000))
	server := httptest.NewServer(publish.Handler(dir))
	defer server.Close()
	snapshot, _ := r.Manifest.File(feed.Snapshot)
	want, err := os.ReadFile(filepath.Join(dir, "sltd", snapshot.Name))
	if err != nil {
		t.Fatal(err)
	}

	whole, body := get(t, server.URL+"/sltd/"+snapshot.Name, nil)
	if body != string(want) || whole.StatusCode != http.StatusOK || !strings.Contains(whole.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("snapshot: %s, %d bytes, %v", whole.Status, len(body), whole.Header)
	}
	part, body := get(t, server.URL+"/sltd/"+snapshot.Name, map[string]string{"Range": "bytes=100-", "If-Range": whole.Header.Get("ETag")})
	if part.StatusCode != http.StatusPartialContent || body != string(want[100:]) {
		t.Errorf("the rest of a snapshot: %s, %d bytes", part.Status, len(body))
	}
	other, body := get(t, server.URL+"/sltd/"+snapshot.Name, map[string]string{"Range": "bytes=100-", "If-Range": `"other"`})
	if other.StatusCode != http.StatusOK || body != string(want) {
		t.Errorf("the rest of another snapshot: %s, %d bytes", other.Status, len(body))
	}

	latest, body := get(t, server.URL+"/sltd/latest.json", nil)
	if latest.StatusCode != http.StatusOK || latest.Header.Get("Cache-Control") != "no-cache" || !strings.Contains(body, "payload") {
		t.Errorf("latest: %s, %v", latest.Status, latest.Header)
	}
	same, body := get(t, server.URL+"/sltd/latest.json", map[string]string{"If-None-Match": latest.Header.Get("ETag")})
	if same.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("the same latest: %s, %d bytes", same.Status, len(body))
	}
	release(t, p, now, nil) // within the same second
	newer, _ := get(t, server.URL+"/sltd/latest.json", map[string]string{"If-None-Match": latest.Header.Get("ETag")})
	if newer.StatusCode != http.StatusOK || newer.Header.Get("ETag") == latest.Header.Get("ETag") {
		t.Errorf("a newer latest: %s, %v", newer.Status, newer.Header)
	}
}

func TestNothingButReleasesIsServed(t *testing.T) {
	dir := t.TempDir()
	release(t, publisher(t, dir), now, nil)
	outside := filepath.Join(t.TempDir(), "outside")
	for path, data := range map[string]string{
		filepath.Join(dir, "sltd", "sltd.key"): "x", filepath.Join(dir, "sltd", ".new-1"): "x", filepath.Join(dir, "release.key"): "x",
		outside: "x",
	} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "sltd", "7.release.json")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(publish.Handler(dir))
	defer server.Close()
	for _, path := range []string{
		"", "/", "/sltd", "/sltd/", "/sltd/.lock", "/sltd/.new-1", "/sltd/sltd.key", "/release.key", "/sltd/2.release.json", "/tdawn/latest.json",
		"/sltd/../sltd/latest.json", "/sltd/..%2f..%2foutside", "/sltd/7.release.json", "/sltd/latest.json/", "/sltd//latest.json",
	} {
		resp, body := get(t, server.URL+path, nil)
		if resp.StatusCode < 400 || strings.Contains(body, dir) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %s, %q, %v", path, resp.Status, body, resp.Header)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		req, err := http.NewRequest(method, server.URL+"/sltd/latest.json", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMethodNotAllowed || resp.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s", method, resp.Status)
		}
	}
}

func get(t *testing.T, url string, header map[string]string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
