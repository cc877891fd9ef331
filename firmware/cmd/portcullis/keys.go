package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"portcullis/cache/keys"
	"portcullis/firmware"
)

func keysCommand() *cobra.Command {
	c := &cobra.Command{Use: "keys", Short: "Look after the secrets that the lists are sealed with"}
	c.AddCommand(keysStatusCommand(), keysMakeCommand(), keysSealCommand(), keysEraseCommand())
	return c
}

// A keyTarget is the keys that a command looks at. Where they are and what
// opens them is said by the configuration or by flags.
type keyTarget struct {
	target
	given keysConfig
}

func (t *keyTarget) flags(c *cobra.Command) {
	t.target.flags(c)
	c.Flags().StringVar(&t.given.PassphraseFile, "passphrase-file", "", "read the passphrase from `FILE`, which may be /dev/stdin (default: the credential "+keys.Credential+" of systemd)")
	c.Flags().StringVar(&t.given.TPM, "tpm", "", "the TPM `DEVICE` (default /dev/tpmrm0, or else /dev/tpm0)")
}

// ring returns the data folder and its keys.
func (t *keyTarget) ring() (firmware.Folder, *keys.Ring, error) {
	p, err := t.resolve()
	if err != nil {
		return "", nil, err
	}
	k := t.given
	if t.config != "" {
		if k.Provider != "" || k.PassphraseFile != "" || k.TPM != "" || k.PCRs != nil {
			return "", nil, usage("with --config it is [keys] in that file that says what seals the keys")
		}
		k = p.keys
	}
	if err := k.check(string(p.data)); err != nil {
		return "", nil, usage("keys: %w", err)
	}
	return p.data, k.ring(p.data.Keys()), nil
}

// existing is ring for commands that make no folder.
func (t *keyTarget) existing() (firmware.Folder, *keys.Ring, error) {
	data, ring, err := t.ring()
	if err == nil {
		if _, err = os.Stat(string(data)); err != nil {
			err = fmt.Errorf("open data folder: %w: name another with --data", err)
		}
	}
	return data, ring, err
}

func keysStatusCommand() *cobra.Command {
	var at keyTarget
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say what the keys are sealed with, and whether they open",
		Long: `Say what the device key is sealed with, what that is bound to, whether it opens
here, and which keys of lists are there. No key and no identifier of the machine
is shown.

Exit code 0: the device key opens, or will be made when it is first needed.
1: it does not open, or was erased. 2: wrong usage or configuration.`,
		Example: "  portcullis keys status --config /etc/portcullis/portcullis.toml --json",
		RunE: func(c *cobra.Command, _ []string) error {
			_, ring, err := at.existing()
			if err != nil {
				return err
			}
			return printKeys(c.OutOrStdout(), ring, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func keysMakeCommand() *cobra.Command {
	var at keyTarget
	var asJSON bool
	c := &cobra.Command{
		Use:   "make",
		Short: "Make the device key, also after one was erased",
		Long: `Make the device key. An appliance that never had one makes it by itself, sealed
as its configuration says; after an erasure it does not, and waits for this.

  machine     sealed with identifiers of the board: no more than a hurdle for a
              thief of the disk, none for one of the device
  passphrase  sealed with a passphrase that is told at every start
  tpm         kept in the TPM, which can destroy it; with --pcrs only a machine
              that starts as it did today opens it

Exit code 0: it was made. 1: there is one, or it could not be made. 2: wrong
usage or configuration.`,
		Example: `  portcullis keys make --config /etc/portcullis/portcullis.toml
  portcullis keys make --data /var/lib/portcullis --provider tpm --pcrs 7
  portcullis keys make --provider passphrase --passphrase-file /dev/stdin`,
		RunE: func(c *cobra.Command, _ []string) error {
			_, ring, err := at.ring()
			if err != nil {
				return err
			}
			defer ring.Wipe()
			if err := ring.Make(); err != nil {
				return err
			}
			return printKeys(c.OutOrStdout(), ring, asJSON)
		},
	}
	at.flags(c)
	c.Flags().StringVar(&at.given.Provider, "provider", "", "what seals it: machine, passphrase or tpm (default machine)")
	c.Flags().IntSliceVar(&at.given.PCRs, "pcrs", nil, "bind it to these `PCRS` of the TPM, such as 0,7")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func keysSealCommand() *cobra.Command {
	var at keyTarget
	var asJSON bool
	c := &cobra.Command{
		Use:   "seal",
		Short: "Seal keys of lists that lie in the data folder plain",
		Long: `Seal keys of lists that were put into the data folder plain, as keys/LIST.key,
and overwrite what lay there. An appliance does so by itself when it first uses
them.

Exit code 0: none lies there plain now. 1: one does. 2: wrong usage or
configuration.`,
		Example: "  portcullis keys seal --data /var/lib/portcullis",
		RunE: func(c *cobra.Command, _ []string) error {
			_, ring, err := at.existing()
			if err != nil {
				return err
			}
			defer ring.Wipe()
			taken, err := ring.TakeIn()
			if err != nil {
				return err
			}
			return printTaken(c.OutOrStdout(), taken, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printTaken(w io.Writer, taken []string, asJSON bool) error {
	if asJSON {
		return printJSON(w, map[string][]string{"sealed": append([]string{}, taken...)})
	}
	if len(taken) == 0 {
		taken = []string{"no key lay there plain"}
	}
	_, err := fmt.Fprintf(w, "sealed: %s\n", strings.Join(taken, ", "))
	return err
}

func keysEraseCommand() *cobra.Command {
	var at keyTarget
	var sure, asJSON bool
	c := &cobra.Command{
		Use:   "erase --yes",
		Short: "Destroy all keys, and with them the lists",
		Long: `Destroy the device key, and with it everything that is sealed under it, and the
keys of all lists. Nothing brings them back. The lane refers everybody until
keys are made, keys of lists are put there, and the lists are loaded again.

It may be interrupted and repeated. On flash memory old cells may survive: with
a TPM or a passphrase they are worth nothing, without them no more than the
machine's identifiers.

Exit code 0: all is destroyed. 1: not all of it; repeat it. 2: wrong usage or
configuration.`,
		Example: "  portcullis keys erase --yes --config /etc/portcullis/portcullis.toml",
		RunE: func(c *cobra.Command, _ []string) error {
			if !sure {
				return usage("this destroys all keys and lists for ever: say --yes")
			}
			data, ring, err := at.existing()
			if err != nil {
				return err
			}
			report, err := eraseKeys(c.Context(), data, ring)
			if err != nil {
				return err
			}
			return printErased(c.OutOrStdout(), report, asJSON)
		},
	}
	at.flags(c)
	c.Flags().BoolVar(&sure, "yes", false, "that it is meant")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printErased(w io.Writer, r erasure, asJSON bool) error {
	if asJSON {
		return printJSON(w, r)
	}
	fmt.Fprintln(w, "erased: no key of this device opens anything now")
	if r.Running {
		fmt.Fprintln(w, "warning: a running appliance has not confirmed that it erased its memory: stop it, or take its power")
	}
	return nil
}
