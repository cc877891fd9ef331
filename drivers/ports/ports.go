package ports

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// The kinds of link that a port can be opened with.
const (
	Serial = "serial"
	Evdev  = "evdev"
	HIDRaw = "hidraw"
)

// A Port is a device that could be a reader.
type Port struct {
	Link         string   // the kind of link
	Node         string   // such as /dev/ttyUSB0; another one each time it is plugged in
	USB          string   // vendor and product, such as "2b78:0005"; "" where it is no USB device
	Serial       string   // the serial number, "" where it has none
	Product      string   // the name that the device gives itself
	Manufacturer string   // likewise
	Driver       string   // of the kernel, such as "cdc_acm"
	ByID         []string // links to the node that are named for what the device says of itself
	ByPath       []string // and for where it is plugged in
}

// A class is a folder of /sys/class with ports.
type class struct {
	link, name string
	isPort     func(dir string) bool
	links      string // the folder in /dev with by-id and by-path; "" for none
}

var classes = []class{
	{Serial, "tty", isSerial, "serial"},
	{Evdev, "input", isKeyboard, "input"},
	{HIDRaw, "hidraw", hasDevice, ""},
}

// Scan returns the ports of the system below root, which is "/" but in tests,
// sorted by node. A device that goes while it is looked at is left out.
func Scan(root string) ([]Port, error) {
	root, err := filepath.Abs(root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return nil, fmt.Errorf("find ports: %w", err)
	}
	var found []Port
	for _, c := range classes {
		ports, err := c.scan(root)
		if err != nil {
			return nil, fmt.Errorf("find ports: %w", err)
		}
		found = append(found, ports...)
	}
	slices.SortFunc(found, func(a, b Port) int { return cmp.Compare(a.Node, b.Node) })
	return found, nil
}

// scan returns the ports of a class. A kernel may be without the class.
func (c class) scan(root string) ([]Port, error) {
	dir := filepath.Join(root, "sys/class", c.name)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	links := linksOf(root, c.links)
	var found []Port
	for _, e := range entries {
		at := filepath.Join(dir, e.Name())
		node := "/dev/" + cmp.Or(uevent(at)["DEVNAME"], e.Name())
		if !filepath.IsLocal(node[1:]) || !exists(filepath.Join(root, node)) || !c.isPort(at) {
			continue
		}
		p := Port{Link: c.link, Node: node, ByID: links["by-id"][node], ByPath: links["by-path"][node]}
		p.describe(root, at)
		found = append(found, p)
	}
	return found, nil
}

// linksOf returns the links of a folder in /dev, by the folder they stand in and the
// node they lead to.
func linksOf(root, folder string) map[string]map[string][]string {
	all := map[string]map[string][]string{"by-id": {}, "by-path": {}}
	for by, links := range all {
		dir := filepath.Join("/dev", folder, by)
		entries, _ := os.ReadDir(filepath.Join(root, dir)) // there is none while nothing is plugged in
		for _, e := range entries {
			to, err := os.Readlink(filepath.Join(root, dir, e.Name()))
			if err != nil {
				continue
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(dir, to)
			}
			links[to] = append(links[to], filepath.Join(dir, e.Name()))
		}
	}
	return all
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
