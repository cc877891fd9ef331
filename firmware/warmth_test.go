package firmware_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"portcullis/firmware"
)

func TestTheMetricsTellHowWarmTheBoardIs(t *testing.T) {
	m := firmware.NewMetrics("test")
	now := map[string]float64{"cpu-thermal": 48.5}
	m.Temperatures(func() map[string]float64 { return now })
	for _, want := range []string{`portcullis_temperature_celsius{sensor="cpu-thermal"} 48.5`, `{sensor="cpu-thermal"} 81`} {
		w := httptest.NewRecorder()
		m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the metrics do not say %s", want)
		}
		now["cpu-thermal"] = 81
	}
}
