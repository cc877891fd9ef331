package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"portcullis/central/keys"
)

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Make the keys of a publisher",
		Long: `Make the keys of a publisher and the metadata that says what each of them may
sign, and the keys of lists: all at once for a small publisher (new), or for one
whose keys lie in several places (init).
` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: new, init, add, list, status, refresh, rotate, propose, sign, publish or export")
		},
	}
	cmd.AddCommand(newKeysNew(), newKeysAdd(), newKeysList(), newKeysInit(), newKeysStatus(), newKeysRefresh(),
		newKeysRotate(), newKeysPropose(), newKeysSign(), newKeysPublish(), newKeysExport())
	return cmd
}

func newKeysAdd() *cobra.Command {
	var passphrase passphraseFlag
	var seal, asJSON bool
	cmd := &cobra.Command{
		Use:   "add FOLDER",
		Short: "Make a key for a role",
		Long: `Make in FOLDER a key, and print its public half, which keys init --key and keys
rotate --add take. A URI makes it in a token, which it never leaves:

  pkcs11:token=LABEL;object=LABEL?module-path=FILE&pin-source=FILE

No file and no object is ever overwritten.
` + exitCodes,
		Example: `  portcullis-central keys add --seal hq/root
  portcullis-central keys add 'pkcs11:token=hq;object=root?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=pin'`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return addRole(cmd, args[0], passphrase.sealing(seal), asJSON)
		}),
	}
	passphrase.add(cmd)
	cmd.Flags().BoolVar(&seal, "seal", false, "seal the private key with a passphrase")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// addRole makes one key, and prints its public half.
func addRole(cmd *cobra.Command, place string, seal keys.Passphrase, asJSON bool) error {
	var key keys.Public
	var err error
	if strings.HasPrefix(place, "pkcs11:") {
		key, err = keys.NewInToken(place)
	} else {
		key, err = keys.Folder(place).NewRole(seal)
	}
	if err != nil {
		return err
	}
	text, err := key.PEM()
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, map[string]string{"id": key.ID, "public_key": string(text)})
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "key %s\n%s", key.ID, text)
	return err
}

func newKeysList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list DIR NAME...",
		Short:   "Make the keys of the digests of lists",
		Long:    "Make in DIR a key for each list. No file is ever overwritten.\n" + exitCodes,
		Example: "  portcullis-central keys list keys/lists tdawn",
		Args:    cobra.MinimumNArgs(2),
		RunE:    work(func(cmd *cobra.Command, args []string) error { return addLists(cmd, args, asJSON) }),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func addLists(cmd *cobra.Command, args []string, asJSON bool) error {
	made := madeKeys{Files: map[string]string{}, Lists: map[string]string{}}
	return made.addLists(cmd, keys.Folder(args[0]), args[1:], asJSON)
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
	if made.Root != "" {
		fmt.Fprintf(cmd.OutOrStdout(), "give devices %s\n", made.Root)
	}
	for _, name := range lists {
		fmt.Fprintf(cmd.OutOrStdout(), "key %s of list %s: give %s to the devices that hold it\n", made.Lists[name], name, made.Files[name])
	}
	return nil
}
