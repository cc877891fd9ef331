package station_test

import (
	"fmt"
	"time"

	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

func Example() {
	var lane station.Station
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	lane.Step(now, station.ReaderChanged{State: "ready"})
	lane.Step(now, station.GateChanged{State: "locked"})

	unreadable := inspect.Decision{}.With(inspect.Unreadable, inspect.Expired)
	for _, a := range lane.Step(now, station.Inspected{Decision: unreadable, Document: "P UTO"}) {
		switch a := a.(type) {
		case station.Record:
			fmt.Println("write down:", a.Kind, a.Decision.Codes())
		case station.Display:
			fmt.Println("tell the traveller:", a.Message)
		case station.Passage:
			fmt.Println("tell the officer:", a.Decision.Lead().Words())
		}
	}
	// Output:
	// write down: decision [unreadable expired]
	// tell the traveller: officer
	// tell the officer: The document could not be read.
}
