package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

// The names of what keys new makes beside keys.
const (
	beginningDir = "repository"
	rootFile     = "root.json"
)

// madeKeys is what a script reads of keys that were made.
type madeKeys struct {
	Root  string            `json:"root,omitempty"` // what devices are provisioned with
	Files map[string]string `json:"files"`          // of each list's key
	Lists map[string]string `json:"lists"`          // the ID of each list's key
}

func newKeysNew() *cobra.Command {
	var lists []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Make all keys of a small publisher, and the keys of the first lists",
		Long: `Make in DIR a key for each role of a publisher, and a key for each list.

  root.json   goes to every device: it says whose word counts
  LIST.key    goes to every device that holds the list, and nowhere else
  root/, targets/, firmware/   change who speaks for what, and sign firmware:
              move them to where no network reaches
  bulk-1/, bulk-2/             approve great changes: give them to two people
  list/, snapshot/, timestamp/, offline/   sign releases, and when they were the
              newest: keep them here

One key speaks for each role but bulk. Where five people are to guard the root,
use keys init. No file is ever overwritten.
` + exitCodes,
		Example: `  portcullis-central keys new keys
  portcullis-central keys new keys --list sltd --list tdawn --json`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			made := madeKeys{Root: filepath.Join(args[0], rootFile), Files: map[string]string{}, Lists: map[string]string{}}
			if err := begin(args[0]); err != nil {
				return err
			}
			return made.addLists(cmd, keys.Folder(args[0]), lists, asJSON)
		}),
	}
	cmd.Flags().StringArrayVar(&lists, "list", []string{"sltd"}, "name of a list to make a key for; may be given more than once")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// begin makes the keys of all roles, and the metadata that publish begins a
// repository with.
func begin(dir string) error {
	if _, err := os.Lstat(filepath.Join(dir, rootFile)); err == nil {
		return fmt.Errorf("make keys: %s: %w", filepath.Join(dir, rootFile), fs.ErrExist)
	}
	beginning := roles.Dir(filepath.Join(dir, beginningDir))
	if err := roles.Small(beginning, dir, time.Now()); err != nil {
		return err
	}
	root, err := beginning.Get("1.root.json")
	if err != nil {
		return err
	}
	return roles.Dir(dir).Create(rootFile, root)
}
