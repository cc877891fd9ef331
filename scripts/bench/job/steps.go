package job

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"
)

// The steps, as the lines that ask for them begin.
const (
	Load   = "load"
	Miss   = "miss"
	Hit    = "hit"
	Miss2  = "miss-2"
	Hit2   = "hit-2"
	Added  = "added"
	Memory = "memory"
	Verify = "verify"
	Apply  = "apply"
)

// ApplyStep returns the line that asks for a delta to be applied while so many
// readers look up.
func ApplyStep(delta, readers int) string { return fmt.Sprintf("%s %d %d", Apply, delta, readers) }

// server takes the steps of one store.
type server struct {
	engine   Engine
	workload Workload
	store    Store
	queries  map[string][]Query // those that were read, by file
}

func (s *server) do(line string) (Reply, error) {
	step, rest, _ := strings.Cut(line, " ")
	if step == Load {
		return s.load()
	}
	if err := s.open(); err != nil {
		return Reply{}, err
	}
	switch step {
	case Miss:
		return s.lookUps(MissesFile, 0, 1)
	case Hit:
		return s.lookUps(HitsFile, 1, 1)
	case Miss2:
		return s.lookUps(MissesFile, 0, 2)
	case Hit2:
		return s.lookUps(HitsFile, 1, 2)
	case Added:
		return s.lookUps(AddedFile, 1, 1)
	case Memory:
		anon, err := RSS("RssAnon")
		return Reply{RSSAnon: anon}, err
	case Verify:
		start := time.Now()
		err := s.store.Verify()
		return Reply{Seconds: time.Since(start).Seconds()}, err
	case Apply:
		var delta, readers int
		if _, err := fmt.Sscan(rest, &delta, &readers); err != nil {
			return Reply{}, err
		}
		return s.apply(delta, readers)
	}
	return Reply{}, errors.New("there is no such step")
}

// load makes the store, and leaves it closed. What a store does when it is
// closed is not counted: the records were on the disk before.
func (s *server) load() (Reply, error) {
	if err := s.close(); err != nil {
		return Reply{}, err
	}
	start := time.Now()
	store, err := s.engine.Load()
	if err != nil {
		return Reply{}, err
	}
	r := Reply{Seconds: time.Since(start).Seconds()}
	return r, store.Close()
}

func (s *server) open() (err error) {
	if s.store == nil {
		s.store, err = s.engine.Open()
	}
	return err
}

func (s *server) close() error {
	if s.store == nil {
		return nil
	}
	err := s.store.Close()
	s.store = nil
	return err
}

// read returns the look-ups of a file.
func (s *server) read(file string) ([]Query, error) {
	if all, ok := s.queries[file]; ok {
		return all, nil
	}
	all, err := s.workload.queries(file)
	if err != nil {
		return nil, err
	}
	if s.queries == nil {
		s.queries = map[string][]Query{}
	}
	s.queries[file] = all
	return all, nil
}

// apply counts what was written from one sync of all disks to another, so that
// no page was dirty before and none is after.
func (s *server) apply(delta, readers int) (r Reply, err error) {
	crowd, err := s.crowd(readers)
	if err != nil {
		return r, err
	}
	syscall.Sync()
	before, err := written()
	if err != nil {
		return r, err
	}
	r.Latency, err = crowd.during(func() error {
		start := time.Now()
		err := s.store.Apply(delta)
		r.Seconds = time.Since(start).Seconds()
		return err
	})
	if err != nil {
		return r, err
	}
	syscall.Sync()
	after, err := written()
	r.Written = after - before
	return r, err
}
