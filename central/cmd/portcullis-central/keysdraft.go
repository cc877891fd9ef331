package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/keys"
	"portcullis/central/roles"
)

const draftHelp = `

As many sign as it takes: those whose keys are at hand do so at once. If that is
enough, it is published; otherwise drafts stay in REPO, which others sign with
keys sign, in place or each a copy, and someone publishes with keys publish.
`

func newKeysRotate() *cobra.Command {
	var flags repoFlags
	var change roles.Rotation
	var add []string
	cmd := &cobra.Command{
		Use:   "rotate REPO --role ROLE [--add PUB] [--revoke KEYID] --keys DIR",
		Short: "Change the keys of a role, or sign the root anew",
		Long: `Change the keys of a role: root, targets, snapshot, timestamp, offline, list,
bulk or firmware. Without a change, --role root has the root signed anew.
` + strings.TrimSpace(draftHelp) + `

A new root is signed by the keys before and by those after. Give the old keys of
snapshot and timestamp, too, if they are there: devices then accept what is
published at every moment.
` + exitCodes,
		Example: `  portcullis-central keys rotate lists --role list --add new/0123456789abcdef.pub --revoke fedcba9876543210 --keys keys/targets-1
  portcullis-central keys rotate lists --role root --keys keys/root-1`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			for _, file := range add {
				key, err := readPublic(file)
				if err != nil {
					return err
				}
				change.Add = append(change.Add, key)
			}
			return flags.with(args[0], func(r *roles.Repository, ring *keys.Ring) error {
				drafts, err := rotation(r, change)
				if err != nil {
					return err
				}
				return flags.signAndPublish(cmd, r, ring, args[0], drafts)
			})
		}),
	}
	flags.add(cmd, true)
	cmd.Flags().StringVar(&change.Role, "role", "", "role whose keys change")
	cmd.Flags().StringArrayVar(&add, "add", nil, "file of a public key that the role gets")
	cmd.Flags().StringArrayVar(&change.Revoke, "revoke", nil, "ID of a key that the role loses, or its first 8 digits or more")
	cmd.Flags().IntVar(&change.Threshold, "threshold", 0, "how many keys it takes from now on; 0 leaves that")
	cmd.MarkFlagRequired("role")
	return cmd
}

func readPublic(file string) (keys.Public, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return keys.Public{}, fmt.Errorf("read public key: %w", err)
	}
	key, err := keys.ParsePublic(text)
	if err != nil {
		return keys.Public{}, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// rotation is the draft of a rotation; and of the role's own document, where
// people sign that, so that its new keys do.
func rotation(r *roles.Repository, change roles.Rotation) ([]roles.Draft, error) {
	draft, err := r.Rotate(time.Now(), change)
	if err != nil {
		return nil, err
	}
	drafts := []roles.Draft{draft}
	st, err := r.Status(time.Now())
	if err != nil {
		return nil, err
	}
	byPeople := slices.ContainsFunc(st.Roles, func(s roles.RoleStatus) bool {
		return s.Role == change.Role && s.Version > 0 && slices.Contains([]string{roles.Targets, roles.Bulk, roles.Firmware}, s.Role)
	})
	if byPeople {
		if draft, err = r.Propose(time.Now(), roles.Change{Role: change.Role}); err != nil {
			return nil, err
		}
		drafts = append(drafts, draft)
	}
	return drafts, nil
}

func newKeysPropose() *cobra.Command {
	var flags repoFlags
	var role string
	var put, drop []string
	cmd := &cobra.Command{
		Use:   "propose REPO --role ROLE [--put PATH=FILE] [--drop PATH] --keys DIR",
		Short: "Change what a role says, or have it sign the same anew",
		Long: `Change the targets of a role that people sign: bulk or firmware. Without a
change, it signs the same anew, which targets can do as well.` + draftHelp + exitCodes,
		Example: `  portcullis-central keys propose lists --role bulk --put sltd/approval.json=approval.json --keys keys/bulk-1
  portcullis-central keys propose lists --role targets --keys keys/targets-1`,
		Args: cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			change := roles.Change{Role: role, Put: map[string][]byte{}, Drop: drop}
			for _, pair := range put {
				path, file, _ := strings.Cut(pair, "=")
				data, err := os.ReadFile(file)
				if err != nil {
					return fmt.Errorf("read target: %w", err)
				}
				change.Put[path] = data
			}
			return flags.with(args[0], func(r *roles.Repository, ring *keys.Ring) error {
				draft, err := r.Propose(time.Now(), change)
				if err != nil {
					return err
				}
				return flags.signAndPublish(cmd, r, ring, args[0], []roles.Draft{draft})
			})
		}),
	}
	flags.add(cmd, true)
	cmd.Flags().StringVar(&role, "role", "", "role that speaks")
	cmd.Flags().StringArrayVar(&put, "put", nil, "target path, =, and the file that it holds from now on")
	cmd.Flags().StringArrayVar(&drop, "drop", nil, "target path that the role no longer names")
	cmd.MarkFlagRequired("role")
	return cmd
}

// signAndPublish signs new drafts with the keys at hand, and publishes them if
// that is enough. Otherwise they stay as files.
func (f *repoFlags) signAndPublish(cmd *cobra.Command, r *roles.Repository, ring *keys.Ring, dir string, drafts []roles.Draft) error {
	signed, err := r.Sign(ring, drafts...)
	if err != nil {
		return err
	}
	reviews, err := r.Review(signed...)
	if err != nil {
		return err
	}
	if reached(reviews) {
		if err := r.Publish(time.Now(), ring, signed...); err != nil {
			return err
		}
		return f.printReviews(cmd, reviews, nil)
	}
	var files []string
	for _, d := range signed {
		files = append(files, filepath.Join(dir, d.Name))
		if err := roles.Dir(dir).Replace(d.Name, d.Data); err != nil {
			return fmt.Errorf("write draft: %w", err)
		}
	}
	return f.printReviews(cmd, reviews, files)
}

func reached(reviews []roles.Review) bool {
	for _, v := range reviews {
		if slices.ContainsFunc(v.Quorums, func(q roles.Quorum) bool { return !q.Reached() }) {
			return false
		}
	}
	return true
}

// drafted is what a script reads of drafts.
type drafted struct {
	Published bool           `json:"published"`
	Files     []string       `json:"files"` // the drafts that wait for signatures
	Drafts    []roles.Review `json:"drafts"`
}

func (f *repoFlags) printReviews(cmd *cobra.Command, reviews []roles.Review, files []string) error {
	if f.json {
		return printJSON(cmd, drafted{Published: files == nil, Files: append([]string{}, files...), Drafts: reviews})
	}
	out := cmd.OutOrStdout()
	for _, v := range reviews {
		fmt.Fprintf(out, "%s: valid until %s\n", strings.TrimSuffix(v.Name, ".draft"), v.Expires.Format(time.RFC3339))
		for _, r := range v.Roles {
			fmt.Fprintf(out, "  %s: %d of %s\n", r.Role, r.Threshold, shortIDs(r.Keys))
			if len(r.Added)+len(r.Revoked) > 0 {
				fmt.Fprintf(out, "    added: %s; revoked: %s\n", shortIDs(r.Added), shortIDs(r.Revoked))
			}
		}
		for _, path := range slices.Sorted(maps.Keys(v.Targets)) {
			fmt.Fprintf(out, "  names %s: SHA-256 %s\n", path, v.Targets[path])
		}
		for _, q := range v.Quorums {
			fmt.Fprintf(out, "  %d of the %d signatures that %s demands; not signed: %s\n", len(q.Signed), q.Need, q.By, shortIDs(q.Waiting))
		}
	}
	if files == nil {
		_, err := fmt.Fprintln(out, "published")
		return err
	}
	_, err := fmt.Fprintf(out, "not published: sign, then publish %s\n", strings.Join(files, " "))
	return err
}

func newKeysSign() *cobra.Command {
	var flags repoFlags
	cmd := &cobra.Command{
		Use:   "sign REPO DRAFT... --keys DIR",
		Short: "Sign drafts, after telling what they say",
		Long: `Sign DRAFTs with all keys at hand that count for them, in place. Drafts that are
to be published together are signed together. Without --keys it tells what they
say, and signs nothing.
` + exitCodes,
		Example: `  portcullis-central keys sign lists lists/2.root.json.draft
  portcullis-central keys sign lists lists/2.root.json.draft --keys keys/root-2`,
		Args: cobra.MinimumNArgs(2),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return flags.withDrafts(args, func(r *roles.Repository, ring *keys.Ring, drafts []roles.Draft) error {
				signed, err := r.Sign(ring, drafts...)
				if err != nil {
					return err
				}
				if err := replaceDrafts(args[1:], signed); err != nil {
					return err
				}
				reviews, err := r.Review(signed...)
				if err != nil {
					return err
				}
				return flags.printReviews(cmd, reviews, args[1:])
			})
		}),
	}
	flags.add(cmd, true)
	return cmd
}

// replaceDrafts writes signed drafts over the files that they came from.
func replaceDrafts(files []string, signed []roles.Draft) error {
	for _, file := range files {
		for _, d := range signed {
			if d.Name != filepath.Base(file) {
				continue
			}
			if err := roles.Dir(filepath.Dir(file)).Replace(d.Name, d.Data); err != nil {
				return fmt.Errorf("write draft: %w", err)
			}
		}
	}
	return nil
}

func newKeysPublish() *cobra.Command {
	var flags repoFlags
	cmd := &cobra.Command{
		Use:   "publish REPO DRAFT... --keys DIR",
		Short: "Publish drafts that as many have signed as it takes",
		Long: `Make DRAFTs what devices see, all at once, and remove their files. Copies of one
draft that were signed in different places count together. The keys of snapshot
and timestamp are needed, and of list where its keys change.
` + exitCodes,
		Example: "  portcullis-central keys publish lists here/2.root.json.draft there/2.root.json.draft --keys keys/snapshot --keys keys/timestamp",
		Args:    cobra.MinimumNArgs(2),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return flags.withDrafts(args, func(r *roles.Repository, ring *keys.Ring, drafts []roles.Draft) error {
				if err := r.Publish(time.Now(), ring, drafts...); err != nil {
					return err
				}
				for _, file := range args[1:] {
					if err := os.Remove(file); err != nil {
						return fmt.Errorf("remove draft: %w", err)
					}
				}
				return printPublished(cmd, r, flags.json)
			})
		}),
	}
	flags.add(cmd, true)
	cmd.MarkFlagRequired("keys")
	return cmd
}

// withDrafts does work with the drafts in files, of a repository that may have
// yet to begin.
func (f *repoFlags) withDrafts(args []string, work func(*roles.Repository, *keys.Ring, []roles.Draft) error) error {
	var drafts []roles.Draft
	for _, file := range args[1:] {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read draft: %w", err)
		}
		drafts = append(drafts, roles.Draft{Name: filepath.Base(file), Data: data})
	}
	r := roles.Await(roles.Dir(args[0]))
	if f.root != "" {
		var err error
		if r, err = f.open(args[0]); err != nil {
			return err
		}
	}
	return f.withRing(func(ring *keys.Ring) error { return work(r, ring, drafts) })
}
