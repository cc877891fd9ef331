package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portcullis/central/s3"
	"portcullis/central/s3/s3test"
)

// alone has no credentials but those that a test gives.
func alone(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_PROFILE",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/") // instead of the address that clouds have
}

// world is a store over TLS, and a folder in it.
func world(t *testing.T, address string) (*s3test.Store, *s3.Bucket) {
	t.Helper()
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	s, server := s3test.New(t, httptest.NewTLSServer)
	b, err := s3.Open(t.Context(), address, s3.Options{Endpoint: server.URL, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	return s, b
}

func create(b *s3.Bucket, name, content string) error {
	return b.Create(name, strings.NewReader(content), int64(len(content)))
}

func TestFilesAreReadBackAsTheyWereWritten(t *testing.T) {
	s, b := world(t, "s3://lists/fleet/a")
	if err := create(b, "sltd/1-snapshot.bin", "records"); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{`{"release":1}`, `{"release":2}`} {
		if err := b.Replace("timestamp.json", []byte(content)); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Get("timestamp.json"); err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	if size, err := b.Has("sltd/1-snapshot.bin"); err != nil || size != 7 {
		t.Errorf("%d, %v", size, err)
	}
	for name, want := range map[string][2]string{
		"lists/fleet/a/sltd/1-snapshot.bin": {"public, max-age=31536000, immutable", "application/octet-stream"},
		"lists/fleet/a/timestamp.json":      {"public, max-age=30", "application/json"},
	} {
		h := s.Objects[name].Header
		if h.Get("Cache-Control") != want[0] || h.Get("Content-Type") != want[1] {
			t.Errorf("%s: %v", name, h)
		}
	}
}

func TestWhatIsNotThereIsSaidSo(t *testing.T) {
	_, b := world(t, "s3://lists")
	if _, err := b.Get("gone.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("get: %v", err)
	}
	if _, err := b.Has("gone.json"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("has: %v", err)
	}
}

func TestListHasAllFilesAndNoOthers(t *testing.T) {
	s, b := world(t, "s3://lists/fleet")
	names := []string{"sltd/1.json", "sltd/2.json", "sltd/3.json", "tdawn/1.json", "timestamp.json"}
	for _, name := range names {
		if err := create(b, name, name); err != nil {
			t.Fatal(err)
		}
	}
	s.Objects["lists/fleet-of-another/x"] = s3test.Object{}
	if got, err := b.List(""); err != nil || !slices.Equal(got, names) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := b.List("sltd/"); err != nil || !slices.Equal(got, names[:3]) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestACreatedFileIsNeverOverwritten(t *testing.T) {
	for name, condition := range map[string]int{"the store knows If-None-Match": 0, "ignores it": 200, "refuses it": 501} {
		t.Run(name, func(t *testing.T) {
			s, b := world(t, "s3://lists")
			s.Condition = condition
			if err := create(b, "1.bin", "content"); err != nil {
				t.Fatal(err)
			}
			puts, gets := s.Puts, s.Gets
			if err := create(b, "1.bin", "content"); err != nil || s.Puts != puts || s.Gets != gets {
				t.Errorf("the same again: %v, %d sent, %d fetched", err, s.Puts-puts, s.Gets-gets)
			}
			for _, other := range []string{"CONTENT", "longer content"} {
				if err := create(b, "1.bin", other); !errors.Is(err, s3.ErrOther) || !errors.Is(err, fs.ErrExist) {
					t.Errorf("%v", err)
				}
			}
			if got := s.Objects["lists/1.bin"].Data; string(got) != "content" || s.Puts != puts {
				t.Errorf("%q after %d more", got, s.Puts-puts)
			}
		})
	}
}

func TestTwoWhoCreateAtOnceEndWithOneContent(t *testing.T) {
	for other, want := range map[string]error{"content": nil, "CONTENT": s3.ErrOther} {
		s, b := world(t, "s3://lists")
		s.Before = func(s *s3test.Store) { s.Objects["lists/1.bin"] = s3test.Object{Data: []byte(other)} } // by someone without our metadata
		if err := create(b, "1.bin", "content"); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
		if got := string(s.Objects["lists/1.bin"].Data); got != other {
			t.Errorf("%q was overwritten with %q", other, got)
		}
	}
}

func TestWhoIsOverwrittenLeavesWhatTheOtherWrote(t *testing.T) {
	s, b := world(t, "s3://lists")
	s.Condition = 200
	theirs := s3test.Object{Data: []byte("CONTENT"), Header: http.Header{"X-Amz-Meta-Sha256": {s3test.Sum([]byte("CONTENT"))}}}
	s.After = func(s *s3test.Store) { s.Objects["lists/1.bin"] = theirs }
	if err := create(b, "1.bin", "content"); !errors.Is(err, s3.ErrOther) || string(s.Objects["lists/1.bin"].Data) != "CONTENT" {
		t.Errorf("%v", err)
	}
}

func TestAStoreThatIsBusyIsTriedAgain(t *testing.T) {
	s, b := world(t, "s3://lists")
	s.Failures = 2
	if err := b.Replace("timestamp.json", []byte("{}")); err != nil || s.Puts != 1 {
		t.Errorf("%v", err)
	}
}

func TestWhatTheStoreSpoilsIsSeen(t *testing.T) {
	s, b := world(t, "s3://lists")
	s.Spoil = true
	if err := create(b, "1.bin", "content"); !errors.Is(err, s3.ErrLost) {
		t.Errorf("create: %v", err)
	}
	s.Spoil = false
	if err := create(b, "1.bin", "content"); err != nil || string(s.Objects["lists/1.bin"].Data) != "content" {
		t.Errorf("what was spoiled stays: %v", err)
	}
	s.Spoil = true
	if err := b.Replace("timestamp.json", []byte("{}")); !errors.Is(err, s3.ErrLost) {
		t.Errorf("replace: %v", err)
	}
}

func TestAReaderThatCannotSeekIsCreatedFrom(t *testing.T) {
	s, b := world(t, "s3://lists")
	if err := b.Create("1.bin", io.MultiReader(strings.NewReader("con"), strings.NewReader("tent")), 7); err != nil || string(s.Objects["lists/1.bin"].Data) != "content" {
		t.Errorf("%v", err)
	}
	if err := b.Create("2.bin", strings.NewReader("content"), 8); err == nil || s.Puts != 1 {
		t.Errorf("another size: %v", err)
	}
}

func TestOverPlainHTTPTheContentIsSigned(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	s, server := s3test.New(t, httptest.NewServer)
	t.Setenv("AWS_ENDPOINT_URL", server.URL)
	b, err := s3.Open(t.Context(), "s3://lists/", s3.Options{})
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("content "), 40_000) // several chunks
	if err := b.Create("1.bin", bytes.NewReader(content), int64(len(content))); err != nil || !bytes.Equal(s.Objects["lists/1.bin"].Data, content) {
		t.Errorf("%v", err)
	}
}

func TestCredentialsAreFoundWhereAWSKeepsThem(t *testing.T) {
	file := func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "credentials")
		os.WriteFile(path, []byte("[other]\naws_access_key_id = "+s3test.AccessKey+"\naws_secret_access_key = "+s3test.SecretKey+"\n"), 0o600)
		t.Setenv("AWS_SHARED_CREDENTIALS_FILE", path)
		t.Setenv("AWS_PROFILE", "other")
	}
	role := func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `{"AccessKeyId":"`+s3test.AccessKey+`","SecretAccessKey":"`+s3test.SecretKey+`","Expiration":"2099-01-01T00:00:00Z"}`)
		}))
		t.Cleanup(server.Close)
		t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", server.URL)
	}
	for name, give := range map[string]func(*testing.T){"a file": file, "a role": role} {
		t.Run(name, func(t *testing.T) {
			alone(t)
			give(t)
			_, server := s3test.New(t, httptest.NewTLSServer)
			b, err := s3.Open(t.Context(), "s3://lists", s3.Options{Endpoint: server.URL, Transport: server.Client().Transport})
			if err != nil {
				t.Fatal(err)
			}
			if err := create(b, "1.bin", "content"); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestErrorsTellNoSecret(t *testing.T) {
	alone(t)
	s, server := s3test.New(t, httptest.NewTLSServer)
	o := s3.Options{Endpoint: server.URL, Transport: server.Client().Transport}
	if _, err := s3.Open(t.Context(), "s3://lists", o); !errors.Is(err, s3.ErrCredentials) {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	b, err := s3.Open(t.Context(), "s3://lists", o)
	if err != nil {
		t.Fatal(err)
	}
	opened := func(address string, o s3.Options) error { _, err := s3.Open(t.Context(), address, o); return err }
	errs := map[string]error{
		"no such bucket": opened("s3://others", o),
		"no address":     opened("https://"+s3test.AccessKey+":"+s3test.SecretKey+"@lists", o),
		"password":       opened("s3://"+s3test.AccessKey+":p@lists", o),
		"endpoint":       opened("s3://lists", s3.Options{Endpoint: "https://" + s3test.AccessKey + ":p@" + server.Listener.Addr().String()}),
		"nobody there":   opened("s3://lists", s3.Options{Endpoint: "https://127.0.0.1:1", Region: "r"}),
		"up":             b.Replace("../timestamp.json", nil),
		"empty name":     create(b, "", ""),
		"no text":        create(b, "a\nb", ""),
	}
	s.Condition = http.StatusTeapot // and a message that tells what it should not
	errs["a talkative store"] = create(b, "1.bin", "content")
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey+"x")
	errs["wrong key"] = opened("s3://lists", o)
	for name, err := range errs {
		if err == nil || strings.Contains(err.Error(), s3test.SecretKey) || strings.Contains(err.Error(), s3test.AccessKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !errors.Is(errs["wrong key"], fs.ErrPermission) {
		t.Errorf("wrong key: %v", errs["wrong key"])
	}
}

func TestWorkEndsWithItsContext(t *testing.T) {
	alone(t)
	t.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
	s, server := s3test.New(t, httptest.NewTLSServer)
	ctx, cancel := context.WithCancel(t.Context())
	b, err := s3.Open(ctx, "s3://lists", s3.Options{Endpoint: server.URL, Transport: server.Client().Transport})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := create(b, "1.bin", "content"); !errors.Is(err, context.Canceled) || s.Puts > 0 {
		t.Errorf("%v", err)
	}
}

func TestARemovedFileIsGone(t *testing.T) {
	_, b := world(t, "s3://lists/fleet/a")
	if err := create(b, "sltd/1-snapshot.bin", "records"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time there is none
		if err := b.Remove("sltd/1-snapshot.bin"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Has("sltd/1-snapshot.bin"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is there: %v", err)
	}
	if err := b.Remove("../other"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("outside: %v", err)
	}
}
