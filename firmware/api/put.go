package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"portcullis/durable"
)

// The bounds of a part.
const (
	maxPart  = 64 << 20         // bytes
	readTime = 30 * time.Second // in which something must come
	partTime = 10 * time.Minute // in which all of it must
)

// file returns the inbox and the name of the file that a request is about, and
// how large that may be.
func (s *Server) file(r *http.Request) (b *inbox, name string, limit int64, err error) {
	if b, err = s.inbox(r); err != nil {
		return nil, "", 0, err
	}
	name = r.PathValue("name")
	if limit = limitOf(b.list, name, b.limits); limit == 0 {
		return nil, "", 0, badRequest("No file of a repository has that name.")
	}
	return b, name, limit, nil
}

func (s *Server) part(w http.ResponseWriter, r *http.Request) error {
	b, name, _, err := s.file(r)
	if err != nil {
		return err
	}
	p, path, err := b.part(name)
	if err == nil && p.Size >= 0 && p.Have == p.Size {
		err = b.finish(name, path)
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p)
}

// finish puts a file in its place of which all is there, when the program died
// before it could. A tool that hears that all is there sends nothing more.
func (b *inbox) finish(name, path string) error {
	if path == b.path(name) {
		return nil
	}
	if err := b.take(name); err != nil {
		return err
	}
	defer b.release(name)
	if err := place(path, b.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (s *Server) remove(w http.ResponseWriter, r *http.Request) error {
	b, name, _, err := s.file(r)
	if err != nil {
		return err
	}
	if err := b.take(name); err != nil {
		return err
	}
	defer b.release(name)
	have, path, err := b.part(name)
	if err != nil {
		return err
	}
	if have.Size >= 0 {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) put(w http.ResponseWriter, r *http.Request) error {
	b, name, limit, err := s.file(r)
	if err != nil {
		return err
	}
	p, err := parseSpan(r.Header.Get("Content-Range"), r.ContentLength)
	switch {
	case err != nil:
		return err
	case p.size > limit, p.to-p.from > maxPart && p.size > maxPart:
		return tooLarge("The file or the part is larger than a device takes.")
	case s.Erased():
		return errErased
	}
	if err := b.take(name); err != nil {
		return err
	}
	defer b.release(name)
	err = b.put(name, p, &patient{r.Body, w, time.Now().Add(partTime)})
	if errors.Is(err, fs.ErrNotExist) { // an install has ended, or the lists were erased
		return outOfRange("The files were cleared meanwhile.")
	}
	if err != nil {
		return err
	}
	have, _, err := b.part(name)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, have)
}

// A patient body is waited for as long as something comes of it.
type patient struct {
	io.Reader
	w   http.ResponseWriter
	end time.Time
}

// Read implements io.Reader.
func (p *patient) Read(to []byte) (int, error) {
	if left := time.Until(p.end); left > 0 {
		allow(p.w, min(left, readTime))
	}
	return p.Reader.Read(to)
}

// put writes a part of a file.
func (b *inbox) put(name string, p span, body io.Reader) error {
	if name == timestampFile {
		return b.replace(name, p, body)
	}
	have, path, err := b.part(name)
	if err != nil {
		return err
	}
	if have.Size != p.size { // it begins, or begins anew, unless it is whole
		whole := have.Size >= 0 && have.Have == have.Size
		if p.from > 0 || whole {
			return outOfRange("The file has another size here, or was not begun.")
		}
		if have.Size >= 0 {
			err = os.Remove(path)
		}
		if err == nil {
			path, err = b.begin(name, p.size)
		}
		have.Have = 0
	}
	if err != nil {
		return err
	}
	if p.from > have.Have {
		return outOfRange(fmt.Sprintf("There are %d bytes of the file.", have.Have))
	}
	if err := b.extend(path, have.Have, p, body); err != nil {
		return err
	}
	if p.to < p.size || path == b.path(name) {
		return nil
	}
	return place(path, b.path(name))
}

// extend compares a part with what is there of it, and appends the rest.
func (b *inbox) extend(path string, have int64, p span, body io.Reader) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	body = io.LimitReader(body, p.to-p.from+1) // one more, to see that there is none
	known := min(have, p.to) - p.from
	same, err := isSame(io.NewSectionReader(f, p.from, known), io.LimitReader(body, known))
	if err != nil {
		return cutShort(err)
	}
	if !same {
		return outOfRange("Other bytes are there. Clear the files to begin anew.")
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return err
	}
	n, err := copyRest(f, io.LimitReader(body, max(0, p.to-have)))
	if n > 0 {
		err = errors.Join(err, f.Sync()) // what has come stays, though the rest did not
	}
	if err != nil {
		return err
	}
	if n < p.to-have {
		return cutShort(io.ErrUnexpectedEOF)
	}
	if extra, _ := io.Copy(io.Discard, body); extra > 0 {
		return badRequest("There is more than the Content-Range says.")
	}
	return nil
}

// copyRest tells an error of the disk from one of the connection.
func copyRest(to *os.File, from io.Reader) (done int64, err error) {
	buffer := make([]byte, 64<<10)
	for {
		n, readErr := from.Read(buffer)
		if n > 0 {
			wrote, err := to.Write(buffer[:n])
			done += int64(wrote)
			if err != nil {
				return done, err
			}
		}
		if errors.Is(readErr, io.EOF) {
			return done, nil
		}
		if readErr != nil {
			return done, cutShort(readErr)
		}
	}
}

func cutShort(_ error) error { return badRequest("The part did not come to its end.") }

// isSame compares what is there with what comes. The error is of what comes.
func isSame(there, comes io.Reader) (bool, error) {
	var a, b [32 << 10]byte
	for {
		n, err := io.ReadFull(there, a[:])
		m, comesErr := io.ReadFull(comes, b[:n])
		if m < n {
			return false, comesErr
		}
		if !bytes.Equal(a[:n], b[:n]) {
			return false, nil
		}
		if err != nil { // the end of what is there, or less of it than there was
			return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF), nil
		}
	}
}

// replace puts a whole file in the place of another.
func (b *inbox) replace(name string, p span, body io.Reader) error {
	if p.from != 0 || p.to != p.size {
		return outOfRange("This file comes whole.")
	}
	text, err := io.ReadAll(io.LimitReader(body, p.size+1))
	if err != nil {
		return cutShort(err)
	}
	if int64(len(text)) != p.size {
		return badRequest("The file is not as long as was said.")
	}
	path, err := b.begin(name, p.size)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return place(path, b.path(name))
}

// place gives a whole file its name.
func place(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(to))
}
