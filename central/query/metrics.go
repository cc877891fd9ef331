package query

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portcullis/protocol"
)

// metrics count what was answered. No label holds who asked, or for what.
type metrics struct {
	results  *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	unlogged prometheus.Counter
}

func newMetrics() metrics {
	return metrics{
		results: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portcullis_query_results_total", Help: "Queries answered, by result code.",
		}, []string{"kind", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "portcullis_query_seconds", Help: "Time from the head of a query to its answer, its entry in the log included.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 7},
		}, []string{"kind"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portcullis_query_problems_total", Help: "Requests that were no query, by type of problem.",
		}, []string{"type"}),
		unlogged: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "portcullis_query_unlogged_total", Help: "Queries answered with an error because they could not be logged.",
		}),
	}
}

func (m metrics) register(r prometheus.Registerer) error {
	for _, c := range []prometheus.Collector{m.results, m.seconds, m.refused, m.unlogged} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

func (m metrics) answered(kind string, code protocol.ResultCode, took time.Duration) {
	m.results.WithLabelValues(kind, strconv.Itoa(int(code))).Inc()
	m.seconds.WithLabelValues(kind).Observe(took.Seconds())
}
