// Package job is what every store of the list bench does and how that is
// measured, so that all of them do the same and are measured alike. A process
// of each store takes its steps, one for each line on standard input, and
// answers each with one line of JSON. Only the standard library is needed here:
// the peers' module builds on this package and on nothing else of ours.
//
//	load              make the store from the records, durably
//	miss, hit         look up what is not on the list, and what is; one reader
//	miss-2, hit-2     the same with two readers at once
//	added             look up what all deltas together have added
//	memory            tell what anonymous memory the process holds
//	verify            read everything back and compare
//	apply DELTA READERS  apply a delta while so many readers look up
//
// All steps but load work on the store in the folder, which the first of them
// opens. A process that is asked for its first answer opens the store, looks
// one number up, answers, and ends.
package job

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// An Engine makes and opens the store in one folder.
type Engine interface {
	// Load makes the store anew from the records of the workload. When it
	// returns, they are on the disk.
	Load() (Store, error)
	// Open opens the store that Load made.
	Open() (Store, error)
}

// A Store is an open store with the list in it.
type Store interface {
	// Lookup returns how many records there are of a number, class and issuer.
	// Several readers call it at once.
	Lookup(q Query) (int, error)
	// Apply applies a delta of the workload; the first is 1. When it returns,
	// all of it is on the disk. It fails when a record that is to go is not
	// there, or one that is to come is.
	Apply(delta int) error
	// Verify reads everything back and compares it with what was loaded.
	Verify() error
	// Close ends the store.
	Close() error
}

// A Reply is what a step has shown; each step fills in its own fields.
type Reply struct {
	Latency           // miss, hit and so on, added, apply with readers
	Seconds   float64 `json:"seconds,omitempty"`    // load, verify, apply
	PerSecond float64 `json:"per_second,omitempty"` // look-ups, of all readers
	Written   int64   `json:"written,omitempty"`    // apply
	RSSAnon   int64   `json:"rss_anon,omitempty"`   // memory
	Answer    int     `json:"answer,omitempty"`     // the first answer
}

// FirstAnswer is the argument that asks a process for its first answer.
const FirstAnswer = "first"

// Main is the program of the processes. Its arguments are the name of an
// engine, the folder of the workload, the folder of the store, and FirstAnswer
// if that is all that is wanted.
func Main(args []string, engines map[string]func(w Workload, dir string) Engine) error {
	if len(args) != 3 && (len(args) != 4 || args[3] != FirstAnswer) {
		return fmt.Errorf("want ENGINE WORKLOAD FOLDER [%s], not %d arguments", FirstAnswer, len(args))
	}
	engine, ok := engines[args[0]]
	if !ok {
		return fmt.Errorf("there is no engine %q", args[0])
	}
	if err := os.MkdirAll(args[2], 0o700); err != nil {
		return err
	}
	w := Workload(args[1])
	if len(args) == 4 {
		return first(engine(w, args[2]), w, os.Stdout)
	}
	return Serve(engine(w, args[2]), w, os.Stdin, os.Stdout)
}

// first answers one look-up as soon as it can.
func first(e Engine, w Workload, out io.Writer) error {
	q, err := w.FirstHit()
	if err != nil {
		return err
	}
	s, err := e.Open()
	if err != nil {
		return err
	}
	n, err := s.Lookup(q)
	if err == nil {
		err = json.NewEncoder(out).Encode(Reply{Answer: n})
	}
	return errors.Join(err, s.Close())
}

// Serve takes the steps that it reads, until there are no more.
func Serve(e Engine, w Workload, in io.Reader, out io.Writer) error {
	s := &server{engine: e, workload: w}
	lines, answers := bufio.NewScanner(in), json.NewEncoder(out)
	for lines.Scan() {
		r, err := s.do(lines.Text())
		if err == nil {
			err = answers.Encode(r)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", lines.Text(), err), s.close())
		}
	}
	return errors.Join(lines.Err(), s.close())
}
