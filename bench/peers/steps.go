package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// steps does the steps of the bench with an engine.
type steps struct {
	engine   engine
	workload workload
	dir      string
}

func (s steps) do(step string) (reply, error) {
	switch step {
	case "load":
		return s.load()
	case "miss":
		return s.lookUps(s.workload.misses, 0)
	case "hit":
		return s.lookUps(s.workload.hits, 1)
	case "rate":
		return s.rate()
	case "verify":
		start := time.Now()
		err := s.engine.verify()
		return reply{Seconds: time.Since(start).Seconds()}, err
	}
	return reply{}, errors.New("there is no such step")
}

func (s steps) load() (r reply, err error) {
	start := time.Now()
	if err := s.engine.load(s.workload.records); err != nil {
		return r, err
	}
	r.Seconds = time.Since(start).Seconds()
	return r, s.engine.closed(func() error {
		r.DiskBytes, err = diskUse(s.dir)
		return err
	})
}

// lookUps times each look-up; the answer to all of them is the same.
func (s steps) lookUps(queries []query, want int) (reply, error) {
	took := make([]time.Duration, len(queries))
	for i, q := range queries {
		start := time.Now()
		n, err := s.engine.lookUp(q)
		took[i] = time.Since(start)
		if err != nil {
			return reply{}, err
		}
		if n != want {
			return reply{}, fmt.Errorf("query %d: %d records, want %d", i, n, want)
		}
	}
	slices.Sort(took)
	at := func(perMille int) int64 { return took[(len(took)-1)*perMille/1000].Nanoseconds() }
	return reply{P50: at(500), P99: at(990), P999: at(999)}, nil
}

// rate looks all misses up on every core at once.
func (s steps) rate() (reply, error) {
	cores := runtime.GOMAXPROCS(0)
	errs := make([]error, cores)
	var all sync.WaitGroup
	start := time.Now()
	for core := range cores {
		all.Go(func() {
			for _, q := range s.workload.misses {
				if _, err := s.engine.lookUp(q); err != nil {
					errs[core] = err
				}
			}
		})
	}
	all.Wait()
	return reply{PerSecond: float64(cores*len(s.workload.misses)) / time.Since(start).Seconds()}, errors.Join(errs...)
}

// diskUse returns what the files of a folder take on the disk.
func diskUse(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return err
	})
	return total, err
}
