package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nodePeer is what the peers' script says of one package.
type nodePeer struct {
	Version string    `json:"version"`
	NS      []float64 `json:"ns"` // processor time of a parse, by round
}

// nodePeers measures the packages of the npm registry, which it installs when
// they are not there yet. An error says why they are skipped.
func nodePeers(ctx context.Context, o options) (map[string]nodePeer, error) {
	dir := filepath.Join(o.peers, "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); errors.Is(err, fs.ErrNotExist) {
		say("mrz: install the peers")
		if _, err := command(ctx, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
			return nil, fmt.Errorf("npm peers skipped: %w", err)
		}
	}
	out, err := command(ctx, dir, "node", "bench.mjs", strconv.Itoa(mrzRounds), specimen[0], specimen[1])
	if err != nil {
		return nil, fmt.Errorf("npm peers skipped: %w", err)
	}
	var peers map[string]nodePeer
	if err := json.Unmarshal(out, &peers); err != nil {
		return nil, fmt.Errorf("npm peers skipped: %w", err)
	}
	return peers, nil
}

// patience is how long a peer may take to be installed or built, or to answer
// when it is not measured.
const patience = 3 * time.Minute

// command runs a program in a folder and returns what it prints. An error ends
// with the program's own words.
func command(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	var complaints bytes.Buffer
	c.Dir, c.Stderr = dir, &complaints
	out, err := c.Output()
	if err == nil {
		return out, nil
	}
	if why := lastLine(complaints.String()); why != "" {
		return nil, fmt.Errorf("%s: %w: %s", name, err, why)
	}
	return nil, fmt.Errorf("%s: %w", name, err)
}

// lastLine returns the last line that says something: npm ends with where its
// log is.
func lastLine(text string) (last string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.Contains(line, "A complete log of this run") {
			last = line
		}
	}
	return last
}
