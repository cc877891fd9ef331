package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"portcullis/cache"
	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/registry"
	"portcullis/central/registry/embedded"
	"portcullis/central/synthetic"
)

// refusalFigures is how long it takes from the moment at which a document is put
// into a registry until a device finds it on its list as stolen.
type refusalFigures struct {
	Pull       float64 `json:"pull"` // the longest
	PullMedian float64 `json:"pull_median"`
	Push       float64 `json:"push"`
	PushMedian float64 `json:"push_median"`
	Records    int     `json:"records"` // on the list
	Samples    int     `json:"samples"` // of each
}

// maxSamples is how many documents may be reported.
const maxSamples = 1000

// publishEvery is how often the publisher looks into its registry.
const publishEvery = 5 * time.Second

// A border is a registry, its publisher, and a device that follows it.
type border struct {
	central
	registry  *registry.Registry
	publisher *publish.Publisher
	lists     *cache.Store
	dir       string
	more      []registry.Record // stolen documents that are in no registry yet
}

// openBorder fills a registry, publishes it, and opens the store of a device.
func openBorder(ctx context.Context, o options, dir string) (b *border, err error) {
	b = &border{dir: dir}
	now := time.Now()
	folder := keys.Folder(filepath.Join(dir, "roles"))
	if _, err := folder.NewList(listName); err != nil {
		return nil, err
	}
	if b.central, err = beginCentral(filepath.Join(dir, "lists"), string(folder), now); err != nil {
		return nil, err
	}
	key, err := folder.List(listName)
	if err != nil {
		return nil, err
	}
	store, err := embedded.Open(filepath.Join(dir, "registry"))
	if err != nil {
		return nil, err
	}
	if b.registry, err = registry.Open(ctx, store, listName, key); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if b.publisher, err = b.central.publisher(key, anyChange()); err == nil {
		err = b.fill(ctx, min(o.n, refusalRecords))
	}
	if err == nil {
		err = b.openDevice()
	}
	if err != nil {
		return nil, errors.Join(err, b.registry.Close())
	}
	return b, nil
}

// openDevice gives the device the key of the list, and opens its store.
func (b *border) openDevice() error {
	secret, err := os.ReadFile(filepath.Join(b.keys, listName+".key"))
	if err != nil {
		return err
	}
	data := filepath.Join(b.dir, "device")
	if err := giveKey(data, secret); err != nil {
		return err
	}
	b.lists, err = openLists(data)
	return err
}

func (b *border) close() error { return errors.Join(b.lists.Close(), b.registry.Close()) }

// fill takes made-up records into the registry by way of a file, and publishes
// them.
func (b *border) fill(ctx context.Context, n int) error {
	path := filepath.Join(b.dir, "records.jsonl")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(f)
	for r := range synthetic.Records(seed, n) {
		err = errors.Join(err, lines.Encode(r))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if _, err := b.registry.Import(ctx, registry.Job{Files: []string{path}}, time.Now(), func(registry.Progress) {}); err != nil {
		return err
	}
	for r := range synthetic.Records(otherSeed, 10*maxSamples) {
		r.Status = "stolen"
		b.more = append(b.more, r)
	}
	return b.publish(ctx)
}

// publish publishes what has changed in the registry.
func (b *border) publish(ctx context.Context) error {
	_, err := b.publisher.PublishFrom(ctx, time.Now(), "registry", b.registry)
	return err
}

// report puts another document into the registry, and returns what asks for it.
// Documents that another seed has listed already are passed over.
func (b *border) report(ctx context.Context) (cache.Query, error) {
	for {
		r := b.more[0]
		b.more = b.more[1:]
		class, err := list.ParseClass(r.Type)
		if err != nil {
			return cache.Query{}, err
		}
		q := cache.Query{Number: r.Number, Class: class, Issuer: r.IssuingState}
		if there, err := b.refused(q); err != nil {
			return q, err
		} else if !there {
			return q, b.registry.Create(ctx, r, time.Now())
		}
	}
}

// refused reports whether the device finds a document on the list as stolen,
// which is what it raises an alert for.
func (b *border) refused(q cache.Query) (bool, error) {
	a, err := b.lists.Lookup(q)
	return slices.ContainsFunc(a.Matches, func(m cache.Match) bool {
		return m.How == cache.Exact && m.Record.Status == list.Stolen
	}), err
}

// lookEvery is how often the device looks a document up that is not on its list
// yet: figures are by so much too long.
const lookEvery = 10 * time.Millisecond

// await returns how long it takes from a moment until a document is refused.
func (b *border) await(ctx context.Context, q cache.Query, from time.Time) (time.Duration, error) {
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		if refused, err := b.refused(q); refused || err != nil {
			return time.Since(from), err
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-ticks.C:
		}
	}
}

// takePull lets the publisher look into its registry, and the device at the
// publisher, each at its interval, while documents are reported at moments that
// fall all over both.
func (f *syncFigures) takePull(ctx context.Context, o options, dir string) (err error) {
	b, err := openBorder(ctx, o, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	address, stop, err := b.serve(nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	client, err := b.client(address, nil, b.lists, filepath.Join(dir, "device"), o.pull)
	if err == nil {
		err = client.Once(ctx)
	}
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return client.Run(ctx) })
	work.Go(func() error { return b.publishAgain(ctx, min(publishEvery, o.pull)) })
	var took []time.Duration
	work.Go(func() (err error) {
		defer end()
		took, err = b.reportAll(ctx, o.samples, o.pull/6)
		return err
	})
	if err := work.Wait(); err != nil {
		return err
	}
	f.Refusal.Pull, f.Refusal.PullMedian = worst(took)
	f.Refusal.Records, f.Refusal.Samples = min(o.n, refusalRecords), o.samples
	return nil
}

// publishAgain publishes at an interval until ctx is done.
func (b *border) publishAgain(ctx context.Context, every time.Duration) error {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if err := b.publish(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// reportAll reports documents, a pause apart, and returns how long each took.
func (b *border) reportAll(ctx context.Context, count int, pause time.Duration) ([]time.Duration, error) {
	took := make([]time.Duration, count)
	waiting, ctx := errgroup.WithContext(ctx)
	for i := range count {
		q, err := b.report(ctx)
		from := time.Now()
		if err != nil {
			return nil, errors.Join(err, waiting.Wait())
		}
		waiting.Go(func() (err error) {
			took[i], err = b.await(ctx, q, from)
			return err
		})
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return took, waiting.Wait()
}

// worst returns the longest time and the median, in seconds.
func worst(took []time.Duration) (longest, middle float64) {
	return round3(slices.Max(took).Seconds()), round3(median(took).Seconds())
}
