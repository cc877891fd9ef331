package console

import (
	"bytes"
	"net/http"
	"path"
	"time"
)

// A file is a part of a page.
type file struct {
	media string
	data  []byte
}

// media names the kinds of file that pages are made of. A device's own table
// of kinds may lack them.
var media = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// loadFiles reads what pages are made of out of the program.
func loadFiles() map[string]file {
	entries, err := assets.ReadDir("assets")
	if err != nil {
		panic(err) // a fault of the build
	}
	files := make(map[string]file)
	for _, e := range entries {
		kind, ok := media[path.Ext(e.Name())]
		if !ok {
			continue
		}
		data, err := assets.ReadFile("assets/" + e.Name())
		if err != nil {
			panic(err)
		}
		files[e.Name()] = file{kind, data}
	}
	return files
}

// file answers with one file.
func (s *Server) file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.files[name]
		if !ok {
			refuse(w, problemNotFound, "This device has no page of that name.")
			return
		}
		w.Header().Set("Content-Type", f.media)
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(f.data))
	}
}

func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	s.file(r.PathValue("name"))(w, r)
}
