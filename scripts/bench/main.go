// Command bench measures what docs/benchmarks.md explains: the parser of
// machine readable zones and their repair, the document lists, the way of a
// document from the port to the verdict, and how lists come to devices, each
// beside what one would pick instead. It prints tables, and writes the figures as JSON where it is told to. It judges
// nothing: no figure makes it fail, a wrong answer does.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"portcullis/central/synthetic"
	"portcullis/scripts/bench/job"
)

// options are what the command line says.
type options struct {
	out   string
	parts []string
	dir   string
	n     int
	docs  int
	zones int

	devices int           // of the fleet
	samples int           // of the time until a document is refused
	pull    time.Duration // between two looks of a device at what is published

	cold  bool   // may empty the page cache
	peers string // the folder of the peers' module
}

// parts are the parts of the bench, in the order in which they run.
var parts = []string{"mrz", "lists", "path", "readers", "sync"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err, asked := beEngine(os.Args[1:])
	if !asked {
		err = run(ctx, os.Args[1:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// beEngine is the program as a process of our store, when its arguments ask for
// that.
func beEngine(args []string) (err error, asked bool) {
	switch {
	case len(args) > 0 && args[0] == engineCommand:
		return job.Main(args[1:], map[string]func(job.Workload, string) job.Engine{ownName: newOwnEngine}), true
	case len(args) > 0 && args[0] == publishCommand:
		return publishOnce(args[1:], os.Stdout), true
	case len(args) > 0 && args[0] == limitedCommand:
		return lookUpLimited(args[1:], os.Stdout), true
	}
	return nil, false
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.out, "out", "", "also write the figures to this file, as JSON")
	flags.IntVar(&o.n, "n", 1_000_000, "records on the list")
	flags.IntVar(&o.docs, "documents", 3000, "documents through the lane")
	flags.IntVar(&o.zones, "zones", 4000, "misread zones of each kind to repair")
	flags.IntVar(&o.devices, "devices", 1000, "devices that fetch a release at once")
	flags.IntVar(&o.samples, "samples", 12, "documents that are reported, until a device refuses them")
	flags.DurationVar(&o.pull, "pull", time.Minute, "how often that device looks for a newer release")
	flags.StringVar(&o.dir, "dir", "", "folder on the disk to measure (default: the system's temporary folder)")
	flags.BoolVar(&o.cold, "cold", true, "empty the page cache of the machine where a figure is of a cold start, if that may be done")
	flags.StringVar(&o.peers, "peers", filepath.Join("bench", "peers"), "folder of the peers' module")
	only := flags.String("only", strings.Join(parts, ","), "the parts to run")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	o.cold = o.cold && canDropCaches()
	o.parts = strings.Split(*only, ",")
	for _, p := range o.parts {
		if !slices.Contains(parts, p) {
			return o, fmt.Errorf("there is no part %q: use %s", p, strings.Join(parts, ","))
		}
	}
	if o.n < minRecords || o.n > synthetic.MaxCount || o.docs < rounds || o.zones < 1 {
		return o, fmt.Errorf("a list needs %d to %d records, the lane %d documents, the repair one zone", minRecords, synthetic.MaxCount, rounds)
	}
	if o.devices < 1 || o.samples < 1 || o.samples > maxSamples || o.pull <= 0 {
		return o, fmt.Errorf("a fleet needs a device, and 1 to %d documents are reported", maxSamples)
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.dir, "portcullis-bench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer os.RemoveAll(dir)
	f := figures{Machine: machine()}
	if slices.Contains(o.parts, "mrz") {
		if f.MRZ, err = benchMRZ(ctx, o, dir); err != nil {
			return fmt.Errorf("mrz: %w", err)
		}
	}
	if slices.ContainsFunc(o.parts, func(p string) bool { return p == "lists" || p == "path" || p == "readers" }) {
		if err := benchStore(ctx, o, dir, &f); err != nil {
			return err
		}
	}
	if slices.Contains(o.parts, "sync") {
		if f.Sync, err = benchSync(ctx, o, filepath.Join(dir, "sync")); err != nil {
			return fmt.Errorf("sync: %w", err)
		}
	}
	f.Machine.LoadAfter = load()
	f.print(os.Stdout)
	return f.write(o.out)
}

// benchStore runs the parts that need a list on the disk.
func benchStore(ctx context.Context, o options, dir string, f *figures) error {
	w, err := newWorkload(dir, o.n, deltaSizes...)
	if err == nil {
		err = w.publish(ctx)
	}
	if err != nil {
		return fmt.Errorf("make list: %w", err)
	}
	debug.FreeOSMemory() // or the engines would have less
	if slices.Contains(o.parts, "lists") {
		if f.Lists, err = benchLists(ctx, o, w, dir); err != nil {
			return fmt.Errorf("lists: %w", err)
		}
	}
	if !slices.Contains(o.parts, "path") && !slices.Contains(o.parts, "readers") {
		return nil
	}
	own := ownEngine{w.folder, filepath.Join(dir, "path")}
	store, err := own.Load()
	if err != nil {
		return fmt.Errorf("path: load list: %w", err)
	}
	defer store.Close()
	if slices.Contains(o.parts, "path") {
		if f.Path, err = benchPath(ctx, o, store.(ownStore).Store, filepath.Join(dir, "lane")); err != nil {
			return fmt.Errorf("path: %w", err)
		}
	}
	if slices.Contains(o.parts, "readers") {
		if f.Readers, err = benchReaders(ctx, o, store.(ownStore).Store, filepath.Join(dir, "readers")); err != nil {
			return fmt.Errorf("readers: %w", err)
		}
	}
	return nil
}

// write writes the figures to a file, if one is named.
func (f figures) write(path string) error {
	if path == "" {
		return nil
	}
	data, err := json.MarshalIndent(f.shown(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

// say tells the one who waits what is being done.
func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
