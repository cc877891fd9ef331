package service

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"portcullis/central/devices"
)

// A collector counts the fleet when it is asked, so that every figure is of the
// same moment.
type collector struct{ s *Service }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("portcullis_fleet_"+name, help, labels, nil)
}

var (
	metricDevices = describe("devices", "Devices by how they stand: the worst that applies.", "standing")
	metricNever   = describe("devices_never_heard", "Devices that never reported.")
	metricLost    = describe("devices_lost", "Devices that are revoked as lost.")
	metricOrders  = describe("orders_pending", "Orders that devices have yet to do.")
	metricNewest  = describe("list_newest_release", "Newest release of a list.", "list")
	metricCopies  = describe("list_copies", "Copies of a list by state. Overdue: on a device that was not heard for 48 hours.", "list", "state")
	metricBehind  = describe("list_behind", "Copies of a list by how many releases they are behind.", "list", "releases")
	metricAge     = describe("list_age_seconds", "Time since a device last knew its copy to be the newest.", "list")
	metricUnknown = describe("list_age_unknown", "Copies whose age is not known.", "list")
	metricHeard   = describe("device_heard_timestamp_seconds", "When a device last reported.", "device")
)

var copyStates = []string{devices.CopyHeld, devices.CopyOverdue, devices.CopyRevoked, devices.CopyErased, devices.CopyMissing}

// ageBuckets are bounds of ages in seconds: those that policies speak of, the
// last but one being the 48 hours.
var ageBuckets = []time.Duration{time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 48 * time.Hour, 7 * 24 * time.Hour}

func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		metricDevices, metricNever, metricLost, metricOrders, metricNewest, metricCopies, metricBehind, metricAge, metricUnknown, metricHeard,
	} {
		ch <- d
	}
}

func (c collector) Collect(ch chan<- prometheus.Metric) {
	_, all, _, sum := c.s.summary()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, standing := range devices.Standings {
		gauge(metricDevices, float64(sum.Standings[standing]), standing)
	}
	gauge(metricNever, float64(sum.Never))
	gauge(metricLost, float64(sum.Lost))
	gauge(metricOrders, float64(sum.Orders))
	for _, l := range sum.Lists {
		gauge(metricNewest, float64(l.Newest), l.List)
		gauge(metricUnknown, float64(l.Unknown), l.List)
		for _, state := range copyStates {
			gauge(metricCopies, float64(l.States[state]), l.List, state)
		}
		for label, n := range lags(l.Behind) {
			gauge(metricBehind, float64(n), l.List, label)
		}
		ch <- histogram(l)
	}
	if c.s.EachDevice {
		for _, d := range all {
			if !d.Heard.IsZero() {
				gauge(metricHeard, float64(d.Heard.Unix()), d.Name)
			}
		}
	}
}

// lags counts copies by a few classes of how far they are behind, so that a
// device with an odd release makes no label of its own.
func lags(behind map[uint64]int) map[string]int {
	classes := map[string]int{"0": 0, "1": 0, "2": 0, "3-9": 0, "10-99": 0, "100+": 0}
	for n, copies := range behind {
		switch {
		case n < 3:
			classes[strconv.FormatUint(n, 10)] += copies
		case n < 10:
			classes["3-9"] += copies
		case n < 100:
			classes["10-99"] += copies
		default:
			classes["100+"] += copies
		}
	}
	return classes
}

func histogram(l devices.ListSummary) prometheus.Metric {
	buckets := map[float64]uint64{}
	for _, b := range ageBuckets {
		buckets[b.Seconds()] = 0
	}
	sum := 0.0
	for _, age := range l.Ages {
		sum += age.Seconds()
		for _, b := range ageBuckets {
			if age <= b {
				buckets[b.Seconds()]++
			}
		}
	}
	return prometheus.MustNewConstHistogram(metricAge, uint64(len(l.Ages)), sum, buckets, l.List)
}

// metrics answers with the figures of the fleet, and with what others have.
func (s *Service) metrics() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(collector{s})
	all := prometheus.Gatherers{r}
	if s.Metrics != nil {
		all = append(all, s.Metrics)
	}
	return promhttp.HandlerFor(all, promhttp.HandlerOpts{MaxRequestsInFlight: 2})
}
