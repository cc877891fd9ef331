package query_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portcullis/central/query/journal"
	"portcullis/protocol"
)

func TestTheLogHasThePseudonymAndNotTheNumber(t *testing.T) {
	w := newWorld(t)
	found := w.search(w.customs(), passport).Found[0]
	w.details(w.customs(), found.ID)
	w.search(w.as(protocol.Query, "visas"), passport)
	for i, e := range w.entries() {
		if e.Number != w.key.Pseudonym("UT12345") || e.Class != "P" || e.Issuer != "UTO" {
			t.Errorf("entry %d: %+v", i, e.Entry)
		}
	}
	files, _ := filepath.Glob(filepath.Join(w.dir, "*"))
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil || bytes.Contains(data, []byte("12345")) {
			t.Errorf("%s tells the number; %v", name, err)
		}
	}
}

// brokenLog is a log whose disk has failed.
type brokenLog struct{ *journal.Log }

func (brokenLog) Append(context.Context, journal.Entry) error { return errDisk }

// hangingLog is a log whose disk does not answer.
type hangingLog struct {
	*journal.Log
	until <-chan struct{}
}

func (l hangingLog) Append(context.Context, journal.Entry) error { <-l.until; return nil }

func TestNoAnswerGoesOutThatIsNotLogged(t *testing.T) {
	for name, change := range map[string]func(*world){
		"disk failed": func(w *world) { w.options.Log = brokenLog{w.log} },
		"disk hangs": func(w *world) {
			w.options.Log = hangingLog{w.log, t.Context().Done()}
			w.options.Deadline = 10 * time.Millisecond
		},
		"log closed": func(w *world) { w.log.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, change)
			for _, q := range []protocol.SearchRequest{passport, clean} {
				if reply := w.search(w.customs(), q); reply.Code != protocol.UnexpectedError || len(reply.Found) > 0 {
					t.Errorf("%+v", reply)
				}
			}
		})
	}
}

func TestAFullDiskOfTheLogGivesUnexpectedError(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("mount a small disk: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	w := newWorld(t, func(w *world) {
		l, err := journal.Open(dir, w.key, journal.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		w.dir, w.options.Log = dir, l
	})
	if reply := w.search(w.customs(), clean); reply.Code != protocol.NoAnswer {
		t.Fatalf("%+v", reply)
	}
	filler := filepath.Join(dir, "filler")
	os.WriteFile(filler, make([]byte, 2<<20), 0o600) // as far as it goes
	answered, reply := 0, protocol.SearchReply{Code: protocol.NoAnswer}
	for ; reply.Code == protocol.NoAnswer; answered++ { // to the end of the page
		reply = w.search(w.customs(), clean)
	}
	if reply.Code != protocol.UnexpectedError || !strings.Contains(reply.Text, "could not be logged") {
		t.Errorf("%+v", reply)
	}
	os.Remove(filler)
	if reply := w.search(w.customs(), clean); reply.Code != protocol.NoAnswer {
		t.Errorf("once there is room: %+v", reply)
	}
	if n := len(w.entries()); n != answered+1 { // the first, the last, and all but the one refused
		t.Errorf("%d entries of %d answers", n, answered+1)
	}
}

func TestTwoCallersAskAtOnceAndEachIsLogged(t *testing.T) {
	w := newWorld(t)
	var all sync.WaitGroup
	for _, name := range []string{"gate-1", "gate-2"} {
		c := w.as(protocol.Device, name)
		all.Go(func() {
			for i := range 20 {
				q, want := passport, protocol.NoError
				if i%2 == 0 {
					q, want = clean, protocol.NoAnswer
				}
				if reply := w.search(c, q); reply.Code != want {
					t.Errorf("%s: %+v", name, reply)
				}
			}
		})
	}
	all.Wait()
	counts := map[string]int{}
	for _, e := range w.entries() {
		counts[fmt.Sprint(e.Caller, e.Code)]++
	}
	want := map[string]int{"portcullis://device/gate-10": 10, "portcullis://device/gate-11": 10, "portcullis://device/gate-20": 10, "portcullis://device/gate-21": 10}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Error(diff)
	}
}
