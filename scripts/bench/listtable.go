package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// print writes the figures of the engines, and what ours has reached.
func (f *listFigures) print(w io.Writer) {
	fmt.Fprintf(w, "\nlists of %d records, whose entropy is %v bytes a record\n", f.N, f.boundPerRecord())
	fmt.Fprint(w, "median of the rounds; in brackets how many times better portcullis is\n\n")
	names := slices.Sorted(maps.Keys(f.Engines))
	names = slices.Insert(slices.DeleteFunc(names, func(n string) bool { return n == ownName }), 0, ownName)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "figure\t%s\n", strings.Join(names, "\t"))
	for _, m := range measures() {
		cells := []string{m.name}
		for _, name := range names {
			cells = append(cells, m.cell(f.Engines[name], f.Ratios[name][m.key]))
		}
		fmt.Fprintln(t, strings.Join(cells, "\t"))
	}
	t.Flush()
	f.printLimited(w)
	f.printTargets(w)
}

func (f *listFigures) boundPerRecord() float64 { return round3(float64(f.Bound) / float64(f.N)) }

// cell shows a figure, and the ratio where there is one.
func (m measure) cell(f engineFigures, ratio float64) string {
	v := m.value(f)
	switch {
	case v == 0:
		return "-"
	case ratio == 0:
		return m.shown(v)
	}
	return fmt.Sprintf("%s (%.3g)", m.shown(v), ratio)
}

// printTargets says of each target whether it is reached. At another size than
// theirs they are no more than a hint.
func (f *listFigures) printTargets(w io.Writer) {
	own := f.Engines[ownName]
	fmt.Fprint(w, "\nthe targets, which are of N=140,000,000")
	if f.N != targetRecords {
		fmt.Fprintf(w, "; this is N=%d", f.N)
	}
	fmt.Fprintf(w, "\non the disk: %v bytes a record, %v times the entropy of %v\n\n", own.BytesPerRecord, own.OverBound, f.boundPerRecord())
	byKey := map[string]measure{}
	for _, m := range measures() {
		byKey[m.key] = m
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "target\t\t%s\t\n", ownName)
	for _, one := range targets() {
		m := byKey[one.measure]
		bound, verdict := "at most", "reached"
		if m.greater {
			bound = "at least"
		}
		if v := m.value(own); v != one.limit && (v > one.limit) != m.greater {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s\t%s\n", m.name, bound, m.shown(one.limit), m.shown(m.value(own)), verdict)
	}
	t.Flush()
}

// printLimited shows the memory curve.
func (f *listFigures) printLimited(w io.Writer) {
	if len(f.Limited) == 0 {
		return
	}
	fmt.Fprint(w, "\nportcullis with 512 MB for all its memory and page cache, from a cold start\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "look-ups\tseconds\tanonymous\tmapped files\tall charged\tp50\tp99\tp99.9")
	for _, s := range f.Limited {
		fmt.Fprintf(t, "%d\t%.2f\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Lookups, s.Seconds, megabytes(float64(s.RSSAnon)), megabytes(float64(s.RSSFile)),
			megabytes(float64(s.Current)), micros(s.P50), micros(s.P99), micros(s.P999))
	}
	t.Flush()
}
