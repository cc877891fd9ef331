package roles

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"
)

// run tries the files as a device would, and then writes them. The last of them
// is timestamp.json.
func (c *commit) run() error {
	if c.next.root != nil {
		data, err := c.next.root.ToBytes(false)
		if err != nil {
			return err
		}
		root := write{fileName(Root, c.next.root.Signed.Version), data}
		// The root comes last if devices accept all else without it, too.
		at := len(c.writes)
		if !c.both || try(c.after(c.writes), c.anchor, c.now, false) != nil {
			at--
		}
		c.writes = slices.Insert(c.writes, at, root)
	}
	if err := try(c.after(c.writes), c.anchor, c.now, false); err != nil {
		return fmt.Errorf("%w: %w", ErrSelfTest, err)
	}
	for _, w := range c.writes {
		if err := writeTo(c.folder, w); err != nil {
			return fmt.Errorf("write %s: %w", w.name, err)
		}
	}
	return nil
}

// after is the folder as it will be.
func (c *commit) after(writes []write) Folder {
	o := overlay{c.folder, map[string][]byte{}}
	for _, w := range writes {
		o.files[w.name] = w.data
	}
	return o
}

func writeTo(f Folder, w write) error {
	if w.name == timestampFile {
		return f.Replace(w.name, w.data)
	}
	err := f.Create(w.name, w.data)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	// Target files are named for what they hold, and may be there.
	there, readErr := f.Get(w.name)
	if readErr == nil && bytes.Equal(there, w.data) {
		return nil
	}
	return errors.Join(err, readErr)
}

// try goes through the metadata in the order of a device that comes from the
// anchor, by the network or with a stick. Devices take nothing that had expired
// when its own timestamp was signed.
func try(f Folder, anchor []byte, now time.Time, local bool) error {
	if anchor == nil {
		var err error
		if anchor, err = f.Get(fileName(Root, 1)); err != nil {
			return err
		}
	}
	trusted, err := trustedmetadata.New(anchor)
	if err != nil {
		return err
	}
	trusted.RefTime = now
	for {
		data, err := f.Get(fileName(Root, trusted.Root.Signed.Version+1))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err == nil {
			_, err = trusted.UpdateRoot(data)
		}
		if err != nil {
			return err
		}
	}
	if !local {
		h, err := holders(Timestamp, trusted.Root, nil)
		if err != nil {
			return err
		}
		trusted.Root.Signed.Roles[Timestamp].KeyIDs = h.keyIDs
	}
	return tryBelowRoot(f, trusted)
}

func tryBelowRoot(f Folder, trusted *trustedmetadata.TrustedMetadata) error {
	data, err := f.Get(timestampFile)
	if err == nil {
		_, err = trusted.UpdateTimestamp(data)
	}
	if err != nil {
		return err
	}
	data, err = f.Get(fileName(Snapshot, trusted.Timestamp.Signed.Meta["snapshot.json"].Version))
	if err == nil {
		_, err = trusted.UpdateSnapshot(data, false)
	}
	if err != nil {
		return err
	}
	if err := tryTargets(f, trusted, Targets, Root); err != nil {
		return err
	}
	for name := range trusted.Snapshot.Signed.Meta {
		if role := strings.TrimSuffix(name, ".json"); role != Targets {
			if err := tryTargets(f, trusted, role, Targets); err != nil {
				return err
			}
		}
	}
	return nil
}

func tryTargets(f Folder, trusted *trustedmetadata.TrustedMetadata, role, delegator string) error {
	meta := trusted.Snapshot.Signed.Meta[role+".json"]
	if meta == nil {
		return fmt.Errorf("the snapshot does not name %s", role)
	}
	data, err := f.Get(fileName(role, meta.Version))
	if err == nil {
		_, err = trusted.UpdateDelegatedTargets(data, role, delegator)
	}
	return err
}
