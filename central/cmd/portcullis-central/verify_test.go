package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"portcullis/cache/list"
	"portcullis/central/registry"
	"portcullis/central/registry/registrytest"
)

// A decaying store has no rows, and is damaged once it is said to be.
type decaying struct {
	damaged bool
	reads   int
}

func (d *decaying) Verify(context.Context) error {
	d.reads++
	if d.damaged {
		return registry.ErrDamaged
	}
	return nil
}

func (d *decaying) View(_ context.Context, f func(registry.Tx) error) error   { return f(noRows{}) }
func (d *decaying) Update(_ context.Context, f func(registry.Tx) error) error { return f(noRows{}) }
func (d *decaying) Close() error                                              { return nil }

type noRows struct{}

func (noRows) Get(_ registry.Table, keys [][]byte) ([][]byte, error) {
	return make([][]byte, len(keys)), nil
}
func (noRows) Put(registry.Table, []registry.Row) error { return nil }
func (noRows) Delete(registry.Table, [][]byte) error    { return nil }
func (noRows) Scan(registry.Table, []byte, []byte, int) ([]registry.Row, error) {
	return nil, nil
}

func newDecaying(t *testing.T) (*decaying, *registry.Registry) {
	t.Helper()
	d := &decaying{}
	r, err := registry.Open(t.Context(), d, "sltd", registrytest.Key())
	if err != nil {
		t.Fatal(err)
	}
	return d, r
}

func TestDamageIsNoticedWithinADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, r := newDecaying(t)
		var said bytes.Buffer
		afterADay := func() error {
			ctx, stop := context.WithTimeout(t.Context(), verifyEvery+time.Second)
			defer stop()
			err := verifyDaily(ctx, []*heldList{{place: place{list: "sltd"}, registry: r}}, slog.New(slog.NewTextHandler(&said, nil)))
			if err != nil {
				t.Error(err)
			}
			_, err = r.Find(t.Context(), "UT000001", list.Passport, "UTO")
			return err
		}
		if err := afterADay(); store.reads != 1 || !errors.Is(err, registry.NotFound) || said.Len() > 0 {
			t.Errorf("read %d times, %v, %s", store.reads, err, &said)
		}
		store.damaged = true
		if err := afterADay(); !errors.Is(err, registry.ErrDamaged) || !strings.Contains(said.String(), "list=sltd") {
			t.Errorf("damaged for a day: %v, %s", err, &said)
		}
	})
}

func TestARegistryIsReadBackUntilItWasAndThenEveryDay(t *testing.T) {
	store, r := newDecaying(t)
	var last time.Time
	for i, c := range []struct {
		after   time.Duration
		damaged bool
		reads   int
	}{{0, false, 1}, {verifyEvery - 1, false, 1}, {verifyEvery, true, 2}, {verifyEvery + 1, true, 3}} {
		store.damaged = c.damaged
		err := verifyIfDue(t.Context(), r, registrytest.Today.Add(c.after), &last)
		if store.reads != c.reads || errors.Is(err, registry.ErrDamaged) != c.damaged {
			t.Errorf("%d: read %d times, %v", i, store.reads, err)
		}
	}
}
