package keys

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// The states of a device secret.
const (
	StateNone     = "none"     // it will be made when it is first needed
	StateReady    = "ready"    // it opens
	StateErased   = "erased"   // it was destroyed, and is not made by itself
	StateUnusable = "unusable" // it is there and cannot be opened
)

// A Status is what can be told of keys without telling a key. Names of
// identifiers are there, their values are not.
type Status struct {
	State    string       `json:"state"`
	Problem  string       `json:"problem,omitempty"` // why it is unusable
	Provider string       `json:"provider"`          // that seals it or would; empty when that cannot be read
	BoundTo  []string     `json:"bound_to"`          // what it takes to open it beside the disk
	Bits     int          `json:"bits,omitempty"`    // of what it is bound to, that a thief of the disk must guess; if it can be said
	Exposed  []string     `json:"exposed,omitempty"` // files that other users of the machine may read
	Lists    []ListStatus `json:"lists"`
}

// A ListStatus tells how the key of a list lies there.
type ListStatus struct {
	Name   string `json:"name"`
	Sealed bool   `json:"sealed"`
}

// KindOf returns the provider that device.key in a folder names; the error is
// fs.ErrNotExist when there is none.
func KindOf(dir string) (string, error) {
	e, err := NewRing(dir, nil).envelope()
	if errors.Is(err, errNone) {
		err = fs.ErrNotExist
	}
	if err != nil {
		return "", fmt.Errorf("read device key: %w", err)
	}
	return e.Provider, nil
}

// IsErased reports whether the keys in a folder were erased. It opens nothing,
// so that it may be asked often.
func IsErased(dir string) bool {
	e, err := NewRing(dir, nil).envelope()
	return err == nil && e.Erased
}

// Status looks at the keys, and tries to open the device secret. It changes
// nothing.
func (r *Ring) Status() (Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := Status{BoundTo: []string{}}
	e, err := r.envelope()
	if err == nil {
		s.Provider = e.Provider
		s.bind(e)
		err = r.open()
	}
	switch {
	case err == nil:
		s.State = StateReady
	case errors.Is(err, errNone):
		s.State, s.Provider = StateNone, r.provider.Kind()
	case errors.Is(err, ErrErased):
		s.State = StateErased
		if e.Params != nil {
			s.Problem = "a part of the key is not destroyed yet: erase again"
		}
	default:
		s.State, s.Problem = StateUnusable, err.Error()
	}
	s.Lists, err = r.lists()
	if err != nil {
		return Status{}, fmt.Errorf("look at keys: %w", err)
	}
	s.Exposed = r.exposed(s.Lists)
	return s, nil
}

// bind tells what an envelope is bound to.
func (s *Status) bind(e envelope) {
	if e.Erased {
		return
	}
	switch e.Provider {
	case KindPassphrase:
		s.BoundTo = []string{"passphrase"}
	case KindMachine:
		var p machineParams
		if parseParams(e.Params, &p) == nil {
			s.BoundTo, s.Bits = p.Kinds, p.bits()
		}
	case KindTPM:
		s.BoundTo = []string{"tpm"}
		var p tpmParams
		if parseParams(e.Params, &p) == nil {
			for _, pcr := range p.PCRs {
				s.BoundTo = append(s.BoundTo, fmt.Sprintf("pcr%d", pcr))
			}
		}
	}
}

// lists returns how the keys of lists lie in the folder.
func (r *Ring) lists() ([]ListStatus, error) {
	all := []ListStatus{}
	entries, err := os.ReadDir(r.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		name, isKey := strings.CutSuffix(e.Name(), suffix)
		if !isKey || !validName(name) || !e.Type().IsRegular() {
			continue
		}
		file, err := readFile(r.path(name))
		if err != nil {
			return nil, err
		}
		all = append(all, ListStatus{Name: name, Sealed: isSealed(file)})
		clear(file)
	}
	return all, nil
}

// exposed returns the files that more than their owner may read.
func (r *Ring) exposed(lists []ListStatus) (names []string) {
	all := []string{deviceName + suffix}
	for _, l := range lists {
		all = append(all, l.Name+suffix)
	}
	for _, name := range all {
		info, err := os.Stat(strings.TrimSuffix(r.path(name), suffix))
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			names = append(names, name)
		}
	}
	return names
}
