package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"portcullis-central": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Setenv("ADDR", l.Addr().String()) // free a moment ago
			return l.Close()
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "fetch": fetch, "flip": flip,
		},
	})
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
