package firmware

import (
	"github.com/prometheus/client_golang/prometheus"

	"portcullis/firmware/health"
)

// watchMetrics are those of the watchdog.
type watchMetrics struct {
	timeout *prometheus.GaugeVec
	meals   *prometheus.CounterVec
	parts   *prometheus.GaugeVec
	early   prometheus.Gauge
	reset   prometheus.Gauge
	watched []string // the parts
}

func newWatchMetrics(r *prometheus.Registry) *watchMetrics {
	opts := func(name, help string) prometheus.GaugeOpts {
		return prometheus.GaugeOpts{Name: "portcullis_watchdog_" + name, Help: help}
	}
	m := &watchMetrics{
		timeout: prometheus.NewGaugeVec(opts("timeout_seconds", "How long a watchdog waits before it bites."), []string{"watchdog"}),
		meals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "portcullis_watchdog_meals_total", Help: "How often a watchdog was fed."}, []string{"watchdog"}),
		parts: prometheus.NewGaugeVec(opts("part_ill", "1 while a part stands still, or fails for too long."), []string{"part"}),
		early: prometheus.NewGauge(opts("early_ends", "Runs in a row before this one that did not end in order; -1 when they cannot be counted.")),
		reset: prometheus.NewGauge(opts("caused_last_reset", "1 if the hardware watchdog caused the last reset, 0 if not, -1 if nobody knows.")),
	}
	m.reset.Set(-1)
	r.MustRegister(m.timeout, m.meals, m.parts, m.early, m.reset)
	return m
}

func (m *watchMetrics) begin(w *Watchdog) {
	for _, d := range w.Dogs {
		m.timeout.WithLabelValues(d.Name()).Set(d.Timeout().Seconds())
		m.meals.WithLabelValues(d.Name())
	}
	for _, p := range w.parts {
		m.watched = append(m.watched, p.Name)
		m.parts.WithLabelValues(p.Name).Set(0)
	}
	m.early.Set(float64(w.runs.early))
	if w.runs.early == tooMany {
		m.early.Set(-1)
	}
}

func (m *watchMetrics) ill(s health.State) {
	ill := map[string]bool{}
	for _, name := range names(s) {
		ill[name] = true
	}
	for _, name := range m.watched {
		m.parts.WithLabelValues(name).Set(oneIf(ill[name]))
	}
}

// LastReset notes whether the hardware watchdog is known to have caused the last
// reset of the machine, or is known not to have.
func (m *Metrics) LastReset(bitten, known bool) {
	m.watchdog.reset.Set(oneIf(bitten))
	if !known {
		m.watchdog.reset.Set(-1)
	}
}
