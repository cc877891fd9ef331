package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"portcullis/central/registry"
)

// relayable are the commands that the process with a registry does for others.
var relayable = []string{"import", "record", "registry"}

// ServeHTTP does the command of a request, and streams what it says. When who
// asks goes away, the command is interrupted.
func (l *heldList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked relayed
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&asked)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != runPath || len(asked.Args) == 0 || !slices.Contains(relayable, asked.Args[0]) {
		http.Error(w, "no command about a registry", http.StatusBadRequest)
		return
	}
	out := &stream{to: w}
	ctx := context.WithValue(r.Context(), heldKey{}, l)
	code := execute(ctx, asked.Args, strings.NewReader(asked.In), writerOf(out.out), writerOf(out.err))
	out.say(said{Code: &code})
}

// use has f work on the registry, if it is the one that is meant.
func (l *heldList) use(p place, f func(*registry.Registry) error) error {
	here, err := filepath.Abs(l.place.registry)
	if err != nil {
		return err
	}
	if p.list != l.list || p.registry != here {
		return fmt.Errorf("the process that runs has the registry of list %s in %s, and is asked for that of %s in %s", l.list, here, p.list, p.registry)
	}
	defer l.touch()
	return f(l.registry)
}

// A stream writes what a command says, as soon as it does.
type stream struct {
	mu sync.Mutex
	to http.ResponseWriter
}

func (s *stream) out(text string) { s.say(said{Out: text}) }
func (s *stream) err(text string) { s.say(said{Err: text}) }

func (s *stream) say(what said) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if json.NewEncoder(s.to).Encode(what) == nil {
		_ = http.NewResponseController(s.to).Flush() // the next one tells of a failure
	}
}

// A writerOf hands on what is written as text.
type writerOf func(string)

func (f writerOf) Write(data []byte) (int, error) {
	f(string(data))
	return len(data), nil
}
