package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"portcullis/drivers/chardev"
	"portcullis/drivers/links"
	"portcullis/drivers/reader"
	"portcullis/drivers/tty"
	"portcullis/firmware"
	"portcullis/firmware/control"
)

// A choice is which readers a technician means: one by its profile, or those of a
// configuration.
type choice struct {
	profile, port, folder string
	config, name          string
}

func (ch *choice) flags(c *cobra.Command) {
	c.Flags().StringVar(&ch.profile, "profile", "", "the kind of reader: see portcullis reader profiles")
	c.Flags().StringVar(&ch.port, "port", "", "the `PATH` of its port, a link or a pattern; found by the profile if left out")
	profilesFlag(c, &ch.folder)
	c.Flags().StringVar(&ch.config, "config", "", "the configuration `FILE` that names the reader, instead of --profile")
	c.Flags().StringVar(&ch.name, "reader", "", "the `NAME` of one of several readers of the configuration")
}

// A chosen reader is one with its profile.
type chosen struct {
	readerConfig
	profile reader.Profile
}

// readers returns the readers that are meant. Those of a running appliance are its
// own.
func (ch choice) readers(ctx context.Context, command string) ([]chosen, error) {
	switch {
	case (ch.profile == "") == (ch.config == ""):
		return nil, usage("either --profile or --config is needed: try %s --help", command)
	case ch.config == "":
		return load([]readerConfig{{Name: ch.profile, Profile: ch.profile, Port: ch.port}}, ch.folder)
	}
	c, err := loadConfig(ch.config)
	if err != nil {
		return nil, &exit{exitUsage, err}
	}
	var meant []readerConfig
	for _, r := range c.Readers {
		if ch.name == "" || ch.name == r.Name {
			meant = append(meant, r)
		}
	}
	if len(meant) == 0 {
		return nil, usage("%s has no reader %q", ch.config, ch.name)
	}
	if _, err := control.Ask[[]firmware.ListReport](ctx, firmware.Folder(c.Data).Socket(), askLists, struct{}{}); err == nil {
		return nil, fmt.Errorf("reader %s is in use by the running appliance: look at its page, or stop it and try again", meant[0].Name)
	}
	return load(meant, c.Profiles)
}

func load(meant []readerConfig, folder string) (all []chosen, _ error) {
	for _, r := range meant {
		p, err := r.load(folder)
		if err != nil {
			return nil, usage("%w", err)
		}
		all = append(all, chosen{r, p})
	}
	return all, nil
}

// supervisor returns what reads the reader, and does not wait for one that another
// program has.
func (r chosen) supervisor(trace func(reader.Trace)) *reader.Supervisor {
	return reader.New(r.profile, reader.Options{
		Find: links.Finder{}.Find(r.profile, r.Port), Open: ours(links.Open(r.profile)), Trace: trace,
	})
}

// A takenError says that a reader cannot be had, and what to do about it.
type takenError struct{ text string }

// Error says both.
func (e *takenError) Error() string { return e.text }

// Permanent is always true: a technician is not to wait without knowing.
func (e *takenError) Permanent() bool { return true }

// ours opens links, and takes one that cannot be had for an end.
func ours(open reader.Opener) reader.Opener {
	return func(ctx context.Context, node string, line reader.Line) (reader.Link, error) {
		link, err := open(ctx, node, line)
		switch {
		case errors.Is(err, tty.ErrBusy) || errors.Is(err, chardev.ErrBusy):
			return nil, &takenError{node + " is in use by another program: if that is the appliance, look at its page, or stop it and try again"}
		case errors.Is(err, fs.ErrPermission):
			return nil, &takenError{node + " may not be opened by this user: put it into the group of the device, dialout or input (ls -l " + node + ")"}
		}
		return link, err
	}
}
