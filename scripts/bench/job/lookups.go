package job

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Latency is how long one thing took, in nanoseconds.
type Latency struct {
	P50  int64 `json:"p50"`
	P99  int64 `json:"p99"`
	P999 int64 `json:"p999"`
}

// LatencyOf returns the percentiles of samples, which it sorts.
func LatencyOf(samples []time.Duration) Latency {
	if len(samples) == 0 {
		return Latency{}
	}
	slices.Sort(samples)
	at := func(perMille int) int64 { return samples[(len(samples)-1)*perMille/1000].Nanoseconds() }
	return Latency{P50: at(500), P99: at(990), P999: at(999)}
}

// lookUps has each reader look up all of a file; the answer to all is the same.
// Readers begin at different places, so that none finds what another has just
// brought into memory.
func (s *server) lookUps(file string, want, readers int) (Reply, error) {
	queries, err := s.read(file)
	if err != nil {
		return Reply{}, err
	}
	took, errs := make([][]time.Duration, readers), make([]error, readers)
	for i := range took {
		took[i] = make([]time.Duration, 0, len(queries)) // not while they are timed
	}
	var all sync.WaitGroup
	start := time.Now()
	for i := range readers {
		all.Go(func() {
			for j := range queries {
				var one time.Duration
				if one, errs[i] = timed(s.store, queries[(j+i*len(queries)/readers)%len(queries)], want); errs[i] != nil {
					return
				}
				took[i] = append(took[i], one)
			}
		})
	}
	all.Wait()
	seconds := time.Since(start).Seconds()
	samples := slices.Concat(took...)
	return Reply{Latency: LatencyOf(samples), PerSecond: float64(len(samples)) / seconds}, errors.Join(errs...)
}

// timed takes the time of one look-up, from the number as text to the records
// of the right issuer and class.
func timed(s Store, q Query, want int) (time.Duration, error) {
	start := time.Now()
	n, err := s.Lookup(q)
	took := time.Since(start)
	if err == nil && n != want {
		err = fmt.Errorf("%d records, want %d", n, want)
	}
	return took, err
}

// A crowd is readers that look up, without a pause, for as long as something
// else is done.
type crowd struct {
	store        Store
	misses, hits []Query
	readers      int
}

func (s *server) crowd(readers int) (c crowd, err error) {
	c = crowd{store: s.store, readers: readers}
	if readers == 0 {
		return c, nil
	}
	if c.misses, err = s.read(MissesFile); err != nil {
		return c, err
	}
	c.hits, err = s.read(HitsFile)
	return c, err
}

// during returns how long look-ups took while do was at work.
func (c crowd) during(do func() error) (Latency, error) {
	took, errs := make([][]time.Duration, c.readers), make([]error, c.readers)
	begin, done := make(chan struct{}), atomic.Bool{}
	var all sync.WaitGroup
	for i := range c.readers {
		all.Go(func() {
			<-begin
			took[i], errs[i] = c.read(i*len(c.hits)/c.readers, &done)
		})
	}
	close(begin)
	err := do()
	done.Store(true)
	all.Wait()
	return LatencyOf(slices.Concat(took...)), errors.Join(append(errs, err)...)
}

// read looks up misses and hits in turn until all is done.
func (c crowd) read(from int, done *atomic.Bool) (took []time.Duration, err error) {
	took = make([]time.Duration, 0, 1<<17)
	for i := from; !done.Load(); i++ {
		for want, queries := range [][]Query{c.misses, c.hits} {
			one, err := timed(c.store, queries[i%len(queries)], want)
			if err != nil {
				return nil, err
			}
			took = append(took, one)
		}
	}
	return took, nil
}
