package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/BurntSushi/toml"

	"portcullis/cache/feed"
	"portcullis/cache/sync"
	"portcullis/cache/trust"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
)

// A config is the configuration file of an appliance. It holds no secret:
// those lie in the data folder.
type config struct {
	Site   string `toml:"site"`   // where the appliance stands, for the page
	Lane   string `toml:"lane"`   // which lane it is; "1" when not given
	Data   string `toml:"data"`   // the data folder
	Board  string `toml:"board"`  // what the lane is wired to: sim, rpi4, or a board file
	Listen string `toml:"listen"` // where the pages are served
	Desk   string `toml:"desk"`   // where the traveller sees the officer: left, right or nothing
	Demo   bool   `toml:"demo"`   // the pages say that nothing is real, and specimens are accepted
	Memory int    `toml:"memory"` // MB that the program holds at most, without the lists, which are mapped; 160 when not given

	Readers  []readerConfig `toml:"reader"`
	Profiles string         `toml:"profiles"` // folder of reader profiles of one's own
	Lists    []listConfig   `toml:"list"`
	Policy   policyConfig   `toml:"policy"`
	Keys     keysConfig     `toml:"keys"`
	Fleet    fleetConfig    `toml:"fleet"`
	USB      usbConfig      `toml:"usb"`
	Watchdog watchdogConfig `toml:"watchdog"`
}

type readerConfig struct {
	Name    string `toml:"name"`    // which one of the lane's it is; its profile when not given
	Profile string `toml:"profile"` // see "portcullis reader profiles"
	Port    string `toml:"port"`    // a path, a link, or a pattern that one port matches; found by the profile when not given
}

type listConfig struct {
	Name   string   `toml:"name"`   // as its publisher names it
	Title  string   `toml:"title"`  // as an officer calls it; the name when not given
	Source string   `toml:"source"` // address or folder of the repository that it is published in; none: only what is brought
	Root   string   `toml:"root"`   // path of the publisher's root of trust, as 1.root.json of the repository
	Every  duration `toml:"every"`  // how often to look for a release; 1m when not given
}

// policyConfig has only what differs from the defaults, which are the
// strictest.
type policyConfig struct {
	AgeingAfter duration `toml:"ageing_after"`
	StaleAfter  duration `toml:"stale_after"`
	MultipleUse duration `toml:"multiple_use"`
	LiftLost    bool     `toml:"lift_lost"`
	Hold        duration `toml:"hold"`
	Passage     duration `toml:"passage"`
	Retries     int      `toml:"retries"`
}

// A duration is written as Go writes it: 90s, 15m, 48h.
type duration struct{ time.Duration }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil || parsed <= 0 {
		return fmt.Errorf("%q is no length of time: write it like 90s, 15m or 48h", text)
	}
	d.Duration = parsed
	return nil
}

// loadConfig reads and checks a configuration file. Paths in it are relative
// to the folder that it lies in.
func loadConfig(path string) (config, error) {
	c := config{Lane: "1", Listen: "127.0.0.1:8480"}
	meta, err := toml.DecodeFile(path, &c)
	if err != nil {
		var parse toml.ParseError
		if errors.As(err, &parse) {
			return config{}, fmt.Errorf("configuration %s, line %d (%s): %s", path, parse.Position.Line, parse.LastKey, parse.Message)
		}
		if strings.Contains(err.Error(), `"reader"`) {
			err = fmt.Errorf("%w: write [[reader]], of which a lane can have several", err)
		}
		return config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return config{}, fmt.Errorf("configuration %s: %s is no setting", path, unknown[0])
	}
	c.resolve(filepath.Dir(path))
	if err := c.check(); err != nil {
		return config{}, fmt.Errorf("configuration %s: %w", path, err)
	}
	return c, nil
}

// resolve makes the paths of c independent of where the program was started.
func (c *config) resolve(dir string) {
	abs := func(path *string) {
		if *path != "" && !filepath.IsAbs(*path) {
			*path = filepath.Join(dir, *path)
		}
	}
	abs(&c.Data)
	abs(&c.Profiles)
	for i := range c.Readers {
		r := &c.Readers[i]
		abs(&r.Port)
		r.Name = cmp.Or(r.Name, r.Profile)
	}
	abs(&c.Keys.PassphraseFile)
	abs(&c.Keys.TPM)
	abs(&c.Watchdog.Device)
	if strings.HasSuffix(c.Board, ".toml") {
		abs(&c.Board)
	}
	for i := range c.Lists {
		l := &c.Lists[i]
		if !strings.Contains(l.Source, "://") {
			abs(&l.Source)
		}
		abs(&l.Root)
		if l.Title == "" {
			l.Title = l.Name
		}
		if l.Every.Duration == 0 {
			l.Every.Duration = time.Minute
		}
	}
}

// minMemory is what the largest list needs, in MB.
const minMemory = 64

// check tells what is missing or wrong, by the name of the setting.
func (c config) check() error {
	switch {
	case c.Data == "":
		return errors.New("data is missing: name the folder that the appliance keeps its lists and its log in")
	case c.Memory != 0 && c.Memory < minMemory:
		return fmt.Errorf("memory = %d: the program needs at least %d MB", c.Memory, minMemory)
	case c.Board == "":
		return errors.New("board is missing: sim, rpi4, or the path of a board file")
	case len(c.Readers) == 0:
		return errors.New("there is no [[reader]]: without one no document can be read")
	case len(c.Lists) == 0:
		return errors.New("there is no [[list]]: without a list nothing can be cleared")
	}
	if err := c.inspectPolicy().Validate(); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if err := c.Keys.check(c.Data); err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := c.Fleet.check(); err != nil {
		return fmt.Errorf("fleet: %w", err)
	}
	if err := c.USB.check(); err != nil {
		return fmt.Errorf("usb: %w", err)
	}
	if err := c.Watchdog.check(); err != nil {
		return fmt.Errorf("watchdog: %w", err)
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := c.checkReaders(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, l := range c.Lists {
		if err := l.check(); err != nil {
			return err
		}
		if seen[l.Name] {
			return fmt.Errorf("list %s is there twice", l.Name)
		}
		seen[l.Name] = true
	}
	return nil
}

func (c config) checkReaders() error {
	seen := map[string]bool{}
	for _, r := range c.Readers {
		if r.Profile == "" {
			return errors.New("reader.profile is missing: which kind of reader is it; see portcullis reader profiles")
		}
		if seen[r.Name] {
			return fmt.Errorf("reader %s is there twice: give each a name", r.Name)
		}
		seen[r.Name] = true
	}
	return nil
}

func (l listConfig) check() error {
	if !feed.ValidListName(l.Name) {
		return fmt.Errorf("list.name %q: use lower-case letters, digits and hyphens", l.Name)
	}
	if l.Source != "" {
		if _, err := sync.NewSource(l.Source); err != nil {
			return fmt.Errorf("list %s: source: %w", l.Name, err)
		}
	}
	if l.Root == "" {
		return fmt.Errorf("list %s: root is missing: the path of its publisher's root of trust", l.Name)
	}
	if _, err := l.root(); err != nil {
		return fmt.Errorf("list %s: root: %w", l.Name, err)
	}
	return nil
}

// root returns the root of trust that the device was given for the list.
func (l listConfig) root() ([]byte, error) {
	data, err := os.ReadFile(l.Root)
	if err != nil {
		return nil, err
	}
	// A shelf that is not there has nothing: what else is wrong is the root.
	_, err = trust.Load(trust.Options{Root: data, Shelf: filepath.Join(l.Root, "none")})
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
		return nil, err
	}
	return data, nil
}

func (c config) listNames() []string {
	names := make([]string, len(c.Lists))
	for i, l := range c.Lists {
		names[i] = l.Name
	}
	return names
}

// titles returns what officers call the lists.
func (c config) titles() map[string]string {
	titles := map[string]string{}
	for _, l := range c.Lists {
		titles[l.Name] = l.Title
	}
	return titles
}

func (c config) inspectPolicy() inspect.Policy {
	return inspect.Policy{
		AgeingAfter:       c.Policy.AgeingAfter.Duration,
		StaleAfter:        c.Policy.StaleAfter.Duration,
		MultipleUseWindow: c.Policy.MultipleUse.Duration,
		LiftLost:          c.Policy.LiftLost,
		AcceptSpecimens:   c.Demo,
		RequiredLists:     c.listNames(),
	}
}

func (c config) stationPolicy() station.Policy {
	return station.Policy{Hold: c.Policy.Hold.Duration, PassageWindow: c.Policy.Passage.Duration, Retries: c.Policy.Retries}
}
