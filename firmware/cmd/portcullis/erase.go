package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"portcullis/cache"
	"portcullis/cache/keys"
	"portcullis/firmware"
	"portcullis/firmware/control"
	"portcullis/firmware/identity"
)

// erasure is what was destroyed, and what was not.
type erasure struct {
	Erased  bool `json:"erased"`
	Running bool `json:"running"` // an appliance runs that has not confirmed
}

// eraseKeys destroys the keys of a data folder, and then what they open. The
// keys go first: without them the rest is worthless, whatever a card keeps of
// it. A running appliance is told, and would see it by itself.
func eraseKeys(ctx context.Context, data firmware.Folder, ring *keys.Ring) (erasure, error) {
	if err := errors.Join(ring.Erase(), identity.Forget(data.Keys())); err != nil {
		return erasure{}, err
	}
	_, err := control.Ask[struct{}](ctx, data.Socket(), askErase, struct{}{})
	if errors.Is(err, control.ErrNobody) {
		return erasure{Erased: true}, eraseFolders(data)
	}
	return erasure{Erased: true, Running: err != nil}, nil
}

// eraseFolders deletes the lists, what was fetched or brought of them, and the
// keys of pseudonyms.
func eraseFolders(data firmware.Folder) error {
	var errs []error
	for _, dir := range []string{data.Lists(), setAsideIn(data), data.Spool(), data.Inbox(), data.Subjects()} {
		errs = append(errs, os.RemoveAll(dir))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("delete what the keys have opened: %w", err)
	}
	return nil
}

// eraseByOrder is erase for an order, which has to be reported: the identity of
// the device outlives its keys until then. Nothing stops the erasing.
func (a *appliance) eraseByOrder() error {
	err := a.identity.Farewell()
	if err != nil { // most likely for want of room
		err = errors.Join(os.RemoveAll(a.folder.Spool()), os.RemoveAll(a.folder.Inbox()), a.identity.Farewell())
	}
	if err != nil {
		a.log.Error("an order to erase will not be reported after a restart", "error", err)
	}
	return a.erase()
}

// erase destroys the keys and the lists of a running appliance. It goes on, and
// refers everyone.
func (a *appliance) erase() error {
	err := a.keys.Erase()
	a.letGo() // nothing is fetched any more
	err = errors.Join(err, a.lists.erase(), eraseFolders(a.folder))
	a.keys.Wipe()
	if !a.identity.Leaving() {
		err = errors.Join(err, a.identity.Forget())
	}
	if err != nil {
		a.log.Error("erase", "error", err)
	} else {
		a.log.Warn("the keys and lists of this device were erased")
	}
	return err
}

// untilErased returns a context for what uses the lists: it ends when they are
// erased, which waits for nothing that takes long.
func (a *appliance) untilErased(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(a.erased, func() { cancel(cache.ErrErased) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// keysEvery is how often a running appliance looks whether its keys were
// erased by someone who could not tell it.
const keysEvery = 5 * time.Second

// watchKeys erases what is in memory once the keys are erased on the disk.
func (a *appliance) watchKeys(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(keysEvery):
		}
		if keys.IsErased(a.folder.Keys()) && !a.lists.isErased() {
			_ = a.erase() // which logs what goes wrong
		}
	}
}
