package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/sync"
	"portcullis/firmware/usb"
	"portcullis/protocol"
)

// A bringer brings lists up to date from folders that are laid out as a
// repository: of a stick, or of what a tool of the fleet has put there.
type bringer struct {
	feeds []*listFeed
	store sync.Store
}

// from brings one list up to date from another source than its own, or tells
// what that would fetch.
func (b bringer) from(ctx context.Context, f *listFeed, o sync.Origin, dry bool) (protocol.Install, error) {
	if dry {
		return planned(f, func() (sync.Plan, error) { return f.client.Plan(ctx, o) })
	}
	var bytes int64
	tell := o.Progress
	o.Progress = func(p sync.Progress) {
		if p.Done == p.Total {
			bytes += p.Total
		}
		if tell != nil {
			tell(p)
		}
	}
	i, err := outcomeOf(b.store, f.name, func() error { return f.client.From(ctx, o) })
	i.Bytes = bytes
	return i, err
}

// outcomeOf brings a list up to date, and tells what came of it. The error is
// that somebody ended the work.
func outcomeOf(store sync.Store, list string, do func() error) (protocol.Install, error) {
	began := time.Now().UTC()
	from := store.Position(list)
	i, err := installed(list, do())
	i.From, i.To = from.Sequence, store.Position(list).Sequence
	i.Began, i.Ended, i.Progress = began, time.Now().UTC(), 1
	return i, err
}

func planned(f *listFeed, plan func() (sync.Plan, error)) (protocol.Install, error) {
	p, err := plan()
	i, err := installed(f.name, err)
	i.From, i.To, i.Bytes = p.From, p.To, p.Way.Bytes()
	return i, err
}

// installed gives the outcome of an update its code.
func installed(list string, err error) (protocol.Install, error) {
	i := protocol.Install{List: list, Done: true, Code: string(sync.Current)}
	var wrong *sync.Error
	switch {
	case errors.As(err, &wrong):
		i.Code, i.Detail = string(wrong.Code), wrong.Err.Error()
	case err != nil:
		return protocol.Install{}, err
	}
	i.Text = sync.Code(i.Code).Text()
	return i, nil
}

// taken reports whether a list is as new as what was brought.
func taken(i protocol.Install) bool {
	code := sync.Code(i.Code)
	return code == sync.Current || code == sync.Expired || code == sync.Older
}

// all brings every list up to date that is in a folder which someone has at
// hand, or the one that is named.
func (b bringer) all(ctx context.Context, r applyRequest) ([]protocol.Install, error) {
	folder := r.Folder
	if inner, ok := usb.Repository(folder); ok {
		folder = inner
	}
	done := []protocol.Install{}
	for _, f := range b.feeds {
		if r.List != "" && r.List != f.name || !holds(folder, f.name) {
			continue
		}
		i, err := b.from(ctx, f, sync.Origin{Source: sync.Dir(folder), Local: true}, false)
		if err != nil {
			return done, err
		}
		done = append(done, i)
	}
	return done, nil
}

// holds reports whether a folder may hold a list.
func holds(folder, list string) bool {
	info, err := os.Lstat(filepath.Join(folder, list))
	return err == nil && info.IsDir()
}

// bringer returns what brings lists to a running appliance.
func (a *appliance) bringer() bringer { return bringer{feeds: a.feeds, store: a.lists} }

// working does something with the lists that needs memory, when nothing else
// does, and ends it when the lists are erased.
func working[T any](ctx context.Context, a *appliance, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := a.untilErased(ctx)
	defer cancel()
	var none T
	select {
	case a.turn <- struct{}{}:
		defer func() { <-a.turn }()
	case <-ctx.Done():
		return none, ctx.Err()
	}
	return do(ctx)
}

// Install implements api.Installer.
func (a *appliance) Install(ctx context.Context, list, folder string, dry bool, progress func(float64)) (protocol.Install, error) {
	return working(ctx, a, func(ctx context.Context) (protocol.Install, error) {
		for _, f := range a.feeds {
			switch {
			case f.name != list:
			case folder != "":
				// The other half is storing it.
				tell := func(p sync.Progress) { progress(float64(p.Done) / float64(p.Total) / 2) }
				return a.bringer().from(ctx, f, sync.Origin{Source: sync.Dir(folder), Progress: tell}, dry)
			default:
				return outcomeOf(a.lists, list, func() error { return f.client.Once(ctx) })
			}
		}
		return protocol.Install{Code: "no-source", Text: "The device does not hold this list."}, nil
	})
}

// apply brings lists from a folder, for a command or from a stick.
func (a *appliance) apply(ctx context.Context, r applyRequest) ([]protocol.Install, error) {
	return working(ctx, a, func(ctx context.Context) ([]protocol.Install, error) { return a.bringer().all(ctx, r) })
}

// stick uses the lists of a stick.
func (a *appliance) stick(ctx context.Context, folder string) error {
	done, err := a.apply(ctx, applyRequest{Folder: folder})
	for _, i := range done {
		a.log.Info("list brought by a stick", "list", i.List, "state", i.Code, "from", i.From, "to", i.To)
		if !taken(i) {
			err = errors.Join(err, fmt.Errorf("list %s: %s: %s", i.List, i.Code, i.Detail))
		}
	}
	return err
}
