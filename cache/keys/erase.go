package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Erase destroys the device secret, and with it all that is sealed under it, and
// then the keys of the lists. It can be interrupted and called again at any
// time, and goes on where a part fails. From then on there is ErrErased, until
// Make is called.
//
// On flash memory the cells of what was overwritten may survive. What they are
// worth is the provider's affair: without the TPM's part, or the passphrase,
// nothing.
func (r *Ring) Erase() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wipe()
	unlock, err := lockFolder(r.dir)
	if err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	defer unlock()
	x := eraser{ring: r}
	var errs []error
	for _, step := range x.steps() {
		errs = append(errs, step())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("erase keys: %w", err)
	}
	return nil
}

// An eraser is one attempt at erasing.
type eraser struct {
	ring *Ring
	left envelope // what device.key is to say
}

// steps are in the order of what each is worth.
func (x *eraser) steps() []func() error {
	return []func() error{x.eraseProvider, x.eraseDevice, x.eraseLists}
}

// eraseProvider destroys the provider's part, which no copy of the disk has. It
// comes first because device.key says where that is.
func (x *eraser) eraseProvider() error {
	x.left = envelope{Provider: x.ring.provider.Kind(), Erased: true}
	e, err := x.ring.envelope()
	switch {
	case errors.Is(err, errNone), err == nil && e.Erased && e.Params == nil:
		return nil
	case err != nil: // the file is no loss, but what it named cannot be found
		return x.ring.provider.Erase(nil)
	case e.Provider != x.ring.provider.Kind():
		err = fmt.Errorf("%w: by %q, not %q", ErrOtherProvider, e.Provider, x.ring.provider.Kind())
	default:
		err = x.ring.provider.Erase(e.Params)
	}
	x.left.Provider = e.Provider
	if err != nil {
		x.left.Params = e.Params // to try again with
	}
	return err
}

// eraseDevice overwrites device.key with one that says that it was erased.
func (x *eraser) eraseDevice() error {
	path := x.ring.path(deviceName)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		file, err := composeFile(deviceHeader, x.left, 0)
		if err != nil {
			return err
		}
		return writeFile(path, file, os.Link)
	}
	if err != nil {
		return err
	}
	file, err := composeFile(deviceHeader, x.left, int(min(info.Size(), maxFile)))
	if err != nil {
		return err
	}
	if err := overwrite(path, file); err != nil {
		return err
	}
	return os.Truncate(path, int64(len(file))) // of what was never a key
}

// eraseLists destroys the keys of all lists, the kept secrets, and what was left
// unfinished.
func (x *eraser) eraseLists() error {
	entries, err := os.ReadDir(x.ring.dir)
	if err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		isKey := strings.HasSuffix(e.Name(), suffix) && e.Name() != deviceName+suffix || strings.HasSuffix(e.Name(), keptSuffix)
		if e.IsDir() || !isKey && !strings.HasPrefix(e.Name(), ".") {
			continue
		}
		errs = append(errs, shred(filepath.Join(x.ring.dir, e.Name())))
	}
	return errors.Join(errs...)
}
