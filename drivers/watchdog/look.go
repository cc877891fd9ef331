package watchdog

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Sight is what can be seen of a watchdog without arming it.
type Sight struct {
	Status
	Timeout time.Duration // 0 when not known
	State   string        // "active" while it runs, "inactive", or "" when not known
}

// String describes the watchdog in one line.
func (s Sight) String() string {
	parts := []string{s.Identity}
	if s.Timeout > 0 {
		parts = append(parts, "timeout "+s.Timeout.String())
	}
	if s.State != "" {
		parts = append(parts, s.State)
	}
	parts = append(parts, s.Boot.String())
	if s.NoWayOut == Yes {
		parts = append(parts, "nowayout")
	}
	return strings.Join(parts, ", ")
}

// Look tells what can be seen of the watchdog at a path, and arms nothing. It
// says nothing of whether this user may open it.
func Look(path string) (Sight, error) {
	s, err := look("/", path)
	if err != nil {
		return Sight{}, fmt.Errorf("look at watchdog: %w", err)
	}
	return s, nil
}

// look finds the folder of a device in the /sys below root.
func look(root, path string) (Sight, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Sight{}, err
	}
	node := filepath.Join(root, path)
	if _, err := os.Stat(node); err != nil {
		return Sight{}, err
	}
	if node, err = filepath.EvalSymlinks(node); err != nil {
		return Sight{}, err
	}
	name := filepath.Base(node)
	if name == "watchdog" { // the old name of the first
		name = "watchdog0"
	}
	dir := filepath.Join(root, "sys/class/watchdog", name)
	identity, err := read(dir, "identity")
	if errors.Is(err, fs.ErrNotExist) {
		return Sight{}, fmt.Errorf("%s: the kernel tells nothing of it in /sys/class/watchdog", path)
	}
	if err != nil {
		return Sight{}, err
	}
	s := Sight{Status: Status{Identity: identity}}
	s.State, _ = read(dir, "state") // each file may be missing: an older kernel, another driver
	if t, err := number(dir, "timeout"); err == nil {
		s.Timeout = time.Duration(t) * time.Second
	}
	if bits, err := number(dir, "bootstatus"); err == nil {
		s.Boot.Bits = uint32(bits)
	} else {
		s.Boot.Err = err
	}
	if options, err := number(dir, "options"); err == nil {
		s.Boot.Options = uint32(options)
	}
	if n, err := number(dir, "nowayout"); err == nil {
		s.NoWayOut = []Answer{No, Yes}[min(n, 1)]
	}
	return s, nil
}

func read(dir, name string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, name))
	return strings.TrimSpace(string(text)), err
}

// number reads a file that holds one, as 15 or as 0x8180.
func number(dir, name string) (uint64, error) {
	text, err := read(dir, name)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(text, 0, 32)
}
