package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// printRepairs writes what became of the misread zones, ours first.
func (f *mrzFigures) printRepairs(w io.Writer) {
	fmt.Fprintf(w, "\nrepair of zones with 0 to %d cells taken for a look-alike, in percent of the zones; right and wrong are number and dates\n\n", maxSwaps)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintln(t, "layout\tmisread\treader\tzones\tright\twrong, flagged\twrong, not flagged\trefused\tverified\ta zone takes")
	peers := slices.Sorted(maps.Keys(f.RepairPeers))
	for _, format := range slices.Backward(slices.Sorted(maps.Keys(f.Repair))) {
		for swaps := range maxSwaps + 1 {
			own := f.Repair[format][key(swaps)]
			fmt.Fprintf(t, "%s\t%d\t%s\n", format, swaps, own.cells())
			for _, name := range peers {
				if p, ok := f.RepairPeers[name][format][key(swaps)]; ok {
					fmt.Fprintf(t, "\t\t%s\n", p.cells(name))
				}
			}
		}
	}
}

func (f repairFigures) cells() string {
	share := func(n int) string { return percent(n, f.Zones) }
	return fmt.Sprintf("%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s", ownName, f.Zones,
		share(f.Right), share(f.WrongFlagged), share(f.WrongUnflagged), share(f.Refused), share(f.Verified), wholeMicros(f.NS))
}

// cells leaves out what a peer does not have: a flag, and anything verified.
func (p repairPeer) cells(name string) string {
	share := func(n int) string { return percent(n, p.Zones) }
	return fmt.Sprintf("npm %s\t%d\t%s\t\t%s\t%s\t\t%s", name, p.Zones, share(p.Right), share(p.Wrong), share(p.Refused), wholeMicros(p.NS))
}

// percent shows a share; nothing but none at all is shown as 0.
func percent(n, of int) string {
	share := 100 * float64(n) / float64(max(of, 1))
	switch {
	case n == 0:
		return "0"
	case share < 0.1:
		return "<0.1"
	}
	return fmt.Sprintf("%.1f", share)
}

// wholeMicros shows what takes many microseconds.
func wholeMicros(ns float64) string { return fmt.Sprintf("%.0f us", ns/1000) }
