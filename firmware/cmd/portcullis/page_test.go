package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portcullis/firmware/console"
)

// patience is how long a test waits for what must come. It is long, because a
// machine that builds and tests at the same time is slow.
const patience = 90 * time.Second

// A page is somebody who watches the officer's page.
type page struct {
	address string

	mu      sync.Mutex // guards what follows
	view    console.View
	seen    map[string]console.Passage // every passage that was ever shown, by its number
	changed chan struct{}              // closed at the next view
	err     error                      // why there will be none
}

// watchPage watches the page at an address until ctx is done.
func watchPage(ctx context.Context, address string) *page {
	p := &page{address: address, seen: map[string]console.Passage{}, changed: make(chan struct{})}
	go func() {
		err := p.follow(ctx)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.err = err
		close(p.changed)
	}()
	return p
}

// follow takes in one view after another. The first try may come before the
// appliance listens.
func (p *page) follow(ctx context.Context) error {
	for {
		err := p.stream(ctx)
		if ctx.Err() != nil || !isRefused(err) {
			return fmt.Errorf("the page ended: %w", err)
		}
		time.Sleep(10 * time.Millisecond) // another process has yet to listen
	}
}

func (p *page) stream(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.address+"events", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	events := bufio.NewScanner(response.Body)
	events.Buffer(nil, 1<<20)
	isView := false
	for events.Scan() {
		if name, ok := bytes.CutPrefix(events.Bytes(), []byte("event: ")); ok {
			isView = string(name) == "view"
		}
		if data, ok := bytes.CutPrefix(events.Bytes(), []byte("data: ")); ok && isView {
			var v console.View
			if err := json.Unmarshal(data, &v); err != nil {
				return err
			}
			p.take(v)
		}
	}
	return events.Err()
}

func (p *page) take(v console.View) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.view = v
	for _, shown := range v.Recent {
		p.seen[shown.ID] = shown
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// until waits for a view that is as wanted.
func (p *page) until(ctx context.Context, wanted func(console.View) bool) (console.View, error) {
	for {
		p.mu.Lock()
		view, changed, err := p.view, p.changed, p.err
		p.mu.Unlock()
		if wanted(view) {
			return view, nil
		}
		if err != nil {
			return view, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return view, ctx.Err()
		}
	}
}

// passages returns every passage that the page ever showed, as it showed it
// last.
func (p *page) passages() map[string]console.Passage {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[string]console.Passage{}
	for id, shown := range p.seen {
		all[id] = shown
	}
	return all
}

// await waits for what must be seen on the page.
func (p *page) await(t *testing.T, what string, wanted func(console.View) bool) console.View {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	v, err := p.until(ctx, wanted)
	if err != nil {
		t.Fatalf("the page never shows %s: %v; it shows\n%s", what, err, plain(v))
	}
	return v
}

// plain puts a view into words, a fact a line, for scripts and failures.
func plain(v console.View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "lane %s, traveller: %s\n", v.State, v.Traveller)
	fmt.Fprintf(&b, "reader %s %s\n", v.Reader.State, v.Reader.Detail)
	fmt.Fprintf(&b, "gate %s, lights %s, buzzer %s\n", v.Devices.Gate, v.Devices.Lights, v.Devices.Buzzer)
	for _, l := range v.Lists {
		fmt.Fprintf(&b, "list %s: %s, release %d, %d records %s\n", l.Title, l.State, l.Release, l.Records, l.Detail)
	}
	for _, f := range v.Faults {
		fmt.Fprintf(&b, "fault %s: %s %s\n", f.Code, f.Text, f.Do)
	}
	for _, p := range v.Recent {
		fmt.Fprintf(&b, "passage %s: %s %s: %s", p.ID, p.Verdict, p.Document, p.Headline)
		for _, r := range p.Reasons {
			fmt.Fprintf(&b, " [%s %s]", r.Code, r.Detail)
		}
		fmt.Fprintf(&b, " waiting %t %s\n", p.Waiting, p.Outcome)
	}
	return b.String()
}
