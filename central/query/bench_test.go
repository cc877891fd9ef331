package query_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"portcullis/cache/list"
	"portcullis/central/query"
	"portcullis/central/query/journal"
	"portcullis/protocol"
)

// forgetful is a log that is none: what the rest costs.
type forgetful struct{}

func (forgetful) Append(context.Context, journal.Entry) error { return nil }
func (forgetful) Pseudonym(string) string                     { return "" }

// BenchmarkSearch asks over TLS on loopback, of a million records in memory,
// from so many connections at once.
func BenchmarkSearch(b *testing.B) {
	const size = 1_000_000
	records := make(map[query.Question][]query.Record, size)
	for i := range size {
		q := query.Question{Number: fmt.Sprintf("UT%07d", i), Class: list.Passport, Issuer: "UTO"}
		records[q] = []query.Record{{Key: fmt.Sprint(i), Class: list.Passport, Issuer: "UTO", Status: list.Lost}}
	}
	for _, connections := range []int{1, 8, 64} {
		for _, logged := range []bool{true, false} {
			b.Run(fmt.Sprintf("connections=%d/log=%t", connections, logged), func(b *testing.B) {
				w := newWorld(b, func(w *world) {
					w.sltd.records = records
					w.options.Rate, w.options.Burst, w.options.Now = 1e9, 1000, time.Now
					if !logged {
						w.options.Log = forgetful{}
					}
				})
				load(b, w, connections)
			})
		}
	}
}

// load asks b.N times, every 16th time for a document that is listed, and
// reports what it took.
func load(b *testing.B, w *world, connections int) {
	var next atomic.Int64
	took := make([][]time.Duration, connections)
	clients := make([]*http.Client, connections)
	for i := range clients {
		clients[i] = w.customs()
		clients[i].Transport.(*http.Transport).ForceAttemptHTTP2 = false
		w.search(clients[i], clean) // shakes hands
	}
	b.ResetTimer()
	var all sync.WaitGroup
	for g, c := range clients {
		all.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				q := clean
				if i%16 == 0 {
					q.Number = fmt.Sprintf("UT%07d", i*7919%1_000_000)
				}
				body, _ := json.Marshal(q)
				began := time.Now()
				resp, err := c.Post(w.server.URL+protocol.SearchPath, "application/json", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				took[g] = append(took[g], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	times := slices.Sorted(slices.Values(slices.Concat(took...)))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
	b.ReportMetric(float64(times[len(times)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
}
