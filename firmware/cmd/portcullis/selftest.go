package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"portcullis/board"
	"portcullis/cache"
	"portcullis/drivers/links"
	"portcullis/firmware"
	"portcullis/firmware/audit"
	"portcullis/firmware/control"
	"portcullis/mrz"
)

func selftestCommand() *cobra.Command {
	var path string
	var asJSON bool
	c := &cobra.Command{
		Use:   "selftest --config FILE",
		Short: "Say of every part of the appliance whether it works",
		Long: `Say of every part of the appliance whether it works, and if not, why: the data
folder, the keys, the lists (read back whole), the log, the board, the reader,
the clock. Nothing moves and no list changes. Of a running appliance the lists
and the log are tested; its reader and its board are its own.

Exit code 0: all works. 1: something does not. 2: wrong usage or configuration.`,
		Example: "  portcullis selftest --config /etc/portcullis/portcullis.toml --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if path == "" {
				return usage("--config is needed: try %s --help", c.CommandPath())
			}
			conf, err := loadConfig(path)
			if err != nil {
				return &exit{exitUsage, err}
			}
			return printSelftest(c.OutOrStdout(), selftest(c.Context(), conf), asJSON)
		},
	}
	c.Flags().StringVar(&path, "config", "", "the configuration `FILE`")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return c
}

// A probe is what a self-test found of one part.
type probe struct {
	Part   string `json:"part"`
	Works  bool   `json:"works"`
	Detail string `json:"detail"`
}

// selftest tests one part after another.
func selftest(ctx context.Context, c config) []probe {
	folder, ring := firmware.Folder(c.Data), c.Keys.ring(firmware.Folder(c.Data).Keys())
	var probes []probe
	add := func(part string, test func() (string, error)) {
		detail, err := test()
		if err != nil {
			detail = err.Error()
		}
		probes = append(probes, probe{Part: part, Works: err == nil, Detail: detail})
	}
	add("mrz", testMRZ)
	add("clock", testClock)
	add("data", func() (string, error) { return testData(c.Data) })
	for _, l := range c.Lists {
		add("key "+l.Name, func() (string, error) {
			key, err := ring.List(l.Name)
			return "key id " + key.ID(), err
		})
	}
	add("lists", func() (string, error) { return testLists(ctx, place{data: folder, lists: c.listNames(), keys: c.Keys}) })
	add("log", func() (string, error) { return testLog(folder) })
	if _, err := control.Ask[[]firmware.ListReport](ctx, folder.Socket(), askLists, struct{}{}); err == nil {
		inUse := func() (string, error) { return "in use by the running appliance: look at its page", nil }
		add("board", inUse)
		for _, r := range c.Readers {
			add("reader "+r.Name, inUse)
		}
		return probes
	}
	add("board", func() (string, error) { return testBoard(c) })
	for _, r := range c.Readers {
		add("reader "+r.Name, func() (string, error) { return testReader(ctx, c, r) })
	}
	return probes
}

// testMRZ parses the specimen of Doc 9303-4 Appendix A.
func testMRZ() (string, error) {
	r, err := mrz.Parse([]string{"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"})
	if err != nil || !r.Valid() {
		return "", errors.New("the specimen of Doc 9303 is not read as valid")
	}
	return "reads the specimen of Doc 9303", nil
}

func testClock() (string, error) {
	now := time.Now()
	if now.Year() < 2026 {
		return "", fmt.Errorf("the clock says %s, which is past: set it", now.Format(time.DateOnly))
	}
	return now.Format(time.RFC3339), nil
}

func testData(dir string) (string, error) {
	f, err := os.CreateTemp(dir, ".selftest-")
	if err != nil {
		return "", err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := f.Sync(); err != nil {
		return "", err
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return "", err
	}
	return fmt.Sprintf("can be written, %d MB free", int64(fs.Bavail)*int64(fs.Bsize)>>20), nil
}

func testLists(ctx context.Context, p place) (string, error) {
	reports, err := onLists(ctx, p, func(s *cache.Store) ([]firmware.VerifyReport, error) {
		return firmware.VerifyLists(ctx, s), nil
	}, askVerify, struct{}{})
	if err != nil {
		return "", err
	}
	var good, bad []string
	for _, r := range reports {
		switch {
		case r.Sound:
			good = append(good, fmt.Sprintf("%s: release %d, %d records, all as signed", r.Name, r.Release, r.Records))
		case r.Problem != "":
			bad = append(bad, r.Problem)
		default:
			bad = append(bad, fmt.Sprintf("list %s is not what was signed", r.Name))
		}
	}
	if len(bad) > 0 {
		return "", errors.New(strings.Join(bad, "; "))
	}
	return strings.Join(good, "; "), nil
}

func testLog(folder firmware.Folder) (string, error) {
	r, err := audit.Verify(folder.Audit())
	if errors.Is(err, audit.ErrNoLog) {
		return "there is none yet", nil
	}
	return fmt.Sprintf("whole, %d entries", r.Entries), err
}

// testBoard opens the board, which leaves every device at rest.
func testBoard(c config) (string, error) {
	lane, err := board.Open(c.Board, board.Options{})
	if err != nil {
		return "", err
	}
	said := append([]string{c.Board + ": all lines are there"}, lane.Warnings...)
	return strings.Join(said, "; "), lane.Halt()
}

// testReader finds a reader and opens its link.
func testReader(ctx context.Context, c config, r readerConfig) (string, error) {
	profile, err := r.load(c.Profiles)
	if err != nil {
		return "", err
	}
	node, err := links.Finder{}.Find(profile, r.Port)()
	if err != nil {
		return "", fmt.Errorf("%w: is the reader plugged in?", err)
	}
	link, err := links.Open(profile)(ctx, node, profile.Line)
	if err != nil {
		return "", err
	}
	return "opens: " + node, link.Close()
}

func printSelftest(w io.Writer, probes []probe, asJSON bool) error {
	works := true
	for _, p := range probes {
		works = works && p.Works
		if !asJSON {
			word := "works "
			if !p.Works {
				word = "FAILS "
			}
			fmt.Fprintf(w, "%s %-10s %s\n", word, p.Part, p.Detail)
		}
	}
	if asJSON {
		if err := printJSON(w, map[string]any{"works": works, "probes": probes}); err != nil {
			return err
		}
	}
	if !works {
		return &exit{code: exitFailed}
	}
	return nil
}
