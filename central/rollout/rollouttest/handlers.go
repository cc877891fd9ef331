package rollouttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"portcullis/central/rollout/push"
	"portcullis/protocol"
)

var quiet = log.New(io.Discard, "", 0) // handshakes that fail are what tests are about

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func problem(w http.ResponseWriter, status int, kind string) {
	w.Header().Set("Content-Type", protocol.ProblemMedia)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(protocol.Problem{Type: kind, Title: http.StatusText(status), Status: status})
}

func (d *Device) getFaults() Faults {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.faults
}

func (d *Device) guarded(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind := d.getFaults().Answer; kind != "" {
			problem(w, http.StatusConflict, kind)
			return
		}
		next(w, r)
	}
}

func (d *Device) getStatus(w http.ResponseWriter, r *http.Request) {
	if d.getFaults().Silent {
		<-r.Context().Done()
		return
	}
	d.mu.Lock()
	s := d.status
	s.Lists = append([]protocol.Held{}, s.Lists...)
	s.Clock = time.Now().Add(d.faults.Skew).UTC()
	d.mu.Unlock()
	answer(w, s)
}

// part returns how much of a file is there. How large it will be is kept beside
// it, so that it survives a restart.
func (d *Device) part(list, name string) protocol.Part {
	p := protocol.Part{Name: name, Size: -1}
	if size, err := os.ReadFile(d.file(list, name) + "~size"); err == nil {
		p.Size, _ = strconv.ParseInt(string(size), 10, 64)
	}
	if info, err := os.Stat(d.file(list, name)); err == nil {
		p.Have = info.Size()
	}
	return p
}

func (d *Device) getPart(w http.ResponseWriter, r *http.Request) {
	answer(w, d.part(r.PathValue("list"), r.PathValue("name")))
}

func (d *Device) deleteFile(w http.ResponseWriter, r *http.Request) {
	name := d.file(r.PathValue("list"), r.PathValue("name"))
	os.Remove(name)
	os.Remove(name + "~size")
	w.WriteHeader(http.StatusNoContent)
}

func (d *Device) putPart(w http.ResponseWriter, r *http.Request) {
	list, name := r.PathValue("list"), r.PathValue("name")
	var from, to, size int64
	if n, err := fmt.Sscanf(r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); n != 3 || err != nil || !filepath.IsLocal(name) {
		problem(w, http.StatusBadRequest, protocol.ProblemRequest)
		return
	}
	if name == push.TimestampFile {
		os.Remove(d.file(list, name)) // it is replaced whole
	}
	if p := d.part(list, name); p.Have != from || name != push.TimestampFile && p.Size != -1 && p.Size != size {
		problem(w, http.StatusRequestedRangeNotSatisfiable, protocol.ProblemRange)
		return
	}
	if err := d.write(list, name, size, r); err != nil {
		panic(http.ErrAbortHandler) // the connection broke, or is made to
	}
	answer(w, d.part(list, name))
}

func (d *Device) write(list, name string, size int64, r *http.Request) error {
	path := d.file(list, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path+"~size", []byte(strconv.FormatInt(size, 10)), 0o600)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, &counted{d: d, Reader: r.Body})
	return err
}

// counted counts what is received, and breaks where a fault says so.
type counted struct {
	io.Reader
	d *Device
}

var errCut = errors.New("the connection is cut")

func (c *counted) Read(p []byte) (n int, err error) {
	n, err = c.Reader.Read(p)
	c.d.update(func() {
		f := &c.d.faults
		c.d.received += int64(n)
		if f.CutAfter > 0 && c.d.received >= c.d.cutAt {
			err = errCut
			c.d.cutAt += f.CutAfter
			if !f.CutEvery {
				f.CutAfter = 0
			}
		}
	})
	return n, err
}

func (d *Device) postInstall(w http.ResponseWriter, r *http.Request) {
	var asked protocol.InstallRequest
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.ID == "" {
		problem(w, http.StatusBadRequest, protocol.ProblemRequest)
		return
	}
	list := r.PathValue("list")
	if d.getFaults().Dies {
		d.update(func() { d.begun++ })
		d.Off()
		panic(http.ErrAbortHandler)
	}
	d.update(func() {
		if d.installs[asked.ID] == nil {
			d.begun++
			d.installs[asked.ID] = &protocol.Install{ID: asked.ID, List: list, From: d.status.Lists[0].Release, Began: time.Now().UTC()}
		}
	})
	w.WriteHeader(http.StatusAccepted)
	d.mu.Lock()
	defer d.mu.Unlock()
	answer(w, *d.installs[asked.ID])
}

// getInstall installs when it is asked how far it is, as if it had taken until
// then.
func (d *Device) getInstall(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	d.update(func() {
		if d.faults.Restarts {
			d.faults.Restarts = false
			d.installs = map[string]*protocol.Install{}
			d.status.Started = time.Now().UTC()
		}
	})
	for d.getFaults().Hangs {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
	var found *protocol.Install
	d.update(func() {
		if i := d.installs[id]; i != nil {
			d.end(i)
			found = new(*i)
		}
	})
	if found == nil {
		problem(w, http.StatusNotFound, protocol.ProblemUnknown)
		return
	}
	answer(w, found)
}

// end ends an install, unless it has ended.
func (d *Device) end(i *protocol.Install) {
	if i.Done {
		return
	}
	i.Done, i.Ended = true, time.Now().UTC()
	if d.faults.Code != "" {
		i.Code, i.Text = d.faults.Code, "a fault that was switched on"
		if d.faults.Fails--; d.faults.Fails == 0 {
			d.faults.Code = ""
		}
		return
	}
	i.Code = "current"
	if d.faults.Lies {
		return
	}
	held, err := d.read(i.List)
	if err != nil {
		i.Code, i.Text = "file-mismatch", err.Error()
		return
	}
	d.status.Lists[0], i.To = held, held.Release
	d.done++
	if d.faults.Unready {
		d.status.Ready, d.status.Faults = false, []string{"list-broken"}
	}
	d.clearInbox(i.List)
}

// read reads what is in the inbox, as a repository, and looks at every file.
func (d *Device) read(list string) (h protocol.Held, err error) {
	inbox, err := push.OpenFolder(filepath.Join(d.inbox, list), nil)
	if err != nil {
		return h, err
	}
	r, err := inbox.Newest(d.t.Context(), list)
	if err != nil {
		return h, err
	}
	files, err := inbox.Needed(d.t.Context(), list, d.status.Lists[0])
	if err != nil {
		return h, err
	}
	for _, f := range files {
		data, err := os.ReadFile(d.file(list, f.Name))
		if err != nil || int64(len(data)) != f.Size {
			return h, errors.Join(fs.ErrInvalid, err)
		}
		if strings.Contains(f.Name, "snapshot-") && digest(data) != r.Root {
			return h, fs.ErrInvalid
		}
	}
	return protocol.Held{Name: list, Release: r.Sequence, Root: r.Root, Records: r.Records, Issued: r.Issued, Checked: time.Now().UTC(), State: "fresh", Update: "current"}, nil
}
