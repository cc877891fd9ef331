package service_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"portcullis/protocol"
)

// BenchmarkHeartbeats takes the time of a heartbeat, client and server on one
// machine: on connections that stay, and with a handshake for each, as devices
// do that report every few minutes.
func BenchmarkHeartbeats(b *testing.B) {
	for _, c := range []struct {
		name string
		once bool
	}{{"connected", false}, {"with handshake", true}} {
		b.Run(c.name, func(b *testing.B) {
			r := newRig(b)
			gates := make([]caller, 16)
			for i := range gates {
				gates[i] = r.as(protocol.Device, fmt.Sprintf("gate-%d", i))
				gates[i].client.Transport.(*http.Transport).DisableKeepAlives = c.once
			}
			next := make(chan int, len(gates))
			for i := range gates {
				next <- i
			}
			b.ResetTimer()
			b.SetParallelism(4)
			began, cpu := time.Now(), processor(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := <-next
					r.at(r.clock().Add(2 * time.Second)) // or it would be a flood
					if a := gates[i].post(protocol.HeartbeatPath, r.status(fmt.Sprintf("gate-%d", i), 3)); a.status != http.StatusOK {
						b.Errorf("%d %s", a.status, a.body)
					}
					next <- i
				}
			})
			b.ReportMetric(float64((processor(b)-cpu).Microseconds())/float64(b.N), "cpu-us/op")
			b.ReportMetric(float64(b.N)/time.Since(began).Seconds(), "heartbeats/s")
		})
	}
}

// processor returns the processor time that this process took.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkPagesOfAHundredThousandDevices takes the time of the status page and
// of the metrics.
func BenchmarkPagesOfAHundredThousandDevices(b *testing.B) {
	r := newRig(b)
	for i := range 100_000 {
		name := fmt.Sprintf("gate-%d", i)
		if _, err := r.inventory.Report(noon, name, r.status(name, uint64(1+i%3))); err != nil {
			b.Fatal(err)
		}
	}
	tool := r.as(protocol.Fleet, "tool")
	for _, path := range []string{"/", "/metrics", protocol.DevicesPath} {
		b.Run(path, func(b *testing.B) {
			cpu := processor(b)
			for b.Loop() {
				if a := tool.get(path); a.status != http.StatusOK {
					b.Fatal(a.status)
				}
			}
			b.ReportMetric(float64((processor(b)-cpu).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}
