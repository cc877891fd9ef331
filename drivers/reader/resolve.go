package reader

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// ErrAbsent says that the reader is nowhere now.
var ErrAbsent = errors.New("no such port")

// At finds a reader at a port, which may be given as a path, as a link such as
// those in /dev/serial/by-id, or as a pattern that one port matches.
func At(port string) func() (string, error) {
	return func() (string, error) { return resolve(port) }
}

// resolve returns the device node behind a port, which may be given as a path,
// as a link such as those in /dev/serial/by-id, or as a pattern. The node can
// be another one each time the reader is plugged in.
func resolve(port string) (string, error) {
	matches, err := filepath.Glob(port)
	if err != nil {
		return "", fmt.Errorf("find port %s: %w", port, err)
	}
	nodes, err := nodesOf(matches)
	if err != nil {
		return "", fmt.Errorf("find port %s: %w", port, err)
	}
	switch len(nodes) {
	case 0:
		return "", fmt.Errorf("find port %s: %w", port, ErrAbsent)
	case 1:
		return nodes[0], nil
	}
	return "", fmt.Errorf("find port %s: %d ports match, name one: %s", port, len(nodes), strings.Join(nodes, ", "))
}

// nodesOf follows links. Two links to one node are one node, and a link to
// nothing is none.
func nodesOf(paths []string) ([]string, error) {
	var nodes []string
	for _, p := range paths {
		node, err := filepath.EvalSymlinks(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, node)
	}
	slices.Sort(nodes)
	return slices.Compact(nodes), nil
}
