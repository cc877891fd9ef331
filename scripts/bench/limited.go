package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"portcullis/central/registry"
	"portcullis/central/synthetic"
	"portcullis/scripts/bench/job"
)

// The curve of memory is of a process that has memoryLimit for all it holds,
// the page cache of its files too, and looks up documents which lie all over
// the list, each once: at most curveMost of them, and about as many as the list
// has records.
const (
	memoryLimit = 512 << 20
	curveMost   = 200_000
	curveEach   = 20_000
	curveSeed   = 4
)

// limitedCommand is the first argument of this program as that process.
const limitedCommand = "limited"

// A curvePoint is one point of the curve. The latency is of the look-ups since
// the point before.
type curvePoint struct {
	Lookups int     `json:"lookups"`
	Seconds float64 `json:"seconds"` // since the process began
	RSSAnon int64   `json:"rss_anon_bytes"`
	RSSFile int64   `json:"rss_file_bytes"`
	Current int64   `json:"memory_current"` // what the kernel counts towards the limit
	job.Latency
}

// limited takes the curve. The page cache is emptied before if it may be, since
// pages that are there already count towards whoever read them.
func limited(ctx context.Context, o options, e *engine) (curve []curvePoint, err error) {
	group, err := newGroup()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(group.dir)) }()
	if o.cold {
		if err := dropCaches(); err != nil {
			return nil, err
		}
	}
	inGroup := *e
	// The shell enters the group and becomes the program, so that all that the
	// program ever has counts.
	count := min(curveMost, (o.n/curveEach+1)*curveEach)
	inGroup.program = []string{"/bin/sh", "-c", `echo $$ > "$0" && exec "$@"`, filepath.Join(group.dir, "cgroup.procs"),
		e.program[0], limitedCommand, filepath.Join(group.dir, group.current), fmt.Sprint(count)}
	p, err := inGroup.start(ctx)
	if err != nil {
		return nil, err
	}
	for points := json.NewDecoder(p.out); ; {
		var point curvePoint
		if err := points.Decode(&point); err == io.EOF {
			return curve, p.end()
		} else if err != nil {
			return curve, errors.Join(err, p.end())
		}
		curve = append(curve, point)
	}
}

// lookUpLimited is the process: its arguments are the file that has what counts
// towards the limit, how many look-ups to do, and an engine's name, workload
// and folder.
func lookUpLimited(args []string, out io.Writer) error {
	if len(args) != 5 {
		return fmt.Errorf("want FILE COUNT ENGINE WORKLOAD FOLDER, not %d arguments", len(args))
	}
	start := time.Now()
	count, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, err := newOwnEngine(job.Workload(args[3]), args[4]).Open()
	if err != nil {
		return err
	}
	points := json.NewEncoder(out)
	n, took := 0, make([]time.Duration, 0, curveEach)
	for r := range synthetic.Records(curveSeed, count) {
		one, err := lookUpAny(s, r)
		if err != nil {
			return errors.Join(err, s.Close())
		}
		n++
		if took = append(took, one); len(took) < curveEach {
			continue
		}
		p := curvePoint{Lookups: n, Seconds: round3(time.Since(start).Seconds()), Latency: job.LatencyOf(took)}
		if err := errors.Join(p.memory(args[0]), points.Encode(p)); err != nil {
			return errors.Join(err, s.Close())
		}
		took = took[:0]
	}
	return s.Close()
}

// lookUpAny times a look-up, whatever the list says.
func lookUpAny(s job.Store, r registry.Record) (time.Duration, error) {
	start := time.Now()
	_, err := s.Lookup(job.Query{Number: r.Number, Code: r.IssuingState})
	return time.Since(start), err
}

func (p *curvePoint) memory(current string) error {
	var errs [3]error
	p.RSSAnon, errs[0] = job.RSS("RssAnon")
	p.RSSFile, errs[1] = job.RSS("RssFile")
	data, err := os.ReadFile(current)
	if err != nil {
		return err
	}
	p.Current, errs[2] = strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return errors.Join(errs[:]...)
}

// A group is a control group with the limit, of version 1 or 2.
type group struct {
	dir     string
	current string // file with what counts towards the limit
}

// newGroup makes a group below one of this process, or at the root.
func newGroup() (group, error) {
	const root = "/sys/fs/cgroup"
	name := fmt.Sprint("portcullis-bench-", os.Getpid())
	var errs []error
	for _, c := range []struct{ parent, limit, current string }{
		{filepath.Join(root, "memory", ownGroup()), "memory.limit_in_bytes", "memory.usage_in_bytes"},
		{root, "memory.max", "memory.current"},
	} {
		g := group{filepath.Join(c.parent, name), c.current}
		if err := os.Mkdir(g.dir, 0o755); err != nil {
			errs = append(errs, err)
			continue
		}
		// A file of another name would be refused, as is one that is not there.
		f, err := os.OpenFile(filepath.Join(g.dir, c.limit), os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(strconv.Itoa(memoryLimit))
			err = errors.Join(err, f.Close())
		}
		if err == nil {
			return g, nil
		}
		errs = append(errs, err, os.Remove(g.dir))
	}
	return group{}, fmt.Errorf("no group with a limit of memory: %w", errors.Join(errs...))
}

// ownGroup returns the group of this process under version 1.
func ownGroup() string {
	data, _ := os.ReadFile("/proc/self/cgroup") // none is the root
	for line := range strings.Lines(string(data)) {
		if _, path, ok := strings.Cut(strings.TrimSpace(line), ":memory:"); ok {
			return path
		}
	}
	return "/"
}
