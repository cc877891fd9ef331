// Command peers does the job of the bench of document lists with stores that
// one could have picked instead. It is a module of its own, so that none of
// them comes into the product.
//
//	peers ENGINE WORKLOAD FOLDER
//
// keeps the records of the workload in the folder, and does one step for each
// line on standard input: load, miss, hit, rate or verify. It answers with one
// line of JSON: a reply. See scripts/bench, which makes the workload and asks.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

// A reply is what a step has shown; each step fills in its own fields.
type reply struct {
	Seconds   float64 `json:"seconds,omitempty"`    // load, verify
	DiskBytes int64   `json:"disk_bytes,omitempty"` // load
	P50       int64   `json:"p50,omitempty"`        // miss, hit: nanoseconds
	P99       int64   `json:"p99,omitempty"`
	P999      int64   `json:"p999,omitempty"`
	PerSecond float64 `json:"per_second,omitempty"` // rate
}

// An engine is a store that can be asked for records.
type engine interface {
	// load makes the store anew from a sorted file of records. When it
	// returns, they are on the disk.
	load(records string) error
	// closed calls do while the store is closed.
	closed(do func() error) error
	// lookUp returns how many records there are of a number, issuer and class.
	lookUp(q query) (int, error)
	// verify reads everything back and compares it with what was loaded.
	verify() error
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("want ENGINE WORKLOAD FOLDER, not %d arguments", len(args))
	}
	w, err := readWorkload(args[1])
	if err != nil {
		return err
	}
	if err := os.MkdirAll(args[2], 0o700); err != nil {
		return err
	}
	e, err := newEngine(args[0], w, args[2])
	if err != nil {
		return err
	}
	s := steps{engine: e, workload: w, dir: args[2]}
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		r, err := s.do(in.Text())
		if err != nil {
			return fmt.Errorf("%s: %s: %w", args[0], in.Text(), err)
		}
		if err := out.Encode(r); err != nil {
			return err
		}
	}
	return in.Err()
}

func newEngine(name string, w workload, dir string) (engine, error) {
	switch name {
	case "badger":
		return &badgerStore{dir: dir, key: w.key}, nil
	case "badger-zstd":
		return &badgerStore{dir: dir, key: w.key, zstd: true}, nil
	}
	return nil, fmt.Errorf("there is no engine %q", name)
}
