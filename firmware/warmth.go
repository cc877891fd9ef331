package firmware

import "github.com/prometheus/client_golang/prometheus"

// warmth is how warm the board is, asked whenever the metrics are.
type warmth func() map[string]float64

var celsius = prometheus.NewDesc("portcullis_temperature_celsius", "What a sensor of the board measures.", []string{"sensor"}, nil)

// Temperatures has the metrics tell what the sensors of the board measure, in
// degrees Celsius by their names.
func (m *Metrics) Temperatures(read func() map[string]float64) { m.registry.MustRegister(warmth(read)) }

// Describe implements prometheus.Collector.
func (w warmth) Describe(to chan<- *prometheus.Desc) { to <- celsius }

// Collect implements prometheus.Collector.
func (w warmth) Collect(to chan<- prometheus.Metric) {
	for sensor, degrees := range w() {
		to <- prometheus.MustNewConstMetric(celsius, prometheus.GaugeValue, degrees, sensor)
	}
}
