package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"portcullis/cache/feed"
	"portcullis/central/keys"
	"portcullis/central/roles"
	"portcullis/central/s3/s3test"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portcullis-central": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"ADDR", "FLEET", "STATUS"} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					return err
				}
				defer l.Close() // free a moment ago
				env.Setenv(name, l.Addr().String())
			}
			bucket, server := s3test.New(t, httptest.NewServer)
			env.Values[bucketKey{}] = bucket
			env.Setenv("AWS_ENDPOINT_URL", server.URL)
			env.Setenv("AWS_ACCESS_KEY_ID", s3test.AccessKey)
			env.Setenv("AWS_SECRET_ACCESS_KEY", s3test.SecretKey)
			return nil
		},
		Condition: softHSM,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "fetch": fetch, "flip": flip, "pub": pub, "differs": differs, "publishes": publishes, "fetchbucket": fetchBucket, "mirrors": mirrors,
		},
	})
}

// softHSM says whether there is a token to try, which some machines must have.
func softHSM(condition string) (bool, error) {
	if condition != "softhsm" {
		return false, fmt.Errorf("there is no condition %s", condition)
	}
	if _, err := keys.NewInToken("pkcs11:"); strings.Contains(err.Error(), "no PKCS#11") {
		return false, nil // this build
	}
	_, err := exec.LookPath("softhsm2-util")
	if err != nil && os.Getenv("PORTCULLIS_REQUIRE") == "1" {
		return false, errors.New("softhsm2 is missing: install the package softhsm2")
	}
	return err == nil, nil
}

// status CODE COMMAND ARG... runs a command that must exit with that code.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status code command [arg...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := 0
	var exit interface{ ExitCode() int }
	if err != nil {
		ok := false
		if exit, ok = err.(interface{ ExitCode() int }); !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%v exits with %d, want %s", args[1:], got, args[0])
	}
}

// fetch URL FILE saves what a server answers, once it is up.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] fetch url file")
	}
	var resp *http.Response
	var err error
	for range 500 {
		if resp, err = http.Get(args[0]); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond) // another process has yet to listen
	}
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	if (resp.StatusCode == http.StatusOK) == neg {
		ts.Fatalf("%s: %s", args[0], resp.Status)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}

// pub FOLDER FILE copies the public key of a folder that has one.
func pub(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.pub"))
	ts.Check(err)
	if len(found) != 1 {
		ts.Fatalf("%s has %d public keys", args[0], len(found))
	}
	data, err := os.ReadFile(found[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

// differs FILE OTHER waits until another process has changed a file.
func differs(ts *testscript.TestScript, _ bool, args []string) {
	for range 1000 {
		if ts.ReadFile(args[0]) != ts.ReadFile(args[1]) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s stays as it is", args[0])
}

// publishes FOLDER RELEASE RECORDS waits until the list in a folder of a
// repository has a release of so many records.
func publishes(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: publishes folder release records")
	}
	for range 3000 {
		if has(ts, args[0], args[1], args[2]) {
			return
		}
		time.Sleep(10 * time.Millisecond) // another process has yet to publish
	}
	ts.Fatalf("release %s is not published", args[1])
}

// has reports whether the list in a folder of a repository has a release.
func has(ts *testscript.TestScript, list, release, records string) bool {
	dir := ts.MkAbs(list)
	r, err := roles.Open(roles.Dir(filepath.Dir(dir)), nil)
	if err != nil {
		return false
	}
	var m feed.Manifest
	data, err := r.Target(roles.List, feed.ReleasePath(filepath.Base(dir)))
	if err != nil || json.Unmarshal(data, &m) != nil || fmt.Sprint(m.Sequence) != release {
		return false
	}
	if fmt.Sprint(m.Records) != records {
		ts.Fatalf("release %d has %d records", m.Sequence, m.Records)
	}
	return true
}

// mirrors PREFIX/LIST RELEASE RECORDS waits until the bucket has a release.
func mirrors(ts *testscript.TestScript, _ bool, args []string) {
	for range 300 {
		fetchBucket(ts, false, []string{filepath.Dir(args[0]), "mirrored"})
		if has(ts, filepath.Join("mirrored", filepath.Base(args[0])), args[1], args[2]) {
			return
		}
		time.Sleep(100 * time.Millisecond) // another process has yet to copy
	}
	ts.Fatalf("release %s is not in the bucket", args[1])
}

// bucketKey is where a story has its bucket, named lists.
type bucketKey struct{}

// fetchbucket PREFIX FOLDER copies what the bucket has under a prefix.
func fetchBucket(ts *testscript.TestScript, _ bool, args []string) {
	for name, data := range ts.Value(bucketKey{}).(*s3test.Store).Files() {
		if name, ok := strings.CutPrefix(name, "lists/"+args[0]+"/"); ok {
			path := filepath.Join(ts.MkAbs(args[1]), name)
			ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
			ts.Check(os.WriteFile(path, data, 0o600))
		}
	}
}

// flip FILE... changes one bit in the middle of each file.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		data, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		if len(data) == 0 {
			ts.Fatalf("%s", fmt.Sprint(name, " is empty"))
		}
		data[len(data)/2] ^= 1
		ts.Check(os.WriteFile(ts.MkAbs(name), data, 0o600))
	}
}
