package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"portcullis/firmware/console"
)

// TestScripts tells what a technician does at a terminal, one story a file. In
// every story there are, made by the commands that a user would type:
//
//	keys/            of a publisher
//	lists/sltd/      a release with 2000 made-up records and the specimens of Utopia
//	device/          the data folder of an appliance that has loaded it
//	portcullis.toml  its configuration; its page is at $ADDR
func TestScripts(t *testing.T) {
	t.Parallel()
	bin := buildCentral(t)
	made := t.TempDir()
	prepare(t, bin, made)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
			for _, name := range []string{"ADDR", "LISTS", "FLEET", "DEVICE"} {
				env.Setenv(name, freeAddress())
			}
			if err := os.CopyFS(env.WorkDir, os.DirFS(made)); err != nil {
				return err
			}
			return settle(env.WorkDir, env.Getenv("ADDR"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "shows": shows, "flip": flip, "cut": cut, "take": take, "edit": edit, "drop": drop, "swap": swap, "long": long, "tidy": tidy,
			"appears": appears, "expand": expand, "until": until, "attach": attach,
		},
	})
}

// buildCentral builds the publisher's program, whose main package is another.
func buildCentral(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "portcullis/central/cmd/portcullis-central")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build portcullis-central: %v\n%s", err, out)
	}
	return bin
}

// prepare does once what the story run.txtar tells step by step.
func prepare(t *testing.T, bin, dir string) {
	t.Helper()
	central := func(out string, args ...string) {
		c := exec.Command(filepath.Join(bin, "portcullis-central"), args...)
		c.Dir, c.Stderr = dir, os.Stderr
		printed, err := c.Output()
		if err == nil && out != "" {
			err = os.WriteFile(filepath.Join(dir, out), printed, 0o600)
		}
		if err != nil {
			t.Fatalf("%v: %v", c.Args, err)
		}
	}
	central("", "keys", "init", "--to", "lists", "--keys", "keys", "--small", "sltd")
	central("records.jsonl", "synthetic", "--count", "2000", "--seed", "1", "--specimens")
	central("", "publish", "--keys", "keys", "--to", "lists", "--list", "sltd", "records.jsonl")
	secret, err := os.ReadFile(filepath.Join(dir, "keys", "lists", "sltd.key"))
	err = errors.Join(err,
		os.MkdirAll(filepath.Join(dir, "device", "keys"), 0o700),
		os.WriteFile(filepath.Join(dir, "device", "keys", "sltd.key"), secret, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	loadOnce(t, dir)
}

const preparedConfig = `site   = "Utopia International"
data   = "device"
board  = "sim"
listen = "$ADDR"
demo   = true # specimens are documents
[[reader]]
profile = "sita-ocr"
port    = "reader"
[[list]]
name      = "sltd"
title     = "SLTD"
source    = "lists"
root      = "keys/root.json"
every     = "200ms"
`

// loadOnce runs the appliance until it has the list.
func loadOnce(t *testing.T, dir string) {
	t.Helper()
	address := freeAddress()
	if err := configure(dir, address); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("portcullis", "run", "--config", filepath.Join(dir, "portcullis.toml"))
	var logs strings.Builder
	run.Stderr = &logs
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, err := watchPage(ctx, "http://"+address+"/").until(ctx, func(v console.View) bool {
		return len(v.Lists) == 1 && v.Lists[0].State == "fresh"
	})
	err = errors.Join(err, run.Process.Signal(os.Interrupt), run.Wait())
	if err != nil {
		t.Fatalf("load the list: %v\n%s", err, logs.String())
	}
}

// freeAddress returns an address that was free a moment ago.
func freeAddress() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func isRefused(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// settle takes from others what a copy of secrets gave them, and puts the
// story's own address into its configuration.
func settle(dir, address string) error {
	for _, keys := range []string{"keys/*", "device/keys"} {
		files, err := filepath.Glob(filepath.Join(dir, keys, "*.key"))
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := os.Chmod(f, 0o600); err != nil {
				return err
			}
		}
	}
	return configure(dir, address)
}

func configure(dir, address string) error {
	config := strings.ReplaceAll(preparedConfig, "$ADDR", address)
	return os.WriteFile(filepath.Join(dir, "portcullis.toml"), []byte(config), 0o600)
}

// status CODE COMMAND ARG... runs a command that must exit with that code.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status code command [arg...]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("%v exits with %d, want %s", args[1:], got, args[0])
	}
}

// shows PATTERN... waits until the officer's page at $ADDR shows all of that at
// the same time: see plain.
func shows(ts *testscript.TestScript, neg bool, patterns []string) {
	if neg || len(patterns) == 0 {
		ts.Fatalf("usage: shows pattern...")
	}
	var wanted []*regexp.Regexp
	for _, p := range patterns {
		re, err := regexp.Compile("(?m)" + p)
		ts.Check(err)
		wanted = append(wanted, re)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	v, err := watchPage(ctx, "http://"+ts.Getenv("ADDR")+"/").until(ctx, func(v console.View) bool {
		for _, re := range wanted {
			if !re.MatchString(plain(v)) {
				return false
			}
		}
		return true
	})
	if err != nil {
		ts.Fatalf("%v; the page shows\n%s", err, plain(v))
	}
	ts.Logf("%s", plain(v))
}

// flip PATTERN PART changes a bit of the largest table that fits, so many parts of
// a hundred behind its beginning, or at the first place after it that is inside of a
// value: elsewhere it could cost more than one.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	name := largest(ts, args[0])
	data, err := os.ReadFile(name)
	ts.Check(err)
	percent, err := strconv.Atoi(args[1])
	ts.Check(err)
	at := len(data) * percent / 100
	for nearKey(data, at) {
		at++
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(name, data, 0o600))
}

// nearKey reports whether a key of a table of Badger's may stand within 128 bytes:
// each ends with its version, whose first bytes are all ones. In between there may be
// the end of a block.
func nearKey(table []byte, at int) bool {
	return bytes.Contains(table[max(at-128, 0):min(at+128, len(table))], []byte("\xff\xff\xff\xff\xff\xff"))
}

// take PATTERN FILE copies the largest file that fits.
func take(ts *testscript.TestScript, _ bool, args []string) {
	data, err := os.ReadFile(largest(ts, args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o600))
}

func largest(ts *testscript.TestScript, pattern string) (name string) {
	files, err := filepath.Glob(ts.MkAbs(pattern))
	ts.Check(err)
	most := int64(-1)
	for _, file := range files {
		info, err := os.Stat(file)
		ts.Check(err)
		if info.Size() > most {
			name, most = file, info.Size()
		}
	}
	if name == "" {
		ts.Fatalf("no file fits %s", pattern)
	}
	return name
}

// cut FILE... takes away the last tenth of each file.
func cut(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args, func(data []byte) []byte { return data[:len(data)*9/10] })
}

// change makes something else of the files that fit patterns.
func change(ts *testscript.TestScript, patterns []string, f func([]byte) []byte) {
	for _, pattern := range patterns {
		files, err := filepath.Glob(ts.MkAbs(pattern))
		ts.Check(err)
		if len(files) == 0 {
			ts.Fatalf("no file fits %s", pattern)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			ts.Check(err)
			ts.Check(os.WriteFile(file, f(data), 0o600))
		}
	}
}

// edit FILE OLD NEW replaces the first occurrence of a text in a file.
func edit(ts *testscript.TestScript, _ bool, args []string) {
	change(ts, args[:1], func(data []byte) []byte {
		if !bytes.Contains(data, []byte(args[1])) {
			ts.Fatalf("%s is not in %s", args[1], args[0])
		}
		return bytes.Replace(data, []byte(args[1]), []byte(args[2]), 1)
	})
}

// drop FILE N and drop FILE N- take a line out of a file, or all from it on.
func drop(ts *testscript.TestScript, _ bool, args []string) {
	number, andOn := strings.CutSuffix(args[1], "-")
	n, err := strconv.Atoi(number)
	ts.Check(err)
	change(ts, args[:1], func(data []byte) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		if andOn {
			return bytes.Join(lines[:n-1], nil)
		}
		return bytes.Join(slices.Delete(lines, n-1, n), nil)
	})
}

// swap FILE N puts a line behind the one after it.
func swap(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	change(ts, args[:1], func(data []byte) []byte {
		lines := bytes.SplitAfter(data, []byte("\n"))
		lines[n-1], lines[n] = lines[n], lines[n-1]
		return bytes.Join(lines, nil)
	})
}

// long FILE N writes a file of one line with N fillers, which has no end.
func long(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Repeat("<", n)), 0o600))
}

// appears FILE waits until a file is there.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Lstat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

// until PATTERN COMMAND ARG... runs a command again and again, until what it
// prints fits.
func until(ts *testscript.TestScript, _ bool, args []string) {
	wanted, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		_ = ts.Exec(args[1], args[2:]...) // which may fail for a while
		if wanted.MatchString(ts.ReadFile("stdout")) {
			return
		}
	}
	ts.Fatalf("%v never prints %s", args[1:], args[0])
}

// expand FROM TO copies a file with what the story knows put in for $NAMES.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	text := os.Expand(ts.ReadFile(args[0]), ts.Getenv)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// What differs from run to run in what commands print.
var volatile = []struct {
	pattern *regexp.Regexp
	written string
}{
	{regexp.MustCompile(`"(age|elapsed_us)":\d+`), `"$1":0`},
	{regexp.MustCompile(`[0-9a-f]{64}`), `<hash>`},
	{regexp.MustCompile(`"log":"[0-9a-f]{32}"`), `"log":"<id>"`},
	{regexp.MustCompile(`"entries":\d+`), `"entries":0`},
	{regexp.MustCompile(`20\d\d-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)`), `<time>`},
}

// tidy FILE writes what the last command printed to a file, for cmp: with a
// line for each part of its JSON, and without what differs from run to run.
func tidy(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile("stdout")
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.written)
	}
	text = strings.NewReplacer("],\"", "],\n \"", "},{", "},\n  {", "},\"", "},\n \"", "[{", "[\n  {").Replace(text)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
	ts.Logf("%s", fmt.Sprint(len(text), " bytes"))
}
