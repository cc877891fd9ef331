package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"portcullis/central/publish"
	"portcullis/scripts/bench/job"
)

// publishFigures is what publications take of which each is a process of its
// own.
type publishFigures struct {
	N             int     `json:"n"`
	Changes       int     `json:"release_changes"` // of each release but the first
	FirstS        float64 `json:"first_s"`         // the first release, of all records
	DeltaS        float64 `json:"delta_s"`         // a release by a delta
	SnapshotS     float64 `json:"snapshot_s"`      // one with a snapshot as well
	RSS           int64   `json:"rss_bytes"`       // the most that any of the three held
	DeltaRSS      int64   `json:"delta_rss_bytes"`
	DeltaRead     int64   `json:"delta_read_bytes"`
	SnapshotBytes int64   `json:"snapshot_bytes"`
}

// publishCommand is the first argument of this program as a process that makes
// one publication: then come the workload, its folder and a publication.
const publishCommand = "publish"

// The publications of a list, in their order.
const (
	publishFirst    = "first"
	publishDelta1   = "delta"
	publishSnapshot = "snapshot"
)

// A published is what a process tells of its publication.
type published struct {
	Seconds  float64 `json:"seconds"`
	RSS      int64   `json:"rss_bytes"`
	Read     int64   `json:"read_bytes"`
	Snapshot int64   `json:"snapshot_bytes"`
}

// takePublish publishes a list, and then two releases of an hour's changes, the
// second with a snapshot.
func (f *syncFigures) takePublish(ctx context.Context, o options, dir string) error {
	w, err := newWorkload(dir, o.n, hourChanges, hourChanges)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // which the processes may need
	of := map[string]published{}
	for _, what := range []string{publishFirst, publishDelta1, publishSnapshot} {
		say("sync: publish: %s", what)
		if of[what], err = publishIn(ctx, w, dir, what); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	first, delta, snapshot := of[publishFirst], of[publishDelta1], of[publishSnapshot]
	f.Publish = publishFigures{
		N: o.n, Changes: w.deltas[0], FirstS: round3(first.Seconds), DeltaS: round3(delta.Seconds), SnapshotS: round3(snapshot.Seconds),
		RSS: max(first.RSS, delta.RSS, snapshot.RSS), DeltaRSS: delta.RSS, DeltaRead: delta.Read, SnapshotBytes: snapshot.Snapshot,
	}
	if o.n == targetRecords {
		f.PublishDevice = &f.Publish
	}
	return nil
}

// publishIn makes a publication in a process of its own.
func publishIn(ctx context.Context, w *workload, dir, what string) (p published, err error) {
	self, err := os.Executable()
	if err != nil {
		return p, err
	}
	c := exec.CommandContext(ctx, self, publishCommand, string(w.folder), dir, what)
	c.Stderr = os.Stderr
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.Output()
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(out, &p)
}

// publishOnce is the process.
func publishOnce(args []string, out io.Writer) error {
	if len(args) != 3 {
		return fmt.Errorf("want WORKLOAD FOLDER PUBLICATION, not %d arguments", len(args))
	}
	l, err := openListed(job.Workload(args[0]))
	if err != nil {
		return err
	}
	start := time.Now()
	r, err := l.publication(context.Background(), args[1], args[2])
	if err != nil {
		return err
	}
	p := published{Seconds: time.Since(start).Seconds()}
	for _, s := range r.Manifest.Steps {
		if s.To == r.Manifest.Position() && s.From.Sequence == 0 {
			p.Snapshot = s.Size
		}
	}
	if (p.Snapshot > 0) != (args[2] != publishDelta1) {
		return errors.New("the release has another kind of file")
	}
	if p.RSS, err = job.RSS("VmHWM"); err == nil {
		p.Read, err = job.Read()
	}
	return errors.Join(err, json.NewEncoder(out).Encode(p))
}

// publication makes a publication in a folder.
func (l listed) publication(ctx context.Context, dir, what string) (r publish.Result, err error) {
	c := central{filepath.Join(dir, "lists"), filepath.Join(dir, "roles")}
	if what == publishFirst {
		if c, err = beginCentral(c.dir, c.keys, time.Now()); err != nil {
			return r, err
		}
	}
	policy, delta := deltasOnly(), 1
	if what == publishSnapshot {
		policy.SnapshotAge, delta = 0, 2 // any snapshot is old
	}
	key, err := l.key()
	if err != nil {
		return r, err
	}
	p, err := c.publisher(key, policy)
	if err != nil {
		return r, err
	}
	if what == publishFirst {
		return p.PublishAll(ctx, time.Now(), l.all())
	}
	change, err := l.delta(delta)
	if err != nil {
		return r, err
	}
	return publishDelta(ctx, p, time.Now(), change)
}
