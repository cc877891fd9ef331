package firmware

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portcullis/drivers"
	"portcullis/firmware/inspect"
)

// Metrics counts what a lane does, for Prometheus. No label holds a value from
// a document; the codes of States are left out too, as one traveller of a rare
// State could be told by them.
type Metrics struct {
	registry *prometheus.Registry

	passages  *prometheus.CounterVec
	reasons   *prometheus.CounterVec
	readings  *prometheus.CounterVec
	deciding  prometheus.Histogram
	reader    prometheus.Gauge
	readers   *prometheus.GaugeVec
	faults    prometheus.Gauge
	gateState *prometheus.GaugeVec
	tampered  prometheus.Gauge
	release   *prometheus.GaugeVec
	records   *prometheus.GaugeVec
	age       *prometheus.GaugeVec
	usable    *prometheus.GaugeVec
	damaged   *prometheus.GaugeVec
	bad       *prometheus.GaugeVec
	scrubbed  *prometheus.GaugeVec
	lastEntry prometheus.Gauge
	watchdog  *watchMetrics

	checked, hits    atomic.Uint64 // decisions, and alerts among them
	through, notUsed atomic.Uint64 // travellers at the gate, and releases that nobody used
}

// NewMetrics returns metrics of their own registry, all at zero.
func NewMetrics(version string) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help, label string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string) prometheus.Gauge {
		g := prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
		m.registry.MustRegister(g)
		return g
	}
	per := func(label, name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, []string{label})
		m.registry.MustRegister(g)
		return g
	}
	perList := func(name, help string) *prometheus.GaugeVec { return per("list", name, help) }
	m.passages = counter("portcullis_decisions_total", "Documents decided on.", "verdict")
	m.reasons = counter("portcullis_reasons_total", "Reasons given for decisions.", "code")
	m.readings = counter("portcullis_readings_total", "Readings by what was wrong with them on the wire.", "fault")
	m.deciding = prometheus.NewHistogram(prometheus.HistogramOpts{
		Name:    "portcullis_decision_seconds",
		Help:    "Time from the last byte of a reading to the verdict.",
		Buckets: []float64{0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1},
	})
	m.registry.MustRegister(m.deciding)
	m.reader = gauge("portcullis_reader_ready", "1 while a document reader can be used.")
	m.readers = per("reader", "portcullis_readers_ready", "1 while that one of the lane's readers can be used.")
	m.registerGate(gauge)
	m.faults = gauge("portcullis_faults", "Faults that the officer's page shows.")
	m.lastEntry = gauge("portcullis_log_entries", "Entries of the log.")
	m.release = perList("portcullis_list_release", "Release of the list that is served; 0 when there is none.")
	m.records = perList("portcullis_list_records", "Records on the list.")
	m.age = perList("portcullis_list_age_seconds", "Time since the list was last known to be the newest; -1 when not known.")
	m.usable = perList("portcullis_list_usable", "1 while the list can vouch for a Clear.")
	m.damaged = perList("portcullis_list_damaged_lookups", "Look-ups since the start that met a damaged part of the list.")
	m.bad = perList("portcullis_list_bad_shards", "Parts of the list that are marked as damaged and give no answer.")
	m.scrubbed = perList("portcullis_list_read_back_seconds", "When the last reading back of the whole list ended, in Unix time; 0 for never.")
	m.watchdog = newWatchMetrics(m.registry)
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "portcullis_build_info", Help: "Always 1."}, []string{"version"})
	m.registry.MustRegister(info)
	info.WithLabelValues(version).Set(1)
	return m
}

// registerGate adds what is counted at the gate.
func (m *Metrics) registerGate(gauge func(name, help string) prometheus.Gauge) {
	m.gateState = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "portcullis_gate_state", Help: "1 for the state that the gate is in, 0 for the others."}, []string{"state"})
	m.registry.MustRegister(m.gateState)
	m.tampered = gauge("portcullis_gate_tampered", "1 from when the gate was tampered with until an operator clears it.")
	for _, c := range []struct {
		name, help string
		count      *atomic.Uint64
	}{
		{"portcullis_gate_passages_total", "Travellers that the gate has counted.", &m.through},
		{"portcullis_gate_unused_total", "Releases on which nobody passed.", &m.notUsed},
	} {
		m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: c.name, Help: c.help}, func() float64 { return float64(c.count.Load()) }))
	}
	m.gate(drivers.GateStatus{})
}

func (m *Metrics) gate(g drivers.GateStatus) {
	for _, s := range drivers.GateStates() {
		m.gateState.WithLabelValues(s.String()).Set(oneIf(s == g.State))
	}
	m.tampered.Set(oneIf(g.Tampered))
	m.through.Store(g.Passages)
	m.notUsed.Store(g.Unused)
}

// Handler serves the metrics in Prometheus's text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) read(fault drivers.ReadFault) { m.readings.WithLabelValues(fault.String()).Inc() }

// Totals returns how many documents were decided on since the start, and how
// many of these were alerts.
func (m *Metrics) Totals() (checked, hits uint64) { return m.checked.Load(), m.hits.Load() }

func (m *Metrics) decided(d inspect.Decision, took time.Duration) {
	m.checked.Add(1)
	if d.Verdict() == inspect.Alert {
		m.hits.Add(1)
	}
	m.passages.WithLabelValues(d.Verdict().String()).Inc()
	for _, c := range d.Codes() {
		m.reasons.WithLabelValues(string(c)).Inc()
	}
	m.deciding.Observe(took.Seconds())
}

func (m *Metrics) lists(reports []ListReport) {
	for _, r := range reports {
		m.release.WithLabelValues(r.Name).Set(float64(r.Release))
		m.records.WithLabelValues(r.Name).Set(float64(r.Records))
		m.age.WithLabelValues(r.Name).Set(float64(r.Age))
		m.usable.WithLabelValues(r.Name).Set(oneIf(r.State == inspect.Fresh.String() || r.State == inspect.Ageing.String()))
		m.damaged.WithLabelValues(r.Name).Set(float64(r.Damaged))
		m.bad.WithLabelValues(r.Name).Set(float64(r.Bad))
		m.scrubbed.WithLabelValues(r.Name).Set(r.Scrub.finished())
	}
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
