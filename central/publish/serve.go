package publish

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"regexp"
	"time"

	"portcullis/cache/feed"
)

// served are the paths of what a folder of lists offers.
var served = regexp.MustCompile(`^/([a-z][a-z0-9-]{0,31}/(?:latest\.json|[1-9][0-9]*\.release\.json|[1-9][0-9]*-(?:snapshot|delta)-[0-9a-f]{12}\.bin))$`)

// Handler serves a folder of lists: files of releases and nothing else, to GET
// and HEAD, by ranges too. All but latest.json may be kept for ever.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := served.FindStringSubmatch(r.URL.Path)
		switch {
		case name == nil:
			refuse(w, http.StatusNotFound)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed)
		default:
			serveFile(w, r, dir, name[1])
		}
	})
}

func serveFile(w http.ResponseWriter, r *http.Request, dir, name string) {
	f, err := os.OpenInRoot(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		refuse(w, http.StatusNotFound)
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	defer f.Close()
	tag, err := tagOf(f, path.Base(name))
	if err != nil {
		refuse(w, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if path.Base(name) == timestampFile {
		h.Set("Cache-Control", "no-cache")
	}
	h.Set("Content-Type", "application/octet-stream")
	if path.Ext(name) == ".json" {
		h.Set("Content-Type", "application/json")
	}
	http.ServeContent(w, r, "", time.Time{}, f)
}

// tagOf names the content of a file. Of a .bin file its name does already.
func tagOf(f *os.File, name string) (string, error) {
	if path.Ext(name) == ".bin" {
		return `"` + name + `"`, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.LimitReader(f, feed.MaxManifest)); err != nil {
		return "", err
	}
	_, err := f.Seek(0, io.SeekStart)
	return fmt.Sprintf(`"%x"`, h.Sum(nil)), err
}

// refuse answers with an error that no cache on the way keeps.
func refuse(w http.ResponseWriter, status int) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(status), status)
}
