package main

import (
	"flag"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print into the scripts of testdata anew")

// TestMain lets tests and scripts start the program as one of its own: as
// portcullis, and as an appliance whose travellers are in a hurry.
func TestMain(m *testing.M) {
	// Most tests wait for a clock, a disk or another process; how many do so at
	// a time need not be bound to the number of processors.
	_ = flag.Set("test.parallel", "8")
	testscript.Main(m, map[string]func(){"portcullis": main, hastyAppliance: beHasty})
}
