package main

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"portcullis/cache/feed"
	"portcullis/central/keys"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make the keys of a publisher",
		Long:  "Make the key that signs releases, and the keys of lists." + exitCodes,
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return errors.New("name a command: new or add") },
	}
	cmd.AddCommand(newKeysNew(), newKeysAdd())
	return cmd
}

// madeKeys is what a script reads of keys that were made.
type madeKeys struct {
	KeyID     string            `json:"key_id,omitempty"`
	PublicKey string            `json:"public_key,omitempty"`
	Files     map[string]string `json:"files"`
	Lists     map[string]string `json:"lists"` // the ID of each list's key
}

func newKeysNew() *cobra.Command {
	var lists []string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "Make a signing key, and the keys of the first lists",
		Long: `Make in DIR a key that signs releases, and a key for each list.

  release.key  signs releases: keep it here, and a copy where no network reaches
  release.pub  goes to every device
  LIST.key     goes to every device that holds the list, and nowhere else

No file is ever overwritten.
` + exitCodes,
		Example: `  portcullis-central keys new keys
  portcullis-central keys new keys --list sltd --list tdawn --json`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			dir := keys.Folder(args[0])
			public, err := dir.NewSigner()
			if err != nil {
				return err
			}
			made := madeKeys{
				KeyID: feed.KeyID(public), PublicKey: feed.FormatKey(public), Lists: map[string]string{},
				Files: map[string]string{"signer": filepath.Join(args[0], keys.SignerFile), "public": filepath.Join(args[0], keys.PublicFile)},
			}
			return made.addLists(cmd, dir, lists, asJSON)
		}),
	}
	cmd.Flags().StringArrayVar(&lists, "list", []string{"sltd"}, "name of a list to make a key for; may be given more than once")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newKeysAdd() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "add DIR LIST...",
		Short:   "Make the keys of further lists",
		Long:    "Make in DIR a key for each list. No file is ever overwritten.\n" + exitCodes,
		Example: "  portcullis-central keys add keys tdawn",
		Args:    cobra.MinimumNArgs(2),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			made := madeKeys{Files: map[string]string{}, Lists: map[string]string{}}
			return made.addLists(cmd, keys.Folder(args[0]), args[1:], asJSON)
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// addLists makes the keys of lists, and tells of all that was made.
func (made madeKeys) addLists(cmd *cobra.Command, dir keys.Folder, lists []string, asJSON bool) error {
	for _, name := range lists {
		key, err := dir.NewList(name)
		if err != nil {
			return err
		}
		made.Lists[name] = key.ID()
		made.Files[name] = filepath.Join(string(dir), name+".key")
	}
	if asJSON {
		return printJSON(cmd, made)
	}
	if made.KeyID != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "signing key %s: keep %s, give devices %s\n", made.KeyID, made.Files["signer"], made.Files["public"])
	}
	for _, name := range lists {
		fmt.Fprintf(cmd.OutOrStdout(), "key %s of list %s: give %s to the devices that hold it\n", made.Lists[name], name, made.Files[name])
	}
	return nil
}
