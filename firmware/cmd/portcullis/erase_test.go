package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portcullis/firmware"
	"portcullis/firmware/control"
)

// TestErasingWaitsForNoRepair has a repair read from a server that is silent.
func TestErasingWaitsForNoRepair(t *testing.T) {
	t.Parallel()
	l := newSite(t).start(t)
	l.ready(t)
	reading := make(chan struct{}, 1)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reading <- struct{}{}
		<-r.Context().Done()
	}))
	t.Cleanup(silent.Close)
	repaired := make(chan []firmware.RepairReport, 1)
	go func() {
		reports, err := control.Ask[[]firmware.RepairReport](t.Context(), l.folder().Socket(), askRepair, firmware.RepairRequest{From: silent.URL})
		if err != nil {
			t.Error(err)
		}
		repaired <- reports
	}()
	<-reading
	if err := l.appliance.erase(); err != nil {
		t.Error(err)
	}
	if reports := <-repaired; len(reports) != 1 || !strings.Contains(reports[0].Problem, "were erased") {
		t.Errorf("the repair ended with %+v", reports)
	}
}
