package main

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// The targets of bringing lists to devices.
const (
	targetOverEntropy = 1.03
	targetDayBytes    = 500_000
	targetPull        = 90 // seconds
	targetPush        = 2
)

// print writes the figures of bringing lists to devices.
func (f *syncFigures) print(w io.Writer) {
	f.printSizes(w)
	f.printDay(w)
	f.printPublish(w)
	f.printTargets(w)
}

// A side is what a delta does with its records.
type side struct {
	name string
	of   func(deltaBytes) bytesEach
}

var sides = []side{
	{"added", func(b deltaBytes) bytesEach { return b.Add }},
	{"removed", func(b deltaBytes) bytesEach { return b.Remove }},
}

func (f *syncFigures) printSizes(w io.Writer) {
	fmt.Fprint(w, "\ndeltas, in bytes a record: digests alone, and whole with what is said of them\n\n")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "records\tdigests\tentropy\tis over\tzstd\tvarint, zstd\twhole\tits entropy")
	for _, s := range sides {
		for _, k := range s.of(f.deltaBytes).counts() {
			raw, varint := "-", "-"
			if f.Raw != nil {
				raw, varint = plain(s.of(*f.Raw)[k]), plain(s.of(*f.Varint)[k])
			}
			fmt.Fprintf(t, "%s %s\t%v\t%v\tx %.4g\t%s\t%s\t%v\t%v\n", k, s.name, s.of(f.deltaBytes)[k], s.of(f.Entropy)[k],
				f.over(s, k), raw, varint, s.of(f.Whole)[k], s.of(f.WholeEntropy)[k])
		}
	}
	t.Flush()
	fmt.Fprintf(w, "\nremoved by index among %d records, the entropy would be", targetRecords)
	for _, k := range f.ByIndex.counts() {
		fmt.Fprintf(w, " %v (%s)", f.ByIndex[k], k)
	}
	fmt.Fprintln(w)
}

// over returns how many times their entropy the digests of a delta take.
func (f *syncFigures) over(s side, k string) float64 {
	return rounded4(s.of(f.deltaBytes)[k] / s.of(f.Entropy)[k])
}

func (f *syncFigures) printDay(w io.Writer) {
	fmt.Fprintf(w, "\na device's day, %d releases of %d changes and %d polls: %d bytes\n\n", dayReleases, f.Day.Changes, dayReleases*pollsAnHour, f.DeviceBytes)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range []struct {
		name  string
		bytes int64
	}{
		{"deltas", f.Day.Deltas}, {"manifests", f.Day.Manifests}, {"timestamp", f.Day.Timestamp}, {"other metadata", f.Day.Metadata},
		{"snapshots", f.Day.Snapshots}, {fmt.Sprintf("headers of %d requests", f.Day.Requests), f.Day.Headers},
		{"over TLS, a connection each poll", f.Day.OverTLS},
	} {
		fmt.Fprintf(t, "%s\t%d\n", row.name, row.bytes)
	}
	t.Flush()
}

func (f *syncFigures) printPublish(w io.Writer) {
	fleet, p := f.Fleet, f.Publish
	fmt.Fprintf(w, "\n%d devices fetch a release of %d changes: %.2f s of the server's processor, %s, %.3g s in all\n",
		fleet.Devices, f.Day.Changes, fleet.CPU, megabytes(float64(fleet.Bytes)), fleet.Wall)
	fmt.Fprintf(w, "\npublications of a list of %d records\n\n", p.N)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "the first, of all records\t%s\n", inSeconds(p.FirstS))
	fmt.Fprintf(t, "a delta of %d changes\t%s, %s read, %s of memory\n", p.Changes, inSeconds(p.DeltaS), megabytes(float64(p.DeltaRead)), megabytes(float64(p.DeltaRSS)))
	fmt.Fprintf(t, "the same with a snapshot\t%s, which has %s\n", inSeconds(p.SnapshotS), megabytes(float64(p.SnapshotBytes)))
	fmt.Fprintf(t, "the most memory of any\t%s\n", megabytes(float64(p.RSS)))
	t.Flush()
}

// printTargets says of each target whether it is reached.
func (f *syncFigures) printTargets(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "\ntarget\t\t%s\t\n", ownName)
	row := func(name string, limit, value float64, shown func(float64) string) {
		verdict := "reached"
		if value > limit {
			verdict = "MISSED"
		}
		fmt.Fprintf(t, "%s\tat most %s\t%s\t%s\n", name, shown(limit), shown(value), verdict)
	}
	for _, s := range sides {
		for _, k := range s.of(f.deltaBytes).counts() {
			row("digests of "+k+" "+s.name+", times their entropy", targetOverEntropy, f.over(s, k), plain)
		}
	}
	row("a device's day", targetDayBytes, float64(f.DeviceBytes), bytesShown)
	row("from registry to refusal, by pull, the longest of "+strconv.Itoa(f.Refusal.Samples), targetPull, f.Refusal.Pull, inSeconds)
	row("from registry to refusal, by push, the longest of "+strconv.Itoa(f.Refusal.Samples), targetPush, f.Refusal.Push, inSeconds)
	t.Flush()
	fmt.Fprintf(w, "the medians are %s by pull, and %s by push\n", inSeconds(f.Refusal.PullMedian), inSeconds(f.Refusal.PushMedian))
}

func bytesShown(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) + " bytes" }
