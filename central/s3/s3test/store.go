// Package s3test has a store that speaks S3, for tests. It takes no request that
// is not signed, and can be told to fail as stores do.
package s3test

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// The key of whoever may use a store.
const (
	AccessKey = "AKIAUTOPIA"
	SecretKey = "secret/of+utopia"
)

// A Store speaks S3 over HTTP, as far as publishing needs it, and takes no
// request that is not signed with its key (signature version 4).
type Store struct {
	mu        sync.Mutex
	Objects   map[string]Object // by bucket/key
	Puts      int
	Gets      int
	Failures  int            // answers of 503 before the next is a good one
	Condition int            // status for If-None-Match; 0 knows it, 200 ignores it
	Spoil     bool           // what is written is not what is read
	Before    func(s *Store) // before the next PUT is carried out, once
	After     func(s *Store) // after it
}

// An Object is a file of a store.
type Object struct {
	Data   []byte
	Header http.Header
}

// New starts a store with a bucket named lists.
func New(t testing.TB, start func(http.Handler) *httptest.Server) (*Store, *httptest.Server) {
	s := &Store{Objects: map[string]Object{}}
	server := start(s)
	t.Cleanup(server.Close)
	return s, server
}

// Files returns what the store has, by bucket/key.
func (s *Store) Files() map[string][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	files := map[string][]byte{}
	for name, o := range s.Objects {
		files[name] = o.Data
	}
	return files
}

// ServeHTTP answers a request.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, err := verified(r)
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case err != nil:
		refuse(w, http.StatusForbidden, "SignatureDoesNotMatch")
	case s.Failures > 0:
		s.Failures--
		refuse(w, http.StatusServiceUnavailable, "SlowDown")
	case bucket != "lists":
		refuse(w, http.StatusNotFound, "NoSuchBucket")
	case r.URL.Query().Has("location"):
		io.WriteString(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">utopia-1</LocationConstraint>`)
	case key == "" && r.Method == http.MethodGet:
		s.list(w, r.URL.Query())
	case key == "":
	case r.Method == http.MethodDelete:
		delete(s.Objects, bucket+"/"+key)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodPut:
		s.put(w, r, bucket+"/"+key, body)
	default:
		s.get(w, r, bucket+"/"+key)
	}
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><StringToSign>%s</StringToSign></Error>", code, SecretKey, SecretKey)
}

func (s *Store) put(w http.ResponseWriter, r *http.Request, name string, body []byte) {
	s.Puts++
	if s.Before != nil {
		s.Before(s)
		s.Before = nil
	}
	_, there := s.Objects[name]
	switch conditional := r.Header.Get("If-None-Match") == "*"; {
	case conditional && s.Condition > 200:
		refuse(w, s.Condition, "NotImplemented")
		return
	case conditional && s.Condition == 0 && there:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
		return
	}
	if s.Spoil {
		body = append(bytes.Clone(body[1:]), '!')
	}
	header := http.Header{}
	for k, v := range r.Header {
		if k == "Cache-Control" || k == "Content-Type" || strings.HasPrefix(k, "X-Amz-Meta-") {
			header[k] = v
		}
	}
	s.Objects[name] = Object{body, header}
	if s.After != nil {
		s.After(s)
	}
	w.Header().Set("ETag", `"e"`)
}

func (s *Store) get(w http.ResponseWriter, r *http.Request, name string) {
	o, ok := s.Objects[name]
	if !ok {
		refuse(w, http.StatusNotFound, "NoSuchKey")
		return
	}
	maps.Copy(w.Header(), o.Header)
	w.Header().Set("ETag", `"e"`)
	w.Header().Set("Last-Modified", "Thu, 26 Nov 2026 12:00:00 GMT")
	w.Header().Set("Content-Length", strconv.Itoa(len(o.Data)))
	if r.Method == http.MethodGet {
		s.Gets++
		w.Write(o.Data)
	}
}

// list answers two keys a page.
func (s *Store) list(w http.ResponseWriter, q url.Values) {
	type content struct{ Key, LastModified, ETag string }
	var page struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []content
	}
	for _, name := range slices.Sorted(maps.Keys(s.Objects)) {
		key := strings.TrimPrefix(name, "lists/")
		if !strings.HasPrefix(key, q.Get("prefix")) || key <= q.Get("continuation-token") {
			continue
		}
		if len(page.Contents) == 2 {
			page.IsTruncated, page.NextContinuationToken = true, page.Contents[1].Key
			break
		}
		page.Contents = append(page.Contents, content{key, "2026-11-26T12:00:00Z", `"e"`})
	}
	xml.NewEncoder(w).Encode(page)
}

var errSignature = errors.New("the signature is wrong")

// verified returns the body of a request whose signature is right.
func verified(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var scope, signed, signature string
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "Credential":
			scope = strings.TrimPrefix(value, AccessKey+"/")
		case "SignedHeaders":
			signed = value
		case "Signature":
			signature = value
		}
	}
	payload := r.Header.Get("X-Amz-Content-Sha256")
	canonical := r.Method + "\n" + r.URL.EscapedPath() + "\n" + strings.ReplaceAll(r.URL.Query().Encode(), "+", "%20") + "\n"
	for name := range strings.SplitSeq(signed, ";") {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		canonical += name + ":" + strings.TrimSpace(value) + "\n"
	}
	canonical += "\n" + signed + "\n" + payload
	key := []byte("AWS4" + SecretKey)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	head := r.Header.Get("X-Amz-Date") + "\n" + scope + "\n"
	if want := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+head+Sum([]byte(canonical)))); want != signature {
		return nil, errSignature
	}
	switch payload {
	case "UNSIGNED-PAYLOAD":
		return body, nil
	case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD":
		return chunks(body, key, head, signature)
	}
	if payload != Sum(body) {
		return nil, errSignature
	}
	return body, nil
}

// chunks returns the content of a body whose chunks are each signed.
func chunks(body, key []byte, head, previous string) (content []byte, err error) {
	in := bufio.NewReader(bytes.NewReader(body))
	for {
		var size int
		var signature string
		line, err := in.ReadString('\n')
		if _, scan := fmt.Sscanf(line, "%x;chunk-signature=%s", &size, &signature); err != nil || scan != nil {
			return nil, errSignature
		}
		chunk := make([]byte, size+2)
		if _, err := io.ReadFull(in, chunk); err != nil {
			return nil, err
		}
		chunk = chunk[:size]
		text := "AWS4-HMAC-SHA256-PAYLOAD\n" + head + previous + "\n" + Sum(nil) + "\n" + Sum(chunk)
		if hex.EncodeToString(mac(key, text)) != signature {
			return nil, errSignature
		}
		if size == 0 {
			return content, nil
		}
		content, previous = append(content, chunk...), signature
	}
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// Sum returns the SHA-256 of data, as stores write it.
func Sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
