package firmware

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"math"
	"os"

	"portcullis/durable"
)

// A run is what is kept of one run of the appliance for the next. A run counts
// as ended early until it has ended in order, or was well for long enough.
type run struct {
	Early int    `json:"early"` // runs in a row that ended early, this one among them
	Cause string `json:"cause"` // why the watchdog was not fed at the end; "" when it was, or nobody could write it
}

// runs keeps count of the runs that ended early, so that a restart which did not
// help is not tried for ever.
type runs struct {
	path  string
	early int // in a row before this one
	now   run
	notes chan run // to be written
}

// tooMany stands for a count that cannot be kept: a disk that takes no small file
// after a restart is not mended by another.
const tooMany = math.MaxInt32

// begin counts a run that has just begun. Whoever writes what is noted of it later
// is a goroutine of its own, as the disk may be what does not answer.
func (r *runs) begin(log *slog.Logger, path string) {
	r.notes = make(chan run, 1)
	if r.path = path; path == "" {
		return
	}
	before, err := readRun(path)
	r.early, r.now = before.Early, run{Early: before.Early + 1}
	if err = errors.Join(err, r.now.write(path)); err != nil {
		r.early = tooMany
		log.Error("count runs that end early", "error", err)
	}
	if before.Early > 0 {
		log.Warn("the last run ended early", "runs", before.Early, "cause", before.Cause)
	}
	go r.write(log)
}

func readRun(path string) (run, error) {
	var r run
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return run{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	return r, err
}

func (r run) write(path string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return durable.Replace(path, append(text, '\n'), 0o600)
}

// write writes what is noted, until stop. A disk that does not answer keeps it.
func (r *runs) write(log *slog.Logger) {
	for n := range r.notes {
		if err := n.write(r.path); err != nil {
			log.Error("count runs that end early", "error", err)
		}
	}
}

// blame notes why the watchdog is not fed. What the disk does not take now is
// lost, as it will be at the bite.
func (r *runs) blame(cause string) { r.note(run{Early: r.now.Early, Cause: cause}) }

// sound notes that this run has not ended early.
func (r *runs) sound() { r.note(run{}) }

func (r *runs) note(n run) {
	if n == r.now || r.path == "" {
		return
	}
	select {
	case r.notes <- n:
		r.now = n
	default:
	}
}

// stop ends the writing.
func (r *runs) stop() { close(r.notes) }

// RunEnded notes in the file of [WatchdogParts].Runs that the appliance ended in
// order.
func RunEnded(path string) error { return run{}.write(path) }
