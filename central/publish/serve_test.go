package publish_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

func TestReleasesAreServedAsCachesNeedThem(t *testing.T) {
	s := newSiteIn(t, fast(t))
	p := s.publisher()
	snapshot := all(t, p, noon, feedtest.Records(1, 1000)).Manifest.Steps[0]
	server := httptest.NewServer(publish.Handler(s.dir))
	defer server.Close()
	want, err := os.ReadFile(filepath.Join(s.dir, "sltd", snapshot.Name))
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

	latest, body := get(t, server.URL+"/timestamp.json", nil)
	if latest.StatusCode != http.StatusOK || latest.Header.Get("Cache-Control") != "public, max-age=30" || !strings.Contains(body, "x-published") {
		t.Errorf("timestamp: %s, %v", latest.Status, latest.Header)
	}
	same, body := get(t, server.URL+"/timestamp.json", map[string]string{"If-None-Match": latest.Header.Get("ETag")})
	if same.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("the same timestamp: %s, %d bytes", same.Status, len(body))
	}
	all(t, p, hours(1), nil)
	newer, _ := get(t, server.URL+"/timestamp.json", map[string]string{"If-None-Match": latest.Header.Get("ETag")})
	if newer.StatusCode != http.StatusOK || newer.Header.Get("ETag") == latest.Header.Get("ETag") {
		t.Errorf("a newer timestamp: %s, %v", newer.Status, newer.Header)
	}
	root, _ := get(t, server.URL+"/2.root.json", nil)
	if root.StatusCode != http.StatusNotFound || root.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Errorf("the next root: %s, %v", root.Status, root.Header)
	}
}

// TestEverythingThatADeviceFetchesIsServed asks for each file that is published.
func TestEverythingThatADeviceFetchesIsServed(t *testing.T) {
	s, _, _, _ := waiting(t)
	p := s.publisher()
	if _, err := p.Approve(t.Context(), hours(2), s.ring(roles.Bulk)); err != nil {
		t.Fatal(err)
	}
	r := all(t, p, hours(3), statewide(3000, 3000)[2100:])
	if r.Manifest.History.Name == "" {
		t.Error("there is no history")
	}
	server := httptest.NewServer(publish.Handler(s.dir))
	defer server.Close()
	for name, want := range s.bytes() {
		resp, body := get(t, server.URL+"/"+name, nil)
		private := strings.Contains(name, "/.state/") || strings.HasPrefix(name, "pending/") || name == ".lock"
		if private && resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", name, resp.Status)
		}
		if !private && (resp.StatusCode != http.StatusOK || body != want) {
			t.Errorf("%s: %s, %d bytes", name, resp.Status, len(body))
		}
	}
}

func TestNothingButReleasesIsServed(t *testing.T) {
	site := newSiteIn(t, fast(t))
	dir := site.dir
	all(t, site.publisher(), noon, nil)
	outside := filepath.Join(t.TempDir(), "outside")
	for path, data := range map[string]string{
		filepath.Join(dir, "sltd", "sltd.key"): "x", filepath.Join(dir, "sltd", ".new-1"): "x", filepath.Join(dir, "sltd", ".state", "x.bin"): "x", filepath.Join(dir, "release.key"): "x",
		outside: "x",
	} {
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(outside, filepath.Join(dir, "7.snapshot.json")); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(publish.Handler(dir))
	defer server.Close()
	for _, path := range []string{
		"", "/", "/sltd", "/sltd/", "/sltd/.state/lock", "/sltd/.state/current.json", "/sltd/.state/x.bin", "/.lock", "/sltd/.new-1", "/sltd/sltd.key", "/release.key", "/tdawn/1-2-delta-0123456789ab.bin",
		"/sltd/../timestamp.json", "/sltd/..%2f..%2foutside", "/7.snapshot.json", "/timestamp.json/", "//timestamp.json", "/0.root.json", "/sltd/timestamp.json", "/pending/sltd/report.json",
	} {
		resp, body := get(t, server.URL+path, nil)
		if resp.StatusCode < 400 || strings.Contains(body, dir) || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%q: %s, %q, %v", path, resp.Status, body, resp.Header)
		}
	}
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodDelete} {
		req, err := http.NewRequest(method, server.URL+"/timestamp.json", strings.NewReader("x"))
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
