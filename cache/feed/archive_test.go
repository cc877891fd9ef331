package feed_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"portcullis/cache/feed"
	"portcullis/cache/feed/feedtest"
	"portcullis/cache/list"
)

// lacks is the name of the file that is to be read next.
func lacks(v feed.Verified, held feed.Position) string {
	f, _ := v.Lacks(held, nil)
	return f.Name
}

// file describes a history or an archive of these steps and archives.
func file(t testing.TB, name string, steps []feed.Step, archives ...feed.Archive) (feed.File, []byte) {
	t.Helper()
	data, err := feed.EncodeHistory(steps, archives...)
	if err != nil {
		t.Fatal(err)
	}
	return fileOf(name, data), data
}

func archive(from, to uint64, f feed.File) feed.Archive {
	return feed.Archive{From: from, To: to, File: f}
}

// withHistory is a release 9 with a history, and steps of the manifest.
func withHistory(t testing.TB, h feed.File, steps ...feed.Step) feed.Verified {
	t.Helper()
	r := feedtest.Release{Manifest: ways(t, steps...).Manifest()}
	r.Manifest.History = h
	return r.Verified(t)
}

// learn reads what is lacking as long as it is there, and tells the names.
func learn(t testing.TB, v feed.Verified, held feed.Position, files map[string][]byte) (feed.Verified, []string) {
	t.Helper()
	var read []string
	for {
		f, more := v.Lacks(held, nil)
		if !more {
			return v, read
		}
		if len(read) > 20 {
			t.Fatalf("it goes on reading: %v", read)
		}
		read = append(read, f.Name)
		next, err := v.WithHistory(files[f.Name])
		if err != nil {
			return v, read
		}
		v = next
	}
}

// nest is releases 1 to 9: 1 to 7 are a month of which 2 to 5 were a day, with
// an hour from 3 to 5.
func nest(t testing.TB) (feed.Verified, map[string][]byte) {
	hour, hourData := file(t, "hour.json", []feed.Step{step(3, 4, 10), step(4, 5, 10)})
	day, dayData := file(t, "day.json", []feed.Step{step(2, 3, 10), step(3, 5, 15)}, archive(3, 5, hour))
	month, monthData := file(t, "month.json", []feed.Step{step(1, 2, 10), step(2, 5, 20), step(5, 7, 10)}, archive(2, 5, day))
	top, topData := file(t, "history.json", []feed.Step{step(1, 7, 30), step(7, 8, 10)}, archive(1, 7, month))
	v := withHistory(t, top, step(8, 9, 10), step(0, 8, 1<<30))
	return v, map[string][]byte{"hour.json": hourData, "day.json": dayData, "month.json": monthData, "history.json": topData}
}

func TestADeviceReadsTheArchivesOfItsReleaseAlone(t *testing.T) {
	v, files := nest(t)
	for held, want := range map[uint64]struct {
		read  string
		bytes int64
	}{
		0: {"", 1<<30 + 10},
		1: {"history.json", 50},
		2: {"history.json month.json", 50},
		3: {"history.json month.json day.json", 45},
		4: {"history.json month.json day.json hour.json", 40},
		5: {"history.json month.json", 30},
		7: {"history.json", 20},
		8: {"", 10},
		9: {"", 0},
	} {
		more, read := learn(t, v, at(held), files)
		w, ok := more.Way(at(held), at(9), nil)
		if strings.Join(read, " ") != want.read || !ok || w.Bytes() != want.bytes {
			t.Errorf("release %d: read %v, a way of %d bytes; want %s, %d", held, read, w.Bytes(), want.read, want.bytes)
		}
	}
	if _, read := learn(t, v, feed.Position{Sequence: 4}, files); !slices.Equal(read, []string{"history.json"}) {
		t.Errorf("for a release that was lost it reads %v", read)
	}
	if _, read := learn(t, v, at(4), map[string][]byte{"history.json": files["history.json"]}); len(read) != 2 {
		t.Errorf("without archives it reads %v", read)
	}
}

// A snapshot that costs less than the file that may have deltas is taken.
func TestWhatCostsMoreThanTheSnapshotIsNotRead(t *testing.T) {
	day, _ := file(t, "day.json", []feed.Step{step(3, 4, 10), step(4, 5, 10)})
	top, data := file(t, "history.json", []feed.Step{step(5, 8, 10)}, archive(3, 5, day))
	for size, want := range map[int64]string{day.Size - 10: "", day.Size - 9: "day.json"} {
		v, err := withHistory(t, top, step(8, 9, 10), step(0, 8, size)).WithHistory(data)
		if err != nil || lacks(v, at(3)) != want {
			t.Errorf("with a snapshot of %d bytes it reads %q, want %q; %v", size, lacks(v, at(3)), want, err)
		}
	}
}

func TestAnArchiveIsTheOneThatIsNamed(t *testing.T) {
	v, files := nest(t)
	if _, err := v.WithHistory(files["month.json"]); !errors.Is(err, feed.ErrFile) {
		t.Errorf("before it is named: %v", err)
	}
	more, err := v.WithHistory(files["history.json"])
	if err != nil {
		t.Fatal(err)
	}
	for i := range files["month.json"] {
		flipped := bytes.Clone(files["month.json"])
		flipped[i] ^= 1
		if _, err := more.WithHistory(flipped); !errors.Is(err, feed.ErrFile) {
			t.Fatalf("byte %d may be another: %v", i, err)
		}
	}
	if more, err = more.WithHistory(files["month.json"]); err != nil {
		t.Fatal(err)
	}
	again, err := more.WithHistory(files["month.json"])
	if err != nil || len(again.Steps()) != len(more.Steps()) || len(again.Archives()) != 2 {
		t.Errorf("read twice: %v", err)
	}
}

func TestAnArchiveThatLiesIsRefused(t *testing.T) {
	some, _ := file(t, "some.json", []feed.Step{step(3, 4, 10)})
	large := some
	large.Size = feed.MaxArchive + 1
	many := make([]feed.Step, 20_000)
	for i := range many {
		many[i] = step(3, 4, 10)
	}
	lots := make([]feed.Archive, 1000)
	for i := range lots {
		lots[i] = archive(3, 4, feed.File{Name: "a.json", Size: 1, SHA256: fmt.Sprintf("%064d", i)})
	}
	for name, c := range map[string]struct {
		steps    []feed.Step
		archives []feed.Archive
	}{
		"a step from before":       {steps: []feed.Step{step(1, 4, 10)}},
		"a step to after":          {steps: []feed.Step{step(3, 6, 10)}},
		"a snapshot":               {steps: []feed.Step{step(0, 4, 10)}},
		"a step back":              {steps: []feed.Step{step(4, 3, 10)}},
		"an archive of before":     {archives: []feed.Archive{archive(1, 4, some)}},
		"an archive of after":      {archives: []feed.Archive{archive(3, 6, some)}},
		"an archive of nothing":    {archives: []feed.Archive{archive(4, 4, some)}},
		"an archive back":          {archives: []feed.Archive{archive(5, 3, some)}},
		"an archive without file":  {archives: []feed.Archive{archive(3, 4, feed.File{})}},
		"an archive that is large": {archives: []feed.Archive{archive(3, 4, large)}},
		"too many steps":           {steps: many},
		"too many archives":        {archives: lots},
	} {
		day, data := file(t, "day.json", c.steps, c.archives...)
		day.Size = min(day.Size, feed.MaxArchive)
		top, topData := file(t, "history.json", []feed.Step{step(5, 8, 10)}, archive(2, 5, day))
		v, err := withHistory(t, top, step(8, 9, 10)).WithHistory(topData)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.WithHistory(data); !errors.Is(err, feed.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestArchivesNestThreeDeep(t *testing.T) {
	files := map[string][]byte{}
	inner, data := file(t, "inner.json", []feed.Step{step(4, 5, 10)})
	files["inner.json"] = data
	for depth := range 4 {
		name := fmt.Sprintf("%d.json", depth)
		inner, data = file(t, name, nil, archive(4, 5, inner))
		files[name] = data
	}
	_, read := learn(t, withHistory(t, inner, step(8, 9, 10)), at(4), files)
	if want := []string{"3.json", "2.json", "1.json", "0.json"}; !slices.Equal(read, want) {
		t.Errorf("it reads %v, want %v", read, want)
	}
	v, read := learn(t, withHistory(t, fileOf("2.json", files["2.json"]), step(8, 9, 10)), at(4), files)
	if len(read) != 4 || len(v.Steps()) != 2 {
		t.Errorf("of three it reads %v", read)
	}
}

// A publisher who names the same archives again and again, or very many, has a
// device read few of them, and each once.
func TestWhateverArchivesSayADeviceReadsFewFiles(t *testing.T) {
	for seed := range uint64(100) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		files := map[string][]byte{}
		var made []feed.Archive
		var top feed.File
		for i := range 12 {
			var steps []feed.Step
			for range rnd.IntN(3) {
				from := uint64(rnd.IntN(8))
				steps = append(steps, step(from, from+1+uint64(rnd.IntN(3)), int64(1+rnd.IntN(50))))
			}
			var nested []feed.Archive
			for range rnd.IntN(4) {
				if len(made) > 0 {
					nested = append(nested, made[rnd.IntN(len(made))])
				}
			}
			name := fmt.Sprintf("%d.json", i)
			f, data := file(t, name, steps, nested...)
			if files[name] = data; rnd.IntN(8) == 0 {
				delete(files, name)
			}
			from := uint64(1 + rnd.IntN(5))
			made, top = append(made, archive(from, from+1+uint64(rnd.IntN(8)), f)), f
		}
		signed := withHistory(t, top, step(8, 9, 10), step(0, 8, 1<<20))
		for held := range uint64(10) {
			v, read := learn(t, signed, at(held), files)
			if slices.Sort(read); len(read) > 8 || len(slices.Compact(slices.Clone(read))) != len(read) {
				t.Fatalf("seed %d, release %d: it reads %v", seed, held, read)
			}
			if w, ok := v.Way(at(held), at(9), nil); !ok || len(w) > 0 && (w[len(w)-1].To != at(9) || w[0].From != at(held) && w[0].From != at(0)) {
				t.Fatalf("seed %d, release %d: a way %v, %v", seed, held, w, ok)
			}
		}
	}
}

// FuzzWithHistory signs whatever it is given as a history. What is taken names
// files that are proper, and can be written again.
func FuzzWithHistory(f *testing.F) {
	_, files := nest(f)
	for _, data := range files {
		f.Add(data)
	}
	f.Add([]byte(`{"archives":[{"from":1,"to":18446744073709551615}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) == 0 || len(data) > feed.MaxManifest {
			return
		}
		v, err := withHistory(t, fileOf("history.json", data), step(8, 9, 10)).WithHistory(data)
		if err != nil {
			if !errors.Is(err, feed.ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		for _, a := range v.Archives() {
			if a.From == 0 || a.From >= a.To || a.To > 9 || a.Size <= 0 || a.Size > feed.MaxArchive {
				t.Fatalf("taken: %+v", a)
			}
		}
		for held := range uint64(10) {
			if f, more := v.Lacks(feed.Position{Sequence: held, Root: list.Hash{byte(held)}}, nil); more && f.Name == "history.json" {
				t.Fatal("it is to be read twice")
			}
		}
		again, err := feed.EncodeHistory(v.Steps()[1:], v.Archives()...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := withHistory(t, fileOf("history.json", again), step(8, 9, 10)).WithHistory(again); err != nil {
			t.Fatalf("written again, it is refused: %v", err)
		}
	})
}
