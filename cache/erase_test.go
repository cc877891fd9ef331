package cache_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"portcullis/cache"
	"portcullis/cache/feed"
	"portcullis/cache/list"
)

func TestErasingEndsAllAnswersOfARunningStore(t *testing.T) {
	dir := storeFolder(t)
	s := openStore(t, dir)
	p := &publisher{t: t, shardBits: 6}
	stolen := record(t, "AB12345", list.Passport, "UTO", list.Stolen)
	apply(t, s, p.release(append(randomRecords(1, 3000), stolen))[feed.Snapshot])
	next := p.release(append(randomRecords(2, 3000), stolen))[feed.Snapshot]

	q := cache.Query{Number: "AB12345", Class: list.Passport, Issuer: "UTO"}
	var others sync.WaitGroup
	others.Go(func() {
		for {
			a, err := s.Lookup(q)
			if errors.Is(a.Lists[0].Err, cache.ErrErased) {
				return
			}
			if err != nil || len(a.Matches) != 1 || a.Lists[0].Err != nil {
				t.Errorf("before it is erased the look-up answers %+v, %v", a, err)
				return
			}
		}
	})
	others.Go(func() {
		for err := error(nil); !errors.Is(err, cache.ErrErased); {
			if err = s.Apply(context.Background(), next); err == nil {
				err = s.Apply(context.Background(), next) // refused: it is held
			}
			if err != nil && !errors.Is(err, cache.ErrErased) && !errors.Is(err, cache.ErrOrder) {
				t.Errorf("apply while erasing: %v", err)
				return
			}
		}
	})
	others.Go(func() { // notes at each end how far it has come
		for !errors.Is(s.Status()[0].Err, cache.ErrErased) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if err := s.Tend(ctx, "sltd", time.Hour); err != nil {
				t.Errorf("tend while erasing: %v", err)
			}
		}
	})
	if err := s.Erase(); err != nil {
		t.Fatal(err)
	}
	others.Wait()
	if a, err := s.Lookup(q); err != nil || len(a.Matches) > 0 || !errors.Is(a.Lists[0].Err, cache.ErrErased) {
		t.Errorf("after it was erased the look-up answers %+v, %v", a, err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
	for name, err := range map[string]error{"apply": s.Apply(context.Background(), next), "erase": s.Erase(), "close": s.Close()} {
		if name == "apply" != (err != nil) {
			t.Errorf("%s after erasing: %v", name, err)
		}
	}
}
