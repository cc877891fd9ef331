package publish_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"portcullis/cache/feed/feedtest"
	"portcullis/central/publish"
	"portcullis/central/roles"
)

// A shelf is a bucket that is a folder, and loses its line after so many files.
type shelf struct {
	roles.Dir
	left int
}

var errLine = errors.New("the line is gone")

func (s *shelf) List(string) (names []string, err error) {
	err = filepath.Walk(string(s.Dir), func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			names = append(names, path[len(s.Dir)+1:])
		}
		return err
	})
	return names, err
}

func (s *shelf) Create(name string, r io.Reader, _ int64) error {
	if s.left--; s.left < 0 {
		return errLine
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	return s.Dir.Create(name, data)
}

func (s *shelf) Replace(name string, data []byte) error {
	if s.left--; s.left < 0 {
		return errLine
	}
	return s.Dir.Replace(name, data)
}

func (s *shelf) Remove(name string) error {
	if s.left--; s.left < 0 {
		return errLine
	}
	return os.Remove(filepath.Join(string(s.Dir), name))
}

func TestABucketHasAWholeReleaseAtEveryMoment(t *testing.T) {
	s := newSiteIn(t, fast(t))
	p := s.publisher()
	records := feedtest.Records(1, 2000)
	bucket := &shelf{Dir: roles.Dir(fast(t)), left: 1000}
	all(t, p, noon, records)
	if err := publish.Mirror(s.dir, bucket); err != nil {
		t.Fatal(err)
	}
	far := &site{t: t, dir: string(bucket.Dir), keys: s.keys}
	d := far.device()
	far.follow(d)
	far.mustHold(d, 1, records)

	all(t, p, hours(1), records[1:])
	for left := 0; ; left++ {
		bucket.left = left
		err := publish.Mirror(s.dir, bucket)
		far.follow(d)
		if err == nil {
			break
		}
		if !errors.Is(err, errLine) {
			t.Fatal(err)
		}
		far.mustHold(d, 1, records)
	}
	far.mustHold(d, 2, records[1:])
	for name := range far.bytes() {
		if filepath.Dir(name) != "sltd" && filepath.Dir(name) != "." || name == ".lock" {
			t.Errorf("%s is in the bucket", name)
		}
	}
}

func TestAFolderThatWasLostDoesNotBeginTheBucketAnew(t *testing.T) {
	s := newSiteIn(t, fast(t))
	early := filepath.Join(fast(t), "early")
	if err := os.CopyFS(early, os.DirFS(s.dir)); err != nil {
		t.Fatal(err)
	}
	bucket := &shelf{Dir: roles.Dir(fast(t)), left: 1000}
	all(t, s.publisher(), hours(1), feedtest.Records(1, 100))
	if err := publish.Mirror(s.dir, bucket); err != nil {
		t.Fatal(err)
	}
	if err := publish.Mirror(early, bucket); !errors.Is(err, publish.ErrBehind) {
		t.Errorf("an older state: %v", err)
	}
}

func TestWhatIsPrunedLeavesTheBucketToo(t *testing.T) {
	s := newSiteIn(t, fast(t))
	bucket := &shelf{Dir: roles.Dir(fast(t)), left: 10000}
	stranger := filepath.Join(string(bucket.Dir), "readme.txt")
	if err := os.WriteFile(stranger, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	records := feedtest.Records(1, 300)
	for day := range 6 {
		all(t, s.publisher(), hours(24*day), records[day:])
		if err := publish.Mirror(s.dir, bucket); err != nil {
			t.Fatal(err)
		}
	}
	far := &site{t: t, dir: string(bucket.Dir), keys: s.keys}
	here, there := s.bytes(), far.bytes()
	delete(there, "readme.txt")
	for name := range there {
		if _, ok := here[name]; !ok {
			t.Errorf("%s was pruned, and is in the bucket", name)
		}
	}
	if _, err := os.Stat(stranger); err != nil {
		t.Errorf("a file of someone else: %v", err)
	}
	if snapshots, _ := filepath.Glob(filepath.Join(string(bucket.Dir), "sltd", "*-snapshot-*")); len(snapshots) == 0 {
		t.Error("there is no snapshot")
	}
	d := far.device()
	far.follow(d)
	far.mustHold(d, 6, records[5:])
}

func TestTheBucketOfAnotherPublisherIsLeftAlone(t *testing.T) {
	one, other := newSiteIn(t, fast(t)), newSiteIn(t, fast(t))
	bucket := &shelf{Dir: roles.Dir(fast(t)), left: 1000}
	all(t, one.publisher(), hours(1), feedtest.Records(1, 100))
	all(t, other.publisher(), hours(2), feedtest.Records(1, 100))
	if err := publish.Mirror(one.dir, bucket); err != nil {
		t.Fatal(err)
	}
	before, err := bucket.Get("timestamp.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := publish.Mirror(other.dir, bucket); !errors.Is(err, publish.ErrForeign) {
		t.Errorf("another publisher: %v", err)
	}
	if after, err := bucket.Get("timestamp.json"); err != nil || string(after) != string(before) {
		t.Error("its timestamp is another", err)
	}
}
