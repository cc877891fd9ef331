package feedtest

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/list"
)

// Months makes the next releases: one that begins a month and one within it, of
// so many months, and one that begins the month after. The history of the last
// names a delta from each month to the next; those from release to release are
// in an archive in an archive of each month.
func (p *Publisher) Months(t testing.TB, months int, records func(sequence uint64) []list.Record) []Release {
	t.Helper()
	all := []Release{p.Release(t, records(p.last.Sequence+1))}
	files := Files{}
	var steps []feed.Step
	var archives []feed.Archive
	for range months {
		began, held := all[len(all)-1].Manifest.Position(), p.records
		within := p.Release(t, records(p.last.Sequence+1))
		next := p.Release(t, records(p.last.Sequence+1))
		b := Builder{Release: next.Manifest.Release}
		b.Delta(t, began, list.Difference(held, p.records))
		month := b.Done()
		steps = append(steps, month.Manifest.Steps...)
		day := archived(t, files, began, next, []feed.Step{within.Step(feed.Delta), next.Step(feed.Delta)})
		archives = append(archives, archived(t, files, began, next, nil, day))
		for _, r := range []Release{within, next, month} {
			maps.Copy(files, r.Files)
		}
		all = append(all, within, next)
	}
	last := &all[len(all)-1]
	last.Manifest.Steps = []feed.Step{last.Step(feed.Snapshot)}
	last.Manifest.History = history(t, files, "history", steps, archives...)
	last.Files = files
	return all
}

// archived makes an archive from one release to another.
func archived(t testing.TB, files Files, from feed.Position, to Release, steps []feed.Step, nested ...feed.Archive) feed.Archive {
	f := history(t, files, fmt.Sprintf("%d-%d-archive", from.Sequence, to.Manifest.Sequence), steps, nested...)
	return feed.Archive{From: from.Sequence, To: to.Manifest.Sequence, File: f}
}

func history(t testing.TB, files Files, name string, steps []feed.Step, nested ...feed.Archive) feed.File {
	t.Helper()
	data, err := feed.EncodeHistory(steps, nested...)
	if err != nil {
		t.Fatal(err)
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	f := feed.File{Name: fmt.Sprintf("%s-%s.json", name, sum[:12]), Size: int64(len(data)), SHA256: sum}
	files[f.Name] = data
	return f
}
