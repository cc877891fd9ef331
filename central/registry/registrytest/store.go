// Package registrytest is the contract of registries: what every store must
// do, and how a registry behaves on any of them. It starts real servers of
// PostgreSQL, and kills real imports.
package registrytest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"

	"portcullis/central/registry"
)

// Open returns an empty store, which the test closes.
type Open func(t *testing.T) registry.Store

// Store tries what the tables of a store do.
func Store(t *testing.T, open Open) {
	for name, f := range map[string]func(*testing.T, registry.Store){
		"RowsComeBackInOrder":            rowsComeBackInOrder,
		"TablesAreApart":                 tablesAreApart,
		"AFailedUpdateLeavesNothing":     aFailedUpdateLeavesNothing,
		"AnUpdateSeesWhatItHasWritten":   anUpdateSeesWhatItHasWritten,
		"AViewKeepsItsState":             aViewKeepsItsState,
		"UpdatesComeOneBehindTheOther":   updatesComeOneBehindTheOther,
		"AnEndedContextEndsTheUpdate":    anEndedContextEndsTheUpdate,
		"ManyRowsFitIntoOneTransaction":  manyRowsFitIntoOneTransaction,
		"DeletingWhatIsNotThereIsNoFail": deletingWhatIsNotThereIsNoFail,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			defer s.Close()
			f(t, s)
		})
	}
}

func update(t *testing.T, s registry.Store, f func(registry.Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

// rows are rows of keys and values in turn.
func rows(texts ...string) (all []registry.Row) {
	for i := 0; i < len(texts); i += 2 {
		all = append(all, registry.Row{Key: []byte(texts[i]), Value: []byte(texts[i+1])})
	}
	return all
}

func scan(t *testing.T, s registry.Store, table registry.Table, behind, before []byte, limit int) (keys []string) {
	t.Helper()
	err := s.View(context.Background(), func(tx registry.Tx) error {
		rows, err := tx.Scan(table, behind, before, limit)
		for _, row := range rows {
			keys = append(keys, fmt.Sprintf("%x=%x", row.Key, row.Value))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func rowsComeBackInOrder(t *testing.T, s registry.Store) {
	update(t, s, func(tx registry.Tx) error {
		return tx.Put(registry.Live, rows("\xff", "\x03", "\x00", "", "\x01\x00", "\x02", "\x01", "\x01", "\x80", "\x09"))
	})
	for _, c := range []struct {
		behind, before []byte
		limit          int
		want           []string
	}{
		{nil, nil, 9, []string{"00=", "01=01", "0100=02", "80=09", "ff=03"}},
		{nil, nil, 2, []string{"00=", "01=01"}},
		{[]byte{1}, nil, 9, []string{"0100=02", "80=09", "ff=03"}},
		{[]byte{1}, []byte{0xff}, 9, []string{"0100=02", "80=09"}},
		{nil, []byte{1}, 9, []string{"00="}},
		{[]byte{0xff}, nil, 9, nil},
	} {
		if got := scan(t, s, registry.Live, c.behind, c.before, c.limit); !reflect.DeepEqual(got, c.want) {
			t.Errorf("behind %x, before %x: %v, want %v", c.behind, c.before, got, c.want)
		}
	}
	update(t, s, func(tx registry.Tx) error {
		got, err := tx.Get(registry.Live, [][]byte{{0x80}, {7}, {0}, {0x80}})
		if err == nil && (len(got) != 4 || string(got[0]) != "\x09" || got[1] != nil || got[2] == nil || string(got[3]) != "\x09") {
			t.Errorf("got %x", got)
		}
		return err
	})
}

func tablesAreApart(t *testing.T, s registry.Store) {
	update(t, s, func(tx registry.Tx) error {
		for table := range registry.Tables {
			if err := tx.Put(table, rows("k", string([]byte{byte(table)}))); err != nil {
				return err
			}
		}
		return tx.Delete(registry.Journal, [][]byte{[]byte("k")})
	})
	for table := range registry.Tables {
		want := []string{fmt.Sprintf("6b=%02x", byte(table))}
		if table == registry.Journal {
			want = nil
		}
		if got := scan(t, s, table, nil, nil, 9); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", table, got, want)
		}
	}
}

func aFailedUpdateLeavesNothing(t *testing.T, s registry.Store) {
	update(t, s, func(tx registry.Tx) error { return tx.Put(registry.Meta, rows("a", "1")) })
	wrong := errors.New("wrong")
	err := s.Update(context.Background(), func(tx registry.Tx) error {
		if err := tx.Put(registry.Meta, rows("a", "2", "b", "2")); err != nil {
			return err
		}
		return wrong
	})
	if !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	if got := scan(t, s, registry.Meta, nil, nil, 9); !reflect.DeepEqual(got, []string{"61=31"}) {
		t.Errorf("left %v", got)
	}
}

func anUpdateSeesWhatItHasWritten(t *testing.T, s registry.Store) {
	update(t, s, func(tx registry.Tx) error {
		if err := tx.Put(registry.Live, rows("a", "1", "b", "1")); err != nil {
			return err
		}
		if err := tx.Delete(registry.Live, [][]byte{[]byte("a")}); err != nil {
			return err
		}
		left, err := tx.Scan(registry.Live, nil, nil, 9)
		if err == nil && (len(left) != 1 || string(left[0].Key) != "b") {
			t.Errorf("scanned %d rows", len(left))
		}
		return err
	})
}

func aViewKeepsItsState(t *testing.T, s registry.Store) {
	put := func(value string) {
		update(t, s, func(tx registry.Tx) error {
			return tx.Put(registry.Meta, rows("a", value))
		})
	}
	put("1")
	err := s.View(context.Background(), func(tx registry.Tx) error {
		for range 2 {
			got, err := tx.Get(registry.Meta, [][]byte{[]byte("a")})
			if err != nil {
				return err
			}
			if string(got[0]) != "1" {
				t.Errorf("a view sees %q", got[0])
			}
			put("2")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func updatesComeOneBehindTheOther(t *testing.T, s registry.Store) {
	const writers, times = 4, 25
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range times {
				if err := s.Update(context.Background(), addOne); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := scan(t, s, registry.Meta, nil, nil, 9); !reflect.DeepEqual(got, []string{fmt.Sprintf("6e=%02x", writers*times)}) {
		t.Errorf("counted %v", got)
	}
}

func addOne(tx registry.Tx) error {
	got, err := tx.Get(registry.Meta, [][]byte{[]byte("n")})
	if err != nil {
		return err
	}
	n := byte(0)
	if got[0] != nil {
		n = got[0][0]
	}
	return tx.Put(registry.Meta, rows("n", string([]byte{n + 1})))
}

func anEndedContextEndsTheUpdate(t *testing.T, s registry.Store) {
	ctx, end := context.WithCancel(context.Background())
	end()
	if err := s.Update(ctx, addOne); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func manyRowsFitIntoOneTransaction(t *testing.T, s registry.Store) {
	const many = 4096
	some := make([]registry.Row, many)
	for i := range some {
		some[i] = registry.Row{Key: fmt.Appendf(nil, "%06d", i), Value: make([]byte, 300)}
	}
	update(t, s, func(tx registry.Tx) error {
		for _, table := range []registry.Table{registry.Live, registry.Hints, registry.Counts} {
			if err := tx.Put(table, some); err != nil {
				return err
			}
		}
		return tx.Put(registry.Journal, rows("j", string(make([]byte, 2<<20))))
	})
	if got := len(scan(t, s, registry.Counts, nil, nil, 2*many)); got != many {
		t.Errorf("%d rows, want %d", got, many)
	}
}

func deletingWhatIsNotThereIsNoFail(t *testing.T, s registry.Store) {
	update(t, s, func(tx registry.Tx) error { return tx.Delete(registry.Live, [][]byte{[]byte("a")}) })
	update(t, s, func(tx registry.Tx) error { return tx.Delete(registry.Live, nil) })
}
