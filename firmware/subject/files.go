package subject

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portcullis/durable"
)

// The folder holds one file a day, named by it: 2026-11-22.key. A file is made
// under another name and renamed when it is whole, so that a power cut leaves
// either no key or all of it.
const (
	suffix     = ".key"
	unfinished = ".new"
)

// A day is a day of UTC, as 2006-01-02: days compare as strings do.
type day string

func dayOf(t time.Time) day { return day(t.UTC().Format(time.DateOnly)) }

func (d day) before() day { return d.plus(-1) }

func (d day) plus(days int) day {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return dayOf(t.AddDate(0, 0, days))
}

// Open returns the keys that are kept in dir, which is made if it is not there.
// Keys whose time is over are destroyed at once.
func Open(dir string, now time.Time) (*Keys, error) {
	k := &Keys{dir: dir, keys: map[day][]byte{}}
	if err := k.load(now); err != nil {
		return nil, fmt.Errorf("open subject keys: %w", err)
	}
	return k, nil
}

func (k *Keys) load(now time.Time) error {
	if err := os.MkdirAll(k.dir, 0o700); err != nil {
		return err
	}
	if err := k.expire(now); err != nil {
		return err
	}
	today := dayOf(now)
	for _, d := range []day{today, today.before()} {
		key, err := os.ReadFile(k.path(d))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if len(key) != keySize {
			return fmt.Errorf("read key of %s: it has %d bytes, not %d; remove it to have a new one", d, len(key), keySize)
		}
		k.keys[d] = key
	}
	return nil
}

func (k *Keys) path(d day) string { return filepath.Join(k.dir, string(d)+suffix) }

// make makes the key of a day, and returns it when it is durable: a pseudonym
// that is in the log must still be known after a power cut.
func (k *Keys) make(d day) ([]byte, error) {
	key := newKey()
	f, err := os.OpenFile(k.path(d)+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	if err := os.Rename(f.Name(), k.path(d)); err != nil {
		return nil, err
	}
	return key, durable.SyncFolder(k.dir)
}

// expire destroys the keys of every day but today, yesterday, and tomorrow: a
// clock that is put back a little must not cost a key that is in use.
func (k *Keys) expire(now time.Time) error {
	today := dayOf(now)
	if k.expired == today {
		return nil
	}
	first, last := today.before(), today.plus(1)
	entries, err := os.ReadDir(k.dir)
	if err != nil {
		return err
	}
	destroyed := false
	for _, e := range entries {
		d, isKey := strings.CutSuffix(strings.TrimSuffix(e.Name(), unfinished), suffix)
		if !isKey || (first <= day(d) && day(d) <= last) {
			continue
		}
		if err := destroy(filepath.Join(k.dir, e.Name())); err != nil {
			return err
		}
		clear(k.keys[day(d)])
		delete(k.keys, day(d))
		destroyed = true
	}
	if destroyed {
		if err := durable.SyncFolder(k.dir); err != nil {
			return err
		}
	}
	k.expired = today
	return nil
}

// destroy writes over a key before it removes the file. Flash memory may keep
// the old cells all the same: whoever fears for them encrypts the medium.
func destroy(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(make([]byte, keySize))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}
