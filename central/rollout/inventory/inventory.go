// Package inventory says which devices there are and where: from a file, or
// from the central service. It also picks some of them.
//
// A file is TOML when its name ends with .toml, and JSON Lines otherwise:
//
//	[[device]]
//	name = "gate-7"
//	address = "10.0.7.2:8443"
//	site = "zrh"
//	lane = "7"
//	tags = ["canary"]
//
//	{"name":"gate-7","address":"10.0.7.2:8443","site":"zrh","lane":"7","tags":["canary"]}
package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"portcullis/protocol"
)

// A Device is one of the inventory.
type Device struct {
	Name    string   `json:"name" toml:"name"`
	Address string   `json:"address" toml:"address"` // host:port of its own interface
	Site    string   `json:"site,omitempty" toml:"site"`
	Lane    string   `json:"lane,omitempty" toml:"lane"`
	Tags    []string `json:"tags,omitempty" toml:"tags"`

	// What the central service knows besides: when the device was last heard
	// of (zero in a file: nobody knows), and what it said. Never is set when it
	// was not heard of at all.
	Heard  time.Time        `json:"-" toml:"-"`
	Never  bool             `json:"-" toml:"-"`
	Status *protocol.Status `json:"-" toml:"-"`
}

// maxFile bounds an inventory, and an answer of the central service: some
// 100,000 devices and what they say.
const maxFile = 256 << 20

// Read returns the devices of a file, in the order of their names.
func Read(path string) ([]Device, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read inventory: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read inventory: %w", err)
	}
	parse := parseLines
	if strings.HasSuffix(path, ".toml") {
		parse = parseTOML
	}
	all, err := parse(data)
	if err == nil {
		err = check(all)
	}
	if err != nil {
		return nil, fmt.Errorf("read inventory %s: %w", path, err)
	}
	return all, nil
}

func parseTOML(data []byte) ([]Device, error) {
	var file struct {
		Device []Device `toml:"device"`
	}
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&file)
	if err != nil {
		return nil, err
	}
	if left := meta.Undecoded(); len(left) > 0 {
		return nil, fmt.Errorf("there is no setting %s", left[0])
	}
	return file.Device, nil
}

func parseLines(data []byte) (all []Device, err error) {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		var d Device
		if err := dec.Decode(&d); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		all = append(all, d)
	}
	return all, nil
}

// check sorts devices by name, and refuses what cannot be sent to.
func check(all []Device) error {
	slices.SortFunc(all, func(a, b Device) int { return strings.Compare(a.Name, b.Name) })
	if len(all) == 0 {
		return errors.New("it has no device")
	}
	for i, d := range all {
		if !protocol.ValidName(d.Name) {
			return fmt.Errorf("%q is no name of a device", d.Name)
		}
		if i > 0 && all[i-1].Name == d.Name {
			return fmt.Errorf("%s is there twice", d.Name)
		}
		if _, _, err := net.SplitHostPort(d.Address); err != nil {
			return fmt.Errorf("address of %s: %w", d.Name, err)
		}
	}
	return nil
}
