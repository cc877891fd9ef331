package firmware

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"portcullis/drivers"
	"portcullis/firmware/console"
)

// readers is what each reader of a lane said last, by its name.
type readers map[string]drivers.ReaderEvent

func (r *readers) note(e drivers.ReaderEvent) {
	if *r == nil {
		*r = readers{}
	}
	(*r)[e.Reader] = e
}

// order is how much a reader in a state helps: a lane with one that is ready can
// work, whatever the others are.
var order = []drivers.ReaderState{
	drivers.ReaderReady, drivers.ReaderDegraded, drivers.ReaderProbing, drivers.ReaderOpening, drivers.ReaderGone, drivers.ReaderAbsent,
}

// summary is the state of the readers as one, and what there is to say of each.
func (r readers) summary() (drivers.ReaderState, string) {
	best := drivers.ReaderAbsent
	var details []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		e := r[name]
		if slices.Index(order, e.State) < slices.Index(order, best) {
			best = e.State
		}
		detail := e.Detail
		if len(r) > 1 {
			detail = fmt.Sprintf("%s: %s, %s", name, e.State, e.Detail)
		}
		details = append(details, detail)
	}
	return best, strings.Join(details, "; ")
}

// faults are the readers that do not work while another does: with none the lane
// is closed, and says why.
func (r readers) faults() (faults []console.Fault) {
	if best, _ := r.summary(); best != drivers.ReaderReady {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		if e := r[name]; e.State != drivers.ReaderReady {
			faults = append(faults, console.Fault{
				Code: "reader:" + name, Text: fmt.Sprintf("Reader %s is %s: %s.", name, e.State, e.Detail),
				Do: "Use the other reader. Tell the technician.",
			})
		}
	}
	return faults
}
