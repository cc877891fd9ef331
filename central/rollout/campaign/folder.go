package campaign

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portcullis/central/rollout"
	"portcullis/central/rollout/push"
	"portcullis/durable"
)

// A Setup is all that a program needs to work on a campaign.
type Setup struct {
	Plan       rollout.Plan `json:"plan"`
	Repository string       `json:"repository"` // folder
	Inventory  string       `json:"inventory,omitempty"`
	Central    string       `json:"central,omitempty"` // address of the service, instead of a file
	Select     string       `json:"select,omitempty"`
	Zone       string       `json:"zone,omitempty"` // of the plan's window
	Limit      int64        `json:"limit,omitempty"`
	// Paths of PEM files.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
	Authorities string `json:"authorities"`
}

const (
	setupFile   = "setup.json"
	journalFile = "journal.jsonl"
	orderFile   = "order"
	lockFile    = "lock"
)

// ErrBusy means that another program works on the campaign.
var ErrBusy = errors.New("another program works on this campaign")

// Create makes the folder of a new campaign.
func Create(dir string, s Setup, timestamp []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create campaign: %w", err)
	}
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("create campaign: %w", err)
	}
	// The setup comes last: with it, the campaign is whole.
	err = write(dir, push.TimestampFile, timestamp)
	if err == nil {
		err = write(dir, setupFile, data)
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("create campaign: %s holds one already: resume it, or take another folder", dir)
	}
	if err != nil {
		return fmt.Errorf("create campaign: %w", err)
	}
	return nil
}

// write makes a file of a folder that does not exist yet.
func write(dir, name string, data []byte) error {
	return durable.Create(filepath.Join(dir, name), data, 0o600)
}

// A Folder is a campaign's folder that this program works on.
type Folder struct {
	Setup     Setup
	Timestamp []byte // of the repository
	Campaign  *rollout.Campaign

	dir     string
	lock    *durable.Lock
	journal *os.File
}

// Open opens the folder of a campaign to work on it, and brings the campaign to
// where it was.
func Open(dir string) (*Folder, error) {
	f := &Folder{dir: dir}
	if err := f.open(); err != nil {
		f.Close()
		return nil, fmt.Errorf("open campaign %s: %w", dir, err)
	}
	return f, nil
}

func (f *Folder) open() (err error) {
	if f.Setup, err = readSetup(f.dir); err != nil {
		return err
	}
	if f.Timestamp, err = os.ReadFile(filepath.Join(f.dir, push.TimestampFile)); err != nil {
		return err
	}
	f.lock, err = durable.Hold(filepath.Join(f.dir, lockFile), 0o600)
	if errors.Is(err, durable.ErrHeld) {
		return ErrBusy
	}
	if err != nil {
		return err
	}
	// What was asked of another program, which is gone.
	if err := os.Remove(filepath.Join(f.dir, orderFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.openJournal()
}

func (f *Folder) openJournal() error {
	path := filepath.Join(f.dir, journalFile)
	c, whole, err := replay(f.Setup.Plan, path)
	if err != nil {
		return err
	}
	f.Campaign = c
	if f.journal, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	if err := f.journal.Truncate(whole); err != nil {
		return err
	}
	if _, err := f.journal.Seek(whole, 0); err != nil {
		return err
	}
	return errors.Join(f.journal.Sync(), durable.SyncFolder(f.dir))
}

// Read returns a campaign as its folder tells it, also while a program works on
// it.
func Read(dir string) (Setup, *rollout.Campaign, error) {
	s, err := readSetup(dir)
	if err != nil {
		return s, nil, fmt.Errorf("read campaign %s: %w", dir, err)
	}
	c, _, err := replay(s.Plan, filepath.Join(dir, journalFile))
	if err != nil {
		return s, nil, fmt.Errorf("read campaign %s: %w", dir, err)
	}
	return s, c, nil
}

func readSetup(dir string) (s Setup, err error) {
	data, err := os.ReadFile(filepath.Join(dir, setupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, errors.New("no campaign is there")
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err == nil {
		err = s.Plan.Check()
	}
	return s, err
}

// replay brings a campaign to where its journal ends, and returns how much of
// the journal is whole.
func replay(p rollout.Plan, path string) (*rollout.Campaign, int64, error) {
	c := rollout.New(p)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	for i, line := range bytes.Split(data[:whole], []byte("\n")) {
		if len(line) == 0 {
			continue
		}
		var t rollout.Transition
		if err := json.Unmarshal(line, &t); err != nil {
			return nil, 0, fmt.Errorf("line %d of the journal is damaged: %w", i+1, err)
		}
		c.Apply(t)
	}
	return c, int64(whole), nil
}

// Keep writes transitions to the journal. They are on the disk when it returns.
func (f *Folder) Keep(changes []rollout.Transition) error {
	if len(changes) == 0 {
		return nil
	}
	var lines bytes.Buffer
	for _, t := range changes {
		line, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		lines.Write(append(line, '\n'))
	}
	_, err := f.journal.Write(lines.Bytes())
	if err == nil {
		err = f.journal.Sync()
	}
	if err != nil {
		return fmt.Errorf("write journal: %w", err)
	}
	return nil
}

// Order returns what another program asks for, once.
func (f *Folder) Order() (rollout.Kind, bool) {
	path := filepath.Join(f.dir, orderFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return "", false
	}
	os.Remove(path)
	kind := rollout.Kind(strings.TrimSpace(string(data)))
	return kind, kind == rollout.Pause || kind == rollout.Abort
}

// Close lets others work on the campaign.
func (f *Folder) Close() error {
	var err error
	if f.journal != nil {
		err = f.journal.Close()
	}
	if f.lock != nil {
		err = errors.Join(err, f.lock.Close())
	}
	return err
}

// Order asks the program that works on a campaign to pause or abort it. When
// none does, it is done at once.
func Order(dir string, kind rollout.Kind) error {
	f, err := Open(dir)
	if errors.Is(err, ErrBusy) {
		return leave(dir, kind)
	}
	if err != nil {
		return err
	}
	defer f.Close()
	changes, _ := f.Campaign.Step(time.Now().UTC(), []rollout.Event{{Kind: kind}})
	return f.Keep(changes)
}

func leave(dir string, kind rollout.Kind) error {
	path := filepath.Join(dir, orderFile)
	if err := os.WriteFile(path+"~", []byte(kind), 0o600); err != nil {
		return fmt.Errorf("leave order: %w", err)
	}
	if err := os.Rename(path+"~", path); err != nil {
		return fmt.Errorf("leave order: %w", err)
	}
	return nil
}
