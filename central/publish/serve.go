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
)

// served are the paths of what a repository offers: metadata, the files of
// lists, and firmware.
var served = regexp.MustCompile(`^/(timestamp\.json|[1-9][0-9]*\.[a-z0-9-]{1,64}\.json` +
	`|[a-z][a-z0-9-]{0,31}/(?:[0-9a-f]{64}\.(?:release|approval)\.json` +
	`|[1-9][0-9]*-(?:snapshot|tree)-[0-9a-f]{12}\.bin|[1-9][0-9]*-[1-9][0-9]*-delta-[0-9a-f]{12}\.bin` +
	`|[1-9][0-9]*-history-[0-9a-f]{12}\.json|[1-9][0-9]*-[1-9][0-9]*-archive-[0-9a-f]{12}\.json)` +
	`|firmware/[0-9a-f]{64}\.[A-Za-z0-9][A-Za-z0-9._-]{0,127})$`)

// rootName is what each device asks for that looks for new metadata.
var rootName = regexp.MustCompile(`^[1-9][0-9]*\.root\.json$`)

// How long others may keep what is served, in seconds. Only the timestamp ever
// changes; a root that is not there may come.
const (
	keepTimestamp = "public, max-age=30"
	keepNothing   = "no-store"
	keepNoRoot    = "public, max-age=60"
	keepForEver   = "public, max-age=31536000, immutable"
)

// Handler serves a repository: what devices fetch and nothing else, to GET and
// HEAD, by ranges too.
func Handler(dir string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := served.FindStringSubmatch(r.URL.Path)
		switch {
		case name == nil:
			refuse(w, http.StatusNotFound, keepNothing)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, keepNothing)
		default:
			serveFile(w, r, dir, name[1])
		}
	})
}

func serveFile(w http.ResponseWriter, r *http.Request, dir, name string) {
	f, err := os.OpenInRoot(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		keep := keepNothing
		if rootName.MatchString(name) {
			keep = keepNoRoot
		}
		refuse(w, http.StatusNotFound, keep)
		return
	}
	if err != nil {
		refuse(w, http.StatusInternalServerError, keepNothing)
		return
	}
	defer f.Close()
	tag, err := tagOf(f, path.Base(name))
	if err != nil {
		refuse(w, http.StatusInternalServerError, keepNothing)
		return
	}
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", keepForEver)
	if name == timestampFile {
		h.Set("Cache-Control", keepTimestamp)
	}
	h.Set("Content-Type", "application/octet-stream")
	if path.Ext(name) == ".json" {
		h.Set("Content-Type", "application/json")
	}
	http.ServeContent(w, r, "", time.Time{}, f)
}

// tagOf names the content of a file. Its name does already, but for the
// timestamp's.
func tagOf(f *os.File, name string) (string, error) {
	if name != timestampFile {
		return `"` + name + `"`, nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	_, err := f.Seek(0, io.SeekStart)
	return fmt.Sprintf(`"%x"`, h.Sum(nil)[:8]), err
}

func refuse(w http.ResponseWriter, status int, keep string) {
	w.Header().Set("Cache-Control", keep)
	http.Error(w, http.StatusText(status), status)
}
