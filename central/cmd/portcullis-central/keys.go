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
sign, and the keys of lists.
` + exitCodes,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: init, add, list, status, refresh, rotate, propose, sign, publish or export")
		},
	}
	cmd.AddCommand(newKeysAdd(), newKeysList(), newKeysInit(), newKeysStatus(), newKeysRefresh(),
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

// addLists makes the keys of lists, and tells of them.
func addLists(cmd *cobra.Command, args []string, asJSON bool) error {
	dir, lists := args[0], args[1:]
	files := map[string]string{}
	for _, name := range lists {
		if _, err := keys.Folder(dir).NewList(name); err != nil {
			return err
		}
		files[name] = filepath.Join(dir, name+".key")
	}
	if asJSON {
		return printJSON(cmd, map[string]any{"lists": files})
	}
	for _, name := range lists {
		fmt.Fprintf(cmd.OutOrStdout(), "digests of list %s: give %s to the devices that hold it\n", name, files[name])
	}
	return nil
}
