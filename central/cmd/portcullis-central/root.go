package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
)

// The exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

const exitCodes = `
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`

// failed is an error of the work, other than one of how the command was typed.
type failed struct{ error }

func (f failed) Unwrap() error { return f.error }

// ended is work that came to an end of its own kind, with an exit code of its
// own. An error that is nil is nothing to be told.
type ended struct {
	code int
	error
}

// Error tells the error, if there is one.
func (e ended) Error() string {
	if e.error == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.error.Error()
}

func (e ended) Unwrap() error { return e.error }

// work runs a command's work and marks its error as such.
func work(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := f(cmd, args); err != nil {
			return failed{err}
		}
		return nil
	}
}

// execute runs the program and returns its exit code.
func execute(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var end ended
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &end):
		if end.error != nil {
			fmt.Fprintf(stderr, "portcullis-central: %v\n", end.error)
		}
		return end.code
	case errors.As(err, new(failed)):
		fmt.Fprintf(stderr, "portcullis-central: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(stderr, "portcullis-central: %v\nTry: %s --help\n", err, cmd.CommandPath())
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "portcullis-central",
		Short: "Make, publish and serve document lists",
		Long: `portcullis-central checks the records of document lists, signs and publishes
releases of them, and serves these to devices.
` + exitCodes,
		Example: `  portcullis-central keys init --to lists --keys keys --small sltd
  portcullis-central synthetic --count 100000 --seed 1 --specimens > records.jsonl
  portcullis-central publish --keys keys --to lists --list sltd records.jsonl
  portcullis-central serve --dir lists --listen 127.0.0.1:8440`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(*cobra.Command, []string) error { return errors.New("name a command") },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(newKeys(), overRegistry(newImport()), overRegistry(newRecord()), overRegistry(newRegistry()), newPublish(), newSynthetic(), newServe(), newQuery(), newAuthority(), newDevices(), newFleet(), newVersion())
	return root
}

// printJSON writes a value for a script to read.
func printJSON(cmd *cobra.Command, v any) error {
	enc := json.NewEncoder(cmd.OutOrStdout())
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
