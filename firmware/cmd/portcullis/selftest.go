package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"portcullis/cache"
	"portcullis/drivers/links"
	"portcullis/firmware"
	"portcullis/firmware/audit"
	"portcullis/firmware/control"
	"portcullis/mrz"
)

// selftestOptions are what a technician asks of a self-test beyond looking.
type selftestOptions struct {
	exercise, pulseGate bool
	pace                time.Duration
	progress            io.Writer // told what is being shown, as no program sees a lamp
}

func selftestCommand() *cobra.Command {
	var path string
	var asJSON bool
	var o selftestOptions
	c := &cobra.Command{
		Use:   "selftest --config FILE",
		Short: "Say of every part of the appliance whether it works",
		Long: `Say of every part of the appliance whether it works, and if not, why: the data
folder, the keys, the lists (read back whole), the log, the clocks, the
watchdog (which is looked at, and not armed), the temperature, the board, each of
its lines, the gate with what each of its contacts says, the reader. Nothing moves
and no list changes. That an output works means that its line is there and was put
at rest: what hangs on it is for people to see.

With --exercise, lamps, buzzer and display go through all that they can show,
and what it is stands on standard error: no program sees a lamp. With
--pulse-gate, the gate lets one person through, once that was confirmed.

Of a running appliance the lists, the log and the machine are tested; its reader
and its board are its own.

With --json it prints {"works", "probes"}, and of each probe "part", "device",
"works", "detail" and "took_ms".

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
			if o.pulseGate && !confirmed(c.InOrStdin(), c.ErrOrStderr(), "The gate will let one person through. Type yes if nobody is in it: ") {
				return usage("--pulse-gate was not confirmed: nothing was tested, and the gate is locked")
			}
			o.progress = c.ErrOrStderr()
			return printSelftest(c.OutOrStdout(), selftest(c.Context(), conf, o), asJSON)
		},
	}
	c.Flags().StringVar(&path, "config", "", "the configuration `FILE`")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	c.Flags().BoolVar(&o.exercise, "exercise", false, "have lamps, buzzer and display show all that they can")
	c.Flags().BoolVar(&o.pulseGate, "pulse-gate", false, "have the gate let one person through, after a question")
	c.Flags().DurationVar(&o.pace, "pace", time.Second, "how long each thing is shown")
	return c
}

// confirmed asks a question, which nothing but yes answers.
func confirmed(in io.Reader, out io.Writer, question string) bool {
	fmt.Fprint(out, question)
	line, _ := bufio.NewReader(in).ReadString('\n') // what did not come is not yes
	return strings.TrimSpace(line) == "yes"
}

// A probe is what a self-test found of one part.
type probe struct {
	Part   string `json:"part"`
	Device string `json:"device"` // which one; "" for what is in the program itself
	Works  bool   `json:"works"`
	Detail string `json:"detail"`
	TookMS int64  `json:"took_ms"`
}

// A test tests one part, and says what it found in a few words.
type test struct {
	part, device string
	run          func(context.Context) (string, error)
}

// probe runs a test.
func (t test) probe(ctx context.Context) probe {
	began := time.Now()
	detail, err := t.run(ctx)
	if err != nil {
		detail = err.Error()
	}
	return probe{Part: t.part, Device: t.device, Works: err == nil, Detail: detail, TookMS: time.Since(began).Milliseconds()}
}

// selftest tests one part after another.
func selftest(ctx context.Context, c config, o selftestOptions) (probes []probe) {
	run := func(tests ...test) {
		for _, t := range tests {
			probes = append(probes, t.probe(ctx))
		}
	}
	run(softwareTests(c)...)
	run(machineTests("/", c)...)
	folder := firmware.Folder(c.Data)
	if _, err := control.Ask[[]firmware.ListReport](ctx, folder.Socket(), askLists, struct{}{}); err == nil {
		inUse := func(context.Context) (string, error) { return "in use by the running appliance: look at its page", nil }
		run(test{"board", c.Board, inUse})
		for _, r := range c.Readers {
			run(test{"reader " + r.Name, r.Port, inUse})
		}
		return probes
	}
	bench := &bench{config: c, options: o}
	defer bench.close()
	run(test{"board", c.Board, bench.open})
	run(bench.tests()...)
	for _, r := range c.Readers {
		run(test{"reader " + r.Name, r.Port, func(ctx context.Context) (string, error) { return testReader(ctx, c, r) }})
	}
	return probes
}

// softwareTests are of what any machine has.
func softwareTests(c config) []test {
	folder, ring := firmware.Folder(c.Data), c.Keys.ring(firmware.Folder(c.Data).Keys())
	tests := []test{
		{"mrz", "", func(context.Context) (string, error) { return testMRZ() }},
		{"clock", "", func(context.Context) (string, error) { return testClock() }},
		{"data", c.Data, func(context.Context) (string, error) { return testData(c.Data) }},
	}
	for _, l := range c.Lists {
		tests = append(tests, test{"key " + l.Name, "", func(context.Context) (string, error) {
			key, err := ring.List(l.Name)
			return "key id " + key.ID(), err
		}})
	}
	return append(tests,
		test{"lists", folder.Lists(), func(ctx context.Context) (string, error) {
			return testLists(ctx, place{data: folder, lists: c.listNames(), keys: c.Keys})
		}},
		test{"log", folder.Audit(), func(context.Context) (string, error) { return testLog(folder) }})
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
			fmt.Fprintf(w, "%s %-19s %s\n", word, p.Part, p.Detail)
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
