package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"portcullis/central/registry/postgres"
)

// A registry in a folder is open in one process. While serve has it, the
// commands about it are done there, as if they were typed to it:
//
//	POST /run   {"args":["record","add",...],"in":"..."}
//	            {"out":"..."}, {"err":"..."}, ... and at last {"code":0}
//
// The socket is in the folder of the registry, and only its user can open it.
type (
	relayed struct {
		Args []string `json:"args"`
		In   string   `json:"in,omitempty"` // the number that stands on standard input
	}
	said struct {
		Out  string `json:"out,omitempty"`
		Err  string `json:"err,omitempty"`
		Code *int   `json:"code,omitempty"`
	}
)

const runPath = "/run"

// heldKey is under which the context of a relayed command has the list.
type heldKey struct{}

// overRegistry has commands about a registry done by the process that has it,
// if there is one.
func overRegistry(cmd *cobra.Command) *cobra.Command {
	for _, c := range cmd.Commands() {
		overRegistry(c)
	}
	own := cmd.RunE
	if cmd.Flags().Lookup("registry") == nil {
		return cmd
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		client, ok := dialRegistry(cmd)
		if !ok {
			return own(cmd, args)
		}
		defer client.CloseIdleConnections()
		return work(func(cmd *cobra.Command, args []string) error { return relay(cmd, args, client) })(cmd, args)
	}
	return cmd
}

// dialRegistry connects to the process that has the registry.
func dialRegistry(cmd *cobra.Command) (*http.Client, bool) {
	at := cmd.Flags().Lookup("registry").Value.String()
	if cmd.Context().Value(heldKey{}) != nil || postgres.Address(at) {
		return nil, false
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(at, commandSocket))
	}
	c, err := dial(cmd.Context())
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOTDIR) {
		return nil, false // nobody, or a socket that one who was killed has left
	}
	if err == nil {
		c.Close()
	}
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx) },
	}}, true
}

// relay has a command done elsewhere, and prints what it says.
func relay(cmd *cobra.Command, args []string, client *http.Client) error {
	asked, err := spell(cmd, args)
	if err != nil {
		return err
	}
	data, err := json.Marshal(asked)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(cmd.Context(), http.MethodPost, "http://service"+runPath, bytes.NewReader(data))
	if err != nil {
		return err
	}
	response, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("ask the process that has the registry: %w", err)
	}
	defer response.Body.Close()
	for lines := json.NewDecoder(response.Body); ; {
		var s said
		if err := lines.Decode(&s); err != nil {
			return fmt.Errorf("ask the process that has the registry: it stopped answering: %w", err)
		}
		if s.Code != nil {
			return endedAs(*s.Code)
		}
		io.WriteString(cmd.OutOrStdout(), s.Out)
		io.WriteString(cmd.ErrOrStderr(), s.Err)
	}
}

func endedAs(code int) error {
	if code == exitDone {
		return nil
	}
	return ended{code: code}
}

// spell writes a command as it would be typed to a process that is in another
// folder.
func spell(cmd *cobra.Command, args []string) (relayed, error) {
	var asked relayed
	var wrong error
	whole := func(path string) string {
		path, err := filepath.Abs(path)
		wrong = cmp.Or(wrong, err)
		return path
	}
	for c := cmd; c.HasParent(); c = c.Parent() {
		asked.Args = slices.Insert(asked.Args, 0, c.Name())
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if several, ok := f.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			if slices.Contains([]string{"registry", "keys", "report"}, f.Name) {
				value = whole(value)
			}
			asked.Args = append(asked.Args, "--"+f.Name+"="+value)
		}
	})
	if number := cmd.Flags().Lookup("number"); number != nil && number.Value.String() == "-" {
		typed, err := io.ReadAll(io.LimitReader(cmd.InOrStdin(), maxTyped))
		if err != nil {
			return asked, fmt.Errorf("read number: %w", err)
		}
		asked.In = string(typed)
	}
	for _, file := range args {
		asked.Args = append(asked.Args, whole(file))
	}
	return asked, wrong
}
