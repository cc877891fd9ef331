package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"
)

// print writes the figures as tables.
func (f figures) print(w io.Writer) {
	m := f.Machine
	fmt.Fprintf(w, "\n%s, %d cores, %s, %s; load %s before, %s after\n", m.CPU, m.Cores, m.Platform, m.Go, m.LoadBefore, m.LoadAfter)
	var skipped []string
	if f.MRZ != nil || f.Path != nil || f.Readers != nil {
		f.printTimes(w)
	}
	if f.MRZ != nil {
		f.MRZ.printRepairs(w)
		skipped = append(skipped, f.MRZ.Skipped...)
	}
	if f.Lists != nil {
		f.Lists.print(w)
		skipped = append(skipped, f.Lists.Skipped...)
	}
	if f.Sync != nil {
		f.Sync.print(w)
		skipped = append(skipped, f.Sync.Skipped...)
	}
	for _, s := range skipped {
		fmt.Fprintln(w, s)
	}
}

// printTimes writes what parsing and a document's way take.
func (f figures) printTimes(w io.Writer) {
	fmt.Fprintf(w, "median of the rounds, and the best; \"ours is\" is how many times better portcullis is, by the medians\n\n")
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	t.row("figure", "of", "median", "best", "ours is")
	if f.MRZ != nil {
		t.mrz(f.MRZ)
	}
	if f.Path != nil {
		t.path(f.Path)
	}
	if f.Readers != nil {
		t.readers(f.Readers)
	}
	t.w.Flush()
}

type table struct {
	w    *tabwriter.Writer
	last string // figure of the row before
}

// row writes a row. A figure is named in the first of its rows.
func (t *table) row(figure, of, median, best, ratio string) {
	shown := figure
	if figure == t.last {
		shown = ""
	}
	t.last = figure
	fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\n", shown, of, median, best, ratio)
}

func (t *table) mrz(f *mrzFigures) {
	own := fmt.Sprintf("%s, %v allocations", ownName, f.Allocs)
	names := slices.Sorted(maps.Keys(f.Peers))
	t.row("parse a passport's zone", own, nanoseconds(f.NS), nanoseconds(f.Best), "")
	for _, name := range names {
		p := f.Peers[name]
		t.row(t.last, "npm "+name+" "+p.Version, nanoseconds(p.NS), nanoseconds(p.Best), times(p.Ratio))
	}
	t.row("parse one of a mixed set", own, nanoseconds(f.MixedNS), nanoseconds(f.MixedBest), "")
	for _, name := range names {
		if p := f.Peers[name]; p.MixedNS > 0 {
			t.row(t.last, "npm "+name+" "+p.Version, nanoseconds(p.MixedNS), nanoseconds(p.MixedBest), times(p.MixedRatio))
		}
	}
}

func (t *table) path(f *pathFigures) {
	t.row("documents through the lane", "", strconv.Itoa(f.Documents), "", "")
	for _, line := range []struct {
		figure string
		l      latency
	}{
		{"last byte on the port to verdict", f.Verdict},
		{"- until the driver has the byte", f.Port},
		{"- from there to the verdict", f.Decide},
		{"last byte on the port to gate", f.Gate},
	} {
		t.row(line.figure, "p50", micros(line.l.P50), micros(line.l.Best.P50), "")
		t.row(line.figure, "p99", micros(line.l.P99), micros(line.l.Best.P99), "")
	}
}

func nanoseconds(v float64) string { return fmt.Sprintf("%.0f ns", v) }

func micros(ns int64) string {
	return fmt.Sprintf("%.1f us", float64(ns)/float64(time.Microsecond))
}

func count(v float64) string { return fmt.Sprintf("%.0f", v) }

func times(ratio float64) string {
	if ratio == 0 {
		return ""
	}
	return fmt.Sprintf("x %.3g", ratio)
}
