package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

// repoFlags are those of all commands that work on a repository.
type repoFlags struct {
	root       string
	keys       []string
	passphrase passphraseFlag
	json       bool
}

func (f *repoFlags) add(cmd *cobra.Command, withKeys bool) {
	cmd.Flags().StringVar(&f.root, "root", "", "root.json that devices are provisioned with: without it, the first root of REPO is believed")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	if withKeys {
		cmd.Flags().StringArrayVar(&f.keys, "keys", nil, "folder of keys, or pkcs11:token=T;object=O?module-path=FILE&pin-source=FILE; may be given more than once")
		f.passphrase.add(cmd)
	}
}

func (f *repoFlags) open(dir string) (*roles.Repository, error) {
	var anchor []byte
	if f.root != "" {
		var err error
		if anchor, err = os.ReadFile(f.root); err != nil {
			return nil, fmt.Errorf("read root: %w", err)
		}
	}
	return roles.Open(roles.Dir(dir), anchor)
}

// with does work with a repository and the keys at hand.
func (f *repoFlags) with(dir string, work func(*roles.Repository, *keys.Ring) error) error {
	r, err := f.open(dir)
	if err != nil {
		return err
	}
	return f.withRing(func(ring *keys.Ring) error { return work(r, ring) })
}

func (f *repoFlags) withRing(work func(*keys.Ring) error) error {
	ring, err := keys.Open(f.passphrase.open, f.keys...)
	if err != nil {
		return err
	}
	defer ring.Close()
	return work(ring)
}

func newKeysStatus() *cobra.Command {
	var flags repoFlags
	cmd := &cobra.Command{
		Use:   "status REPO",
		Short: "Tell which keys speak for what, and what is to be signed anew",
		Long: `Tell of each role how many of which keys speak for it, the version of its
metadata, and until when that is valid. A role whose time is half over is to be
signed anew: keys refresh does so for what is signed online, keys rotate for the
root, and keys propose for targets, bulk and firmware.
` + exitCodes,
		Example: `  portcullis-central keys status lists
  portcullis-central keys status --json lists | jq '.roles[] | select(.half_over) | .role'`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			r, err := flags.open(args[0])
			if err != nil {
				return err
			}
			st, err := r.Status(time.Now())
			if err != nil {
				return err
			}
			if flags.json {
				return printJSON(cmd, st)
			}
			return printStatus(cmd, st)
		}),
	}
	flags.add(cmd, false)
	return cmd
}

func printStatus(cmd *cobra.Command, st roles.Status) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "role\tversion\tvalid until\tkeys\t")
	for _, r := range st.Roles {
		version, until := "-", "-"
		if r.Version > 0 {
			version, until = fmt.Sprint(r.Version), r.Expires.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d of %s\t%s\n", r.Role, version, until, r.Threshold, shortIDs(r.Keys), remark(r))
	}
	if st.Unfinished {
		fmt.Fprintln(w, "A change of the root was cut short: keys refresh completes it.")
	}
	return w.Flush()
}

func remark(r roles.RoleStatus) string {
	switch {
	case r.Expired:
		return "EXPIRED: sign it anew"
	case r.HalfOver:
		return "half over: sign it anew"
	}
	return ""
}

func shortIDs(ids []string) string {
	var short []string
	for _, id := range ids {
		short = append(short, id[:16])
	}
	return strings.Join(short, " ")
}

func newKeysRefresh() *cobra.Command {
	var flags repoFlags
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "refresh REPO --keys DIR",
		Short: "Sign a new timestamp, so that devices know that they are up to date",
		Long: `Sign a new timestamp; and a new snapshot and list, where half of their time is
over and their keys are at hand. It completes what a crash left.

With --every it goes on until it is interrupted. What fails then is told on
standard error, and tried again the next time.
` + exitCodes,
		Example: `  portcullis-central keys refresh lists --keys keys/timestamp --keys keys/snapshot --keys keys/list-1
  portcullis-central keys refresh lists --keys keys/timestamp --every 15m`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return flags.with(args[0], func(r *roles.Repository, ring *keys.Ring) error {
				if every == 0 {
					return refresh(cmd, r, ring, flags.json)
				}
				return refreshEvery(cmd, r, ring, flags.json, every)
			})
		}),
	}
	flags.add(cmd, true)
	cmd.Flags().DurationVar(&every, "every", 0, "go on, and sign each time that this has passed")
	cmd.MarkFlagRequired("keys")
	return cmd
}

func refreshEvery(cmd *cobra.Command, r *roles.Repository, ring *keys.Ring, asJSON bool, every time.Duration) error {
	if every < 0 {
		return fmt.Errorf("refresh: --every %v is no time", every)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := refresh(cmd, r, ring, asJSON); err != nil {
			fmt.Fprintf(cmd.ErrOrStderr(), "portcullis-central: %v\n", err)
		}
		select {
		case <-tick.C:
		case <-cmd.Context().Done():
			return nil
		}
	}
}

func refresh(cmd *cobra.Command, r *roles.Repository, ring *keys.Ring, asJSON bool) error {
	if err := r.Refresh(time.Now(), ring); err != nil {
		return err
	}
	return printPublished(cmd, r, asJSON)
}

// printPublished tells of what devices now see.
func printPublished(cmd *cobra.Command, r *roles.Repository, asJSON bool) error {
	st, err := r.Status(time.Now())
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(cmd, st)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "signed a timestamp at %s\n", st.Published.Format(time.RFC3339))
	return err
}

func newKeysExport() *cobra.Command {
	var flags repoFlags
	cmd := &cobra.Command{
		Use:   "export --offline-key DIR REPO STICK",
		Short: "Sign a timestamp for a stick, and write the metadata there",
		Long: `Write to STICK all metadata of REPO, the target files that it names, and a
timestamp that is valid for sticks alone, for 35 days if not planned otherwise.
What the target files refer to, such as the files of lists, is copied by itself.
` + exitCodes,
		Example: "  portcullis-central keys export --offline-key keys/offline lists /media/stick",
		Args:    cobra.ExactArgs(2),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return flags.with(args[0], func(r *roles.Repository, ring *keys.Ring) error {
				if err := r.Offline(time.Now(), ring, roles.Dir(args[1])); err != nil {
					return err
				}
				stick, err := flags.open(args[1])
				if err != nil {
					return err
				}
				return printPublished(cmd, stick, flags.json)
			})
		}),
	}
	flags.add(cmd, false)
	flags.passphrase.add(cmd)
	cmd.Flags().StringArrayVar(&flags.keys, "offline-key", nil, "folder of the offline key, or its pkcs11: URI")
	cmd.MarkFlagRequired("offline-key")
	return cmd
}
