package cache

import (
	"errors"
	"fmt"
	"os"
)

// ErrErased means that the lists were erased on this device.
var ErrErased = errors.New("the lists of this device were erased")

// Erase ends every answer at once and deletes what is stored, for a device
// that is lost or given up. The caller has destroyed the key before, without
// which what a card keeps of deleted files cannot be read. Look-ups that are
// under way are finished; the store has to be closed all the same.
func (s *Store) Erase() error {
	s.end(ErrErased) // ends what is being applied
	gone := &view{err: ErrErased}
	var open []*generation
	for _, l := range s.lists {
		if v := l.view.Swap(gone); v.gen != nil { // no look-up is answered any more
			open = append(open, v.gen)
		}
	}
	s.apply.Lock()
	defer s.apply.Unlock()
	var errs []error
	for _, g := range open {
		errs = append(errs, g.close())
	}
	errs = append(errs, s.closeAs(gone), os.RemoveAll(s.dir))
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("cache: erase: %w", err)
	}
	return nil
}
