package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portcullis/cache/list"
)

// An Import gathers the records of one list from any number of sources.
type Import struct {
	today    time.Time
	seen     map[identity]bool
	entries  []Entry
	rejected []Error
	expired  int
}

// identity is what makes two entries the same record.
type identity struct {
	number string
	class  list.Class
	issuer string
}

// NewImport returns an import that judges dates by that day.
func NewImport(today time.Time) *Import {
	return &Import{today: today, seen: map[identity]bool{}}
}

// Entries returns the records that keep all rules and are not expired, in the
// order in which they came.
func (im *Import) Entries() []Entry { return im.entries }

// Rejected returns every rule that a record broke, in the order of sources and
// lines. A record that broke any is not among the entries.
func (im *Import) Rejected() []Error { return im.rejected }

// Expired returns how many records were left out because their time is over.
func (im *Import) Expired() int { return im.expired }

// Add takes in one record, which stands at that place.
func (im *Import) Add(source string, line int, r Record) {
	e, broken := Check(r, im.today)
	id := identity{e.number, e.class, e.issuer}
	switch {
	case broken == nil && im.seen[id]:
		broken = []Error{{Field: "number", Rule: NumberPresent}}
	case broken == nil && e.Expired(im.today):
		im.expired++
		return
	case broken == nil:
		im.seen[id] = true
		im.entries = append(im.entries, e)
		return
	}
	for _, b := range broken {
		b.Source, b.Line = source, line
		im.rejected = append(im.rejected, b)
	}
}

func (im *Import) reject(source string, line int) {
	im.rejected = append(im.rejected, Error{Source: source, Line: line, Rule: LineInvalid})
}

// ReadFile takes in the records of a file: CSV when its name ends with .csv,
// otherwise JSON Lines.
func (im *Import) ReadFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("registry: read records: %w", err)
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(path), ".csv") {
		return im.ReadCSV(path, f)
	}
	return im.ReadJSONLines(path, f)
}

// Records returns what a list with this key carries of the entries, in order.
func Records(entries []Entry, key list.Key) ([]list.Record, error) {
	records := make([]list.Record, len(entries))
	for i, e := range entries {
		var err error
		if records[i], err = e.Record(key); err != nil {
			return nil, fmt.Errorf("registry: entry %d: %w", i, err)
		}
	}
	slices.SortFunc(records, list.Compare)
	return records, nil
}
