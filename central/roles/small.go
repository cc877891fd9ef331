package roles

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"portcullis/central/keys"
)

// Small begins the repository of a publisher whose keys all lie on one machine:
// in a folder of each role's name below dir, and of the role bulk in two, so that
// a second person can take one away. Everything else is signed by one key. It is
// for a start, for trials and for demonstrations: whoever has the machine has the
// publisher.
func Small(folder Folder, dir string, now time.Time) error {
	plan := Defaults()
	var places []string
	for name, role := range plan {
		role.Threshold = 1
		if name == Bulk {
			role.Threshold = 2
		}
		for n := range role.Threshold {
			place := filepath.Join(dir, name)
			if name == Bulk {
				place = fmt.Sprintf("%s-%d", place, n+1)
			}
			key, err := keys.Folder(place).NewRole(nil)
			if err != nil {
				return fmt.Errorf("begin repository: %w", err)
			}
			role.Keys = append(role.Keys, key)
			places = append(places, place)
		}
		plan[name] = role
	}
	ring, err := keys.Open(nil, places...)
	if err != nil {
		return fmt.Errorf("begin repository: %w", err)
	}
	_, err = Init(folder, plan, ring, now)
	return errors.Join(err, ring.Close())
}
