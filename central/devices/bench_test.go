package devices_test

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"portcullis/central/devices"
	"portcullis/protocol"
)

// fleet is how many devices the benchmarks have.
const fleet = 100_000

func report(i int, release uint64) (string, protocol.Status) {
	name := fmt.Sprintf("gate-%d", i)
	s := status(name, held("sltd", release), held("tdawn", release))
	s.Site, s.Lane, s.Address = fmt.Sprintf("airport-%d", i/20), fmt.Sprint(i%20), fmt.Sprintf("10.%d.%d.%d:8443", i>>16, i>>8&255, i&255)
	s.Faults = []string{"list-ageing"}
	for j := range s.Lists {
		s.Lists[j].Root = strings.Repeat(fmt.Sprintf("%02x", release&255), 32)
	}
	return name, s
}

func heap() float64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// onDisk returns the room that a folder takes on the disk, in bytes.
func onDisk(b *testing.B, dir string) (n float64) {
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += 512 * float64(info.Sys().(*syscall.Stat_t).Blocks)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkAHundredThousandDevices says what a large fleet costs: run it with
// -benchtime 1x.
func BenchmarkAHundredThousandDevices(b *testing.B) {
	for range b.N {
		dir := b.TempDir()
		v := open(b, dir)
		round := func(release uint64, unit string) {
			began := time.Now()
			for i := range fleet {
				name, s := report(i, release)
				if _, err := v.Report(noon, name, s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(fleet/time.Since(began).Seconds(), unit)
		}
		empty := heap()
		round(1, "first-reports/s")
		round(1, "reports/s")
		round(2, "reports-of-new-release/s")
		b.ReportMetric((heap()-empty)/fleet, "heap-bytes/device")
		began := time.Now()
		all := v.All()
		sum := devices.Summarise(noon, all, devices.Newest(all, nil))
		b.ReportMetric(float64(time.Since(began).Milliseconds()), "summary-ms")
		if len(sum.Lists) != 2 || sum.Lists[0].Current != fleet {
			b.Fatalf("%+v", sum.Lists)
		}
		v.Close()
		b.ReportMetric(onDisk(b, dir)/fleet, "disk-bytes/device")
		began = time.Now()
		v = open(b, dir)
		b.ReportMetric(time.Since(began).Seconds(), "open-s")
		if len(v.All()) != fleet {
			b.Fatal("devices are lost")
		}
	}
}
