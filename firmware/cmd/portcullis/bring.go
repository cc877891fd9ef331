package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"portcullis/cache/keys"
	"portcullis/cache/sync"
	"portcullis/firmware/usb"
	"portcullis/protocol"
)

// A bringer brings lists up to date from folders that are laid out as a
// repository: of a stick, or of what a tool of the fleet has put there.
type bringer struct {
	lists []listConfig
	store sync.Store
	keys  *keys.Ring
	spool string
}

// from brings one list up to date from a folder.
func (b bringer) from(ctx context.Context, l listConfig, folder string, progress func(float64)) (protocol.Install, error) {
	trust, err := l.trust()
	if err != nil {
		return protocol.Install{}, fmt.Errorf("list %s: %w", l.Name, err)
	}
	keyID := ""
	if key, err := b.keys.List(l.Name); err == nil {
		keyID = key.ID()
	}
	var bytes int64
	client, err := sync.New(sync.Config{
		Trust: trust, Source: sync.Dir(folder, l.Name), Store: brought{b.store}, Spool: filepath.Join(b.spool, "brought"), KeyID: keyID,
		OnChange: func(s sync.Status) {
			if s.Progress.Total > 0 {
				bytes = s.Progress.Total
				progress(float64(s.Progress.Done) / float64(s.Progress.Total) / 2) // the other half is storing it
			}
		},
	})
	if err != nil {
		return protocol.Install{}, err
	}
	return outcomeOf(b.store, l.Name, func() error { return client.Once(ctx) }, &bytes)
}

// brought is a store that lists are brought to. That a folder has no newer
// release says nothing of what is published.
type brought struct{ sync.Store }

// Checked implements sync.Store.
func (brought) Checked(string, time.Time) error { return nil }

// outcomeOf brings a list up to date, and tells what came of it. The error is
// that somebody ended the work.
func outcomeOf(store sync.Store, list string, do func() error, bytes *int64) (protocol.Install, error) {
	began := time.Now().UTC()
	from := store.Position(list)
	err := do()
	i := protocol.Install{
		List: list, Done: true, Code: string(sync.Current), From: from.Sequence, To: store.Position(list).Sequence,
		Bytes: *bytes, Began: began, Ended: time.Now().UTC(), Progress: 1,
	}
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

// all brings every list up to date that is in a folder, or the one that is named.
func (b bringer) all(ctx context.Context, r applyRequest) ([]protocol.Install, error) {
	folder := r.Folder
	if inner, ok := usb.Repository(folder); ok {
		folder = inner
	}
	done := []protocol.Install{}
	for _, l := range b.lists {
		if r.List != "" && r.List != l.Name || !b.has(folder, l.Name) {
			continue
		}
		i, err := b.from(ctx, l, folder, func(float64) {})
		if err != nil {
			return done, err
		}
		done = append(done, i)
	}
	return done, nil
}

// has reports whether a folder may hold a list: in a folder of its name, or if it
// is the only one, in the folder itself.
func (b bringer) has(folder, list string) bool {
	info, err := os.Lstat(filepath.Join(folder, list))
	return err == nil && info.IsDir() || len(b.lists) == 1
}

// bringer returns what brings lists to a running appliance.
func (a *appliance) bringer() bringer {
	return bringer{lists: a.config.Lists, store: a.lists, keys: a.keys, spool: a.folder.Spool()}
}

// working does something with the lists that needs memory, when nothing else
// does, and ends it when the lists are erased.
func working[T any](ctx context.Context, a *appliance, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(a.erased, cancel)()
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
	if dry {
		return protocol.Install{Code: "not-supported", Text: "This version cannot say what it would fetch."}, nil
	}
	return working(ctx, a, func(ctx context.Context) (protocol.Install, error) {
		b := a.bringer()
		for _, l := range b.lists {
			if l.Name == list && folder != "" {
				return b.from(ctx, l, folder, progress)
			}
		}
		for _, f := range a.feeds {
			if f.name == list {
				return outcomeOf(a.lists, list, func() error { return f.client.Once(ctx) }, new(int64))
			}
		}
		return protocol.Install{Code: "no-source", Text: "The device is told of no source of this list."}, nil
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
		if i.Code != string(sync.Current) {
			err = errors.Join(err, fmt.Errorf("list %s: %s: %s", i.List, i.Code, i.Detail))
		}
	}
	return err
}
