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

// nodePeer is what the peers' script says of one package: the processor time
// of a parse, by round, of the specimen and of the mixed set if it reads that.
type nodePeer struct {
	Version string    `json:"version"`
	NS      []float64 `json:"ns"`
	MixedNS []float64 `json:"mixed_ns"`
}

// peers measures the packages of the npm registry on the zones of the bench.
// An error says why some are left out.
func (b *mrzBench) peers(ctx context.Context, f *mrzFigures) error {
	f.Peers = map[string]mrzPeer{}
	f.RepairPeers = map[string]repairTable[repairPeer]{}
	parsers, err := b.parsePeers(ctx)
	if err != nil {
		return err
	}
	for name, p := range parsers {
		f.Peers[name] = b.beside(p)
	}
	repairers, err := b.repairPeers(ctx)
	if err == nil {
		f.RepairPeers = repairers
	}
	return err
}

func (b *mrzBench) parsePeers(ctx context.Context) (map[string]nodePeer, error) {
	one, many := filepath.Join(b.dir, "specimen.jsonl"), filepath.Join(b.dir, "mixed.jsonl")
	if err := errors.Join(writeZones(one, []zone{specimen}), writeZones(many, b.mixed)); err != nil {
		return nil, err
	}
	return node[map[string]nodePeer](ctx, b.o, "bench.mjs", strconv.Itoa(mrzRounds), one, many)
}

// beside returns the figures of a peer beside ours.
func (b *mrzBench) beside(p nodePeer) mrzPeer {
	f := mrzPeer{Version: p.Version}
	f.NS, f.Best = timing{ns: p.NS}.figures()
	f.Ratio, f.RatioBest = b.ofSpecimen.over(p.NS)
	if len(p.MixedNS) > 0 {
		f.MixedNS, f.MixedBest = timing{ns: p.MixedNS}.figures()
		f.MixedRatio, f.MixedRatioBest = b.ofMixed.over(p.MixedNS)
	}
	return f
}

// A peer that tries millions of repairs gets the first zones of each row, and
// so many seconds for all of them.
const (
	slowZones   = 60
	slowSeconds = 60
)

func (b *mrzBench) repairPeers(ctx context.Context) (map[string]repairTable[repairPeer], error) {
	say("mrz: let the peers repair, for up to %d seconds", slowSeconds)
	path := filepath.Join(b.dir, "zones.jsonl")
	zones := make([][]zone, len(b.rows))
	for i, r := range b.rows {
		zones[i] = r.zones
	}
	if err := writeZones(path, zones...); err != nil {
		return nil, err
	}
	return node[map[string]repairTable[repairPeer]](ctx, b.o, "repair.mjs", path, strconv.Itoa(slowZones), strconv.Itoa(slowSeconds))
}

// node runs a script of the peers, which it installs when they are not there
// yet. An error says why they are skipped.
func node[T any](ctx context.Context, o options, script string, args ...string) (said T, err error) {
	dir := filepath.Join(o.peers, "node")
	if _, err := os.Stat(filepath.Join(dir, "node_modules", ".package-lock.json")); errors.Is(err, fs.ErrNotExist) {
		say("mrz: install the peers")
		if _, err := command(ctx, dir, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"); err != nil {
			return said, fmt.Errorf("npm peers skipped: %w", err)
		}
	}
	out, err := command(ctx, dir, "node", append([]string{script}, args...)...)
	if err != nil {
		return said, fmt.Errorf("npm peers skipped: %w", err)
	}
	if err := json.Unmarshal(out, &said); err != nil {
		return said, fmt.Errorf("npm peers skipped: %w", err)
	}
	return said, nil
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
