package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// Exit codes that all commands share. A command that has more says so in its
// help.
const (
	exitOK     = 0
	exitFailed = 1 // it could not be done, or what was checked is not right
	exitUsage  = 2
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// An exit ends the program with a code. Its error may be nil: then the command
// has said on its own all that there is to say.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exit) Unwrap() error { return e.err }

// usage returns an error for what was typed wrongly.
func usage(format string, args ...any) error {
	return &exit{exitUsage, fmt.Errorf(format, args...)}
}

// execute runs the command that args name and returns the exit code.
func execute(ctx context.Context, args []string, std streams) int {
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	code := exitFailed
	var e *exit
	if errors.As(err, &e) {
		code = e.code
	}
	if err.Error() != "" {
		fmt.Fprintf(std.err, "portcullis: %v\n", err)
	}
	return code
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "portcullis",
		Short: "Read travel documents, look them up in the lists kept here, decide, and say why",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := c.Help(); err != nil {
				return err
			}
			return &exit{code: exitUsage}
		},
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w: try %s --help", err, c.CommandPath())
	})
	root.AddCommand(mrzCommand(), checkCommand(), listCommand(), runCommand(), demoCommand(),
		readerCommand(), gateCommand(), auditCommand(), keysCommand(), enrolCommand(), identityCommand(), selftestCommand(), versionCommand())
	wrapArgs(root)
	return root
}

// wrapArgs makes a wrong number of arguments, or an unknown subcommand, an
// error of usage, here and in all subcommands.
func wrapArgs(c *cobra.Command) {
	args := c.Args
	if args == nil {
		args = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, given []string) error {
		if err := args(c, given); err != nil {
			return usage("%w: try %s --help", err, c.CommandPath())
		}
		return nil
	}
	if c.RunE == nil { // a command that only groups others
		c.RunE = func(c *cobra.Command, _ []string) error {
			return usage("which one? try %s --help", c.CommandPath())
		}
	}
	for _, sub := range c.Commands() {
		wrapArgs(sub)
	}
}

// printJSON writes v as one line of JSON.
func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // a filler is "<", for whoever reads it
	return e.Encode(v)
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "version",
		Short:   "Print which build this is",
		Example: "  portcullis version --json",
		RunE: func(c *cobra.Command, _ []string) error {
			v := buildVersion()
			if asJSON {
				return printJSON(c.OutOrStdout(), v)
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "portcullis %s %s %s\n", v.Version, v.Revision, v.Go)
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// version is which build this is.
type version struct {
	Version  string `json:"version"`
	Revision string `json:"revision"` // of the source, "-dirty" when it was changed
	Go       string `json:"go"`
}

func buildVersion() version {
	v := version{Version: "devel", Revision: "unknown"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Go = info.GoVersion
	if info.Main.Version != "" && info.Main.Version != "(devel)" {
		v.Version = info.Main.Version
	}
	dirty := ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			v.Revision = s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	v.Revision += dirty
	return v
}

// buildTime is when the source of this build was committed: no clock is before.
func buildTime() time.Time {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return time.Time{}
	}
	for _, s := range info.Settings {
		if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil {
			return at
		}
	}
	return time.Time{}
}

// String names the build in one word.
func (v version) String() string { return v.Version + "+" + v.Revision }
