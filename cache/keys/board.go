package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// An identifier tells one board from another. Its value is never printed.
type identifier struct {
	kind  string
	value string
}

// A source is where one kind of identifier is read from.
type source struct {
	kind string
	bits int // what cannot be known without the board, at most
	// instead is set where the identifier is only looked for when none of the
	// kinds before it is there: it repeats them, or is worth little.
	instead bool
	find    func(root string) (path string) // of the file, "" when there is none
}

// sources are in order of what they are worth. Of a serial number of 64 bits
// makers vary 32 or fewer; UUIDs of firmware are often made of such numbers.
// A MAC address has 24 bits behind the maker's, and the network knows it.
var sources = []source{
	{kind: "devicetree-serial", bits: 32, find: at("sys/firmware/devicetree/base/serial-number")},
	{kind: "dmi-product-uuid", bits: 32, find: at("sys/class/dmi/id/product_uuid")},
	{kind: "dmi-board-serial", bits: 32, find: at("sys/class/dmi/id/board_serial")},
	{kind: "emmc-cid", bits: 32, find: findEMMC},
	{kind: "cpu-serial", bits: 32, instead: true, find: at("proc/cpuinfo")},
	{kind: "mac", bits: 24, instead: true, find: findMAC},
}

// covers reports whether a kind, as it stands in params, is of the source. That
// of a MAC address has the interface behind it: mac/eth0.
func (s source) covers(kind string) bool {
	return kind == s.kind || s.kind == "mac" && strings.HasPrefix(kind, "mac/")
}

func at(path string) func(string) string {
	return func(root string) string { return filepath.Join(root, path) }
}

// findEMMC finds the identity of memory that is soldered to the board. That of
// an SD card goes with the card, and is worth nothing against who takes it.
func findEMMC(root string) string {
	types, _ := filepath.Glob(filepath.Join(root, "sys/block/mmcblk*/device/type"))
	for _, path := range types {
		if text, _ := os.ReadFile(path); string(bytes.TrimSpace(text)) == "MMC" {
			return filepath.Join(filepath.Dir(path), "cid")
		}
	}
	return ""
}

// findMAC finds the first interface that is hardware and whose address is its
// own; those of containers are neither.
func findMAC(root string) string {
	devices, _ := filepath.Glob(filepath.Join(root, "sys/class/net/*/device"))
	for _, device := range devices {
		dir := filepath.Dir(device)
		if text, _ := os.ReadFile(filepath.Join(dir, "addr_assign_type")); string(bytes.TrimSpace(text)) == "0" {
			return filepath.Join(dir, "address")
		}
	}
	return ""
}

func (m Machine) base() string {
	if m.root == "" {
		return "/"
	}
	return m.root
}

// identifiers returns all that the board offers to this process.
func (m Machine) identifiers() (found []identifier) {
	for _, s := range sources {
		if s.instead && len(found) > 0 {
			continue
		}
		path := s.find(m.base())
		if path == "" {
			continue
		}
		kind := s.kind
		if kind == "mac" {
			kind += "/" + filepath.Base(filepath.Dir(path))
		}
		if id, err := m.identifier(kind); err == nil {
			found = append(found, id)
		}
	}
	return found
}

// identifier returns one that was there when the key was made.
func (m Machine) identifier(kind string) (identifier, error) {
	i := slices.IndexFunc(sources, func(s source) bool { return s.covers(kind) })
	if i < 0 {
		return identifier{}, fmt.Errorf("%w: it names an identifier that there is none of", ErrDamaged)
	}
	path := sources[i].find(m.base())
	if name, ok := strings.CutPrefix(kind, "mac/"); ok {
		path = filepath.Join(m.base(), "sys/class/net", filepath.Base(name), "address")
	}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrPermission) {
		return identifier{}, fmt.Errorf("read %s of this machine: %v: make the key as the user who is to open it", sources[i].kind, fs.ErrPermission)
	}
	value := valueOf(kind, text)
	if err != nil || isPlaceholder(value) {
		return identifier{}, fmt.Errorf("%w: this one has no %s", ErrOtherMachine, sources[i].kind)
	}
	return identifier{kind, value}, nil
}

var cpuSerial = regexp.MustCompile(`(?m)^Serial\s*:\s*([0-9a-fA-F]+)\s*$`)

func valueOf(kind string, text []byte) string {
	if kind == "cpu-serial" {
		found := cpuSerial.FindSubmatch(text)
		if found == nil {
			return ""
		}
		text = found[1]
	}
	return strings.ToLower(strings.Trim(string(text), "\x00 \t\r\n"))
}

// isPlaceholder reports whether a value is what makers leave who fill nothing
// in.
func isPlaceholder(value string) bool {
	filled := strings.Trim(value, "0f-:. ") // nothing but these is no number
	return len(filled) < 2 || slices.ContainsFunc([]string{
		"to be filled", "default string", "not specified", "none", "not applicable", "system serial", "base board serial", "123456789", "03000200-0400-0500",
	}, func(p string) bool { return strings.Contains(value, p) })
}
