package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/registry"
)

// publishLoopFlags say how a service publishes what its registries have.
type publishLoopFlags struct {
	on    bool
	every time.Duration
	share float64

	mirror mirrorFlag
}

func (f *publishLoopFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.on, "publish", false, "publish what changes in the registries")
	cmd.Flags().DurationVar(&f.every, "every", 15*time.Minute, "with --publish: how often to look for changes of others, and to renew the timestamp")
	cmd.Flags().Float64Var(&f.share, "gate", 5, "with --publish: percentage of records from which a change needs approval by two")
	f.mirror.add(cmd)
}

// settle is how long changes are gathered, so that many commands in a row do not
// make as many releases.
const settle = time.Second

// retry is how soon what has failed is tried again.
const retry = 30 * time.Second

// A publishedList is a list that a service publishes.
type publishedList struct {
	*heldList
	publisher *publish.Publisher
}

// publishing publishes the lists of a service, one after the other: they are
// signed in one repository.
type publishing struct {
	lists   []publishedList
	every   time.Duration
	changed <-chan struct{}
	copy    func(context.Context) error // to where it is mirrored
	log     *slog.Logger
	metrics publishMetrics
}

// open returns the loop that publishes until its context is done, and what
// gives the keys back.
func (f publishLoopFlags) open(cmd *cobra.Command, dir string, lists []*heldList, metrics prometheus.Registerer) (loop func(context.Context) error, closeKeys func() error, err error) {
	var rings []*keys.Ring
	closeKeys = func() (err error) {
		for _, ring := range rings {
			err = errors.Join(err, ring.Close())
		}
		return err
	}
	if !f.on {
		return func(context.Context) error { return nil }, closeKeys, nil
	}
	p := publishing{
		every: f.every, changed: lists[0].changed, log: logger(cmd), metrics: newPublishMetrics(metrics),
		copy: func(ctx context.Context) error { return f.mirror.copy(ctx, dir) },
	}
	for _, l := range lists {
		key, err := listKey(l.keys, l.list)
		if err != nil {
			return nil, closeKeys, err
		}
		flags := publishFlags{keys: l.keys, to: dir, list: l.list, share: f.share}
		publisher, ring, err := flags.publisher(key.ID())
		if err != nil {
			return nil, closeKeys, err
		}
		rings = append(rings, ring)
		p.lists = append(p.lists, publishedList{l, publisher})
	}
	return p.run, closeKeys, nil
}

// run publishes until ctx is done. What fails may be mended by the next time:
// devices go on with what they have, and tell of its age.
func (p publishing) run(ctx context.Context) error {
	for {
		wait := p.every
		for _, l := range p.lists {
			if err := p.once(ctx, l); err != nil && ctx.Err() == nil {
				p.metrics.failures.WithLabelValues(l.list).Inc()
				p.log.Error("a list was not published", "list", l.list, "error", err)
				wait = min(wait, retry)
			}
		}
		if err := p.copy(ctx); err != nil && ctx.Err() == nil {
			p.metrics.uncopied.Inc()
			p.log.Error("the repository was not copied", "error", err)
			wait = min(wait, retry)
		}
		if !p.await(ctx, wait) {
			return nil
		}
	}
}

// await waits for a change, or for so long. It reports whether to go on.
func (p publishing) await(ctx context.Context, wait time.Duration) bool {
	late := time.NewTimer(wait)
	defer late.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-late.C:
		return true
	case <-p.changed:
	}
	more := time.NewTimer(settle)
	defer more.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-more.C:
		return true
	}
}

// once publishes what has changed in a list.
func (p publishing) once(ctx context.Context, l publishedList) error {
	now := time.Now()
	if ended, err := l.registry.Expire(ctx, now); err != nil {
		return err
	} else if ended > 0 {
		p.log.Info("records whose last day is over were withdrawn", "list", l.list, "records", ended)
	}
	result, err := l.publisher.PublishFrom(ctx, now, identity(l.place.registry, l.registry), l.registry)
	if errors.Is(err, publish.ErrPending) { // another is told of already, and the list stays fresh
		_, err = l.publisher.Refresh(ctx, now)
		if err == nil {
			p.metrics.fresh(l.list, now)
		}
		return err
	}
	if err != nil {
		return err
	}
	p.tell(l, result, now)
	if result.Made {
		return l.registry.Forget(ctx, registry.Cursor(result.Cursor))
	}
	return nil
}

func (p publishing) tell(l publishedList, r publish.Result, now time.Time) {
	p.metrics.published(l.list, r, now)
	switch {
	case r.Pending != nil:
		p.log.Warn("a release waits for approval by two", "list", l.list, "release", r.Pending.Sequence)
	case r.Made:
		p.log.Info("published", "list", l.list, "release", r.Manifest.Sequence, "records", r.Manifest.Records, "added", r.Added, "removed", r.Removed)
	}
	if r.NotPruned != nil {
		p.log.Warn("old files were not removed", "list", l.list, "error", r.NotPruned)
	}
}

// publishMetrics are what a service has published.
type publishMetrics struct {
	release, records, pending, last *prometheus.GaugeVec
	failures                        *prometheus.CounterVec
	uncopied                        prometheus.Counter
}

func newPublishMetrics(r prometheus.Registerer) publishMetrics {
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "portcullis_publish_" + name, Help: help}, []string{"list"})
		r.MustRegister(g)
		return g
	}
	m := publishMetrics{
		release:  gauge("release", "Number of the newest release."),
		records:  gauge("records", "Records of the newest release."),
		pending:  gauge("pending", "Whether a release waits for approval by two."),
		last:     gauge("timestamp_seconds", "When the newest timestamp was signed."),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "portcullis_publish_failures_total", Help: "Publications that failed."}, []string{"list"}),
	}
	m.uncopied = prometheus.NewCounter(prometheus.CounterOpts{Name: "portcullis_publish_mirror_failures_total", Help: "Copies to the mirror that failed."})
	r.MustRegister(m.failures, m.uncopied)
	return m
}

func (m publishMetrics) fresh(list string, now time.Time) {
	m.pending.WithLabelValues(list).Set(1)
	m.last.WithLabelValues(list).Set(float64(now.Unix()))
}

func (m publishMetrics) published(list string, r publish.Result, now time.Time) {
	pending := 0.0
	if r.Pending != nil {
		pending = 1
	}
	m.pending.WithLabelValues(list).Set(pending)
	m.release.WithLabelValues(list).Set(float64(r.Manifest.Sequence))
	m.records.WithLabelValues(list).Set(float64(r.Manifest.Records))
	m.last.WithLabelValues(list).Set(float64(now.Unix()))
}
