package main

import (
	"errors"
	"fmt"
	"io/fs"
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

// What keys init makes in the folder of keys beside the roles'.
const (
	rootFile   = "root.json" // what devices are given
	listFolder = "lists"     // of the keys of digests
)

// plannedRoles is how many keys each role of a new publisher has, in the order in
// which people think of them.
var plannedRoles = []struct {
	role    string
	keys    int
	offline bool
}{
	{roles.Root, 5, true}, {roles.Targets, 3, true}, {roles.Bulk, 2, true}, {roles.Firmware, 3, true}, {roles.Offline, 1, true},
	{roles.List, 2, false}, {roles.Snapshot, 1, false}, {roles.Timestamp, 1, false},
}

type initFlags struct {
	to, keys   string
	count      map[string]*int
	threshold  map[string]*int
	validity   map[string]*time.Duration
	given      []string
	small      bool
	seal       bool
	passphrase passphraseFlag
	chosen     map[string][]byte // the passphrases of new keys, which sign at once
	json       bool
}

// begun is what a script reads of a repository that was made.
type begun struct {
	Published bool              `json:"published"`
	Root      string            `json:"root"` // what devices are provisioned with
	Keys      []begunKey        `json:"keys"`
	Lists     map[string]string `json:"lists"`  // the file of each list's key
	Drafts    []string          `json:"drafts"` // what is to be signed elsewhere
}

type begunKey struct {
	Role   string `json:"role"`
	ID     string `json:"id"`
	Folder string `json:"folder,omitempty"` // none: its private half is elsewhere
}

func newKeysInit() *cobra.Command {
	f := initFlags{count: map[string]*int{}, threshold: map[string]*int{}, validity: map[string]*time.Duration{}, chosen: map[string][]byte{}}
	cmd := &cobra.Command{
		Use:   "init --to REPO --keys DIR [LIST...]",
		Short: "Make all keys of a publisher, and the repository that devices trust",
		Long: `Make in DIR a folder for each key, and in REPO the metadata that says which keys
speak for what; in DIR/root.json what every device is given, which is the first of
it; and in DIR/lists the key of each LIST's digests, which goes to the devices that
hold the list, and nowhere else.

  root-1..5      change who speaks for all else; offline, 3 of 5
  targets-1..3   change who speaks for lists and firmware; offline, 2 of 3
  bulk-1..2      approve great changes of a list; two people, both of them
  firmware-1..3  sign firmware; offline, 2 of 3
  offline        signs timestamps for sticks; offline
  list-1..2      sign releases of lists; online, 1 of 2
  snapshot, timestamp  say what is the newest; online

With --small one key speaks for each role, and two for bulk: for a start, and for
publishers of a few people. Others are added later: see keys rotate.

A key that was made elsewhere (keys add) is given with --key ROLE=PUB, and takes
the place of one that would be made. Where the keys at hand are too few to begin,
drafts of the first root and targets stay in REPO for others to sign: see keys
sign and keys publish; then REPO/1.root.json is what devices are given. No file is
ever overwritten.
` + exitCodes,
		Example: `  portcullis-central keys init --to lists --keys keys --small sltd
  portcullis-central keys init --to lists --keys keys sltd
  portcullis-central keys init --to lists --keys keys --root-keys 3 --root-threshold 2 --seal sltd tdawn
  portcullis-central keys init --to lists --keys keys --key root=hq/0123456789abcdef.pub sltd`,
		RunE: work(func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) }),
	}
	f.add(cmd)
	return cmd
}

func (f *initFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.to, "to", "", "folder of the repository")
	cmd.Flags().StringVar(&f.keys, "keys", "", "folder for the folders of keys")
	cmd.Flags().StringArrayVar(&f.given, "key", nil, "role, =, and the file of a public key that was made elsewhere")
	cmd.Flags().BoolVar(&f.small, "small", false, "one key for each role, and two for bulk, where no number is given")
	cmd.Flags().BoolVar(&f.seal, "seal", false, "seal private keys with a passphrase")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	f.passphrase.add(cmd)
	for _, p := range plannedRoles {
		role := roles.Defaults()[p.role]
		f.count[p.role] = cmd.Flags().Int(p.role+"-keys", p.keys, "keys of role "+p.role)
		f.validity[p.role] = cmd.Flags().Duration(p.role+"-validity", role.Validity, "how long what role "+p.role+" signs is valid")
		if p.role != roles.Offline && p.role != roles.Timestamp { // one key signs a timestamp
			f.threshold[p.role] = cmd.Flags().Int(p.role+"-threshold", role.Threshold, "how many keys of role "+p.role+" it takes")
		}
	}
	cmd.MarkFlagRequired("to")
	cmd.MarkFlagRequired("keys")
}

func (f *initFlags) run(cmd *cobra.Command, lists []string) error {
	if f.small {
		f.shrink(cmd)
	}
	// Before there are keys that nothing names.
	for _, name := range []string{"timestamp.json", "1.root.json", "1.root.json.draft"} {
		if _, err := os.Lstat(filepath.Join(f.to, name)); err == nil {
			return fmt.Errorf("init: %s has a repository, or the beginning of one: %s: %w", f.to, name, fs.ErrExist)
		}
	}
	made := map[string]string{}
	for _, name := range lists {
		if _, err := keys.Folder(filepath.Join(f.keys, listFolder)).NewList(name); err != nil {
			return err
		}
		made[name] = filepath.Join(f.keys, listFolder, name+".key")
	}
	plan, out, err := f.makeKeys()
	if err != nil {
		return err
	}
	out.Lists = made
	if err := f.begin(plan, &out); err != nil {
		return err
	}
	if f.json {
		return printJSON(cmd, out)
	}
	f.print(cmd, out)
	return nil
}

// shrink plans one key for each role, and two for bulk, but for what was typed.
func (f *initFlags) shrink(cmd *cobra.Command) {
	for _, p := range plannedRoles {
		n := 1
		if p.role == roles.Bulk {
			n = 2
		}
		if !cmd.Flags().Changed(p.role + "-keys") {
			*f.count[p.role] = n
		}
		if t := f.threshold[p.role]; t != nil && !cmd.Flags().Changed(p.role+"-threshold") {
			*t = n
		}
	}
}

// makeKeys makes the keys that were not given.
func (f *initFlags) makeKeys() (roles.Plan, begun, error) {
	out := begun{Root: filepath.Join(f.to, "1.root.json"), Keys: []begunKey{}, Lists: map[string]string{}, Drafts: []string{}}
	given := map[string][]keys.Public{}
	for _, pair := range f.given {
		role, file, _ := strings.Cut(pair, "=")
		if f.count[role] == nil {
			return nil, out, fmt.Errorf("init: --key %s: there is no such role", pair)
		}
		key, err := readPublic(file)
		if err != nil {
			return nil, out, err
		}
		given[role] = append(given[role], key)
		out.Keys = append(out.Keys, begunKey{Role: role, ID: key.ID})
	}
	plan := roles.Defaults()
	for _, p := range plannedRoles {
		role := plan[p.role]
		role.Keys, role.Validity = given[p.role], *f.validity[p.role]
		if n := f.threshold[p.role]; n != nil {
			role.Threshold = *n
		}
		plan[p.role] = role
	}
	// A plan that cannot work is refused before there are keys.
	for _, p := range plannedRoles {
		if n := *f.count[p.role]; n > 0 && plan[p.role].Threshold > max(n, len(given[p.role])) {
			return nil, out, fmt.Errorf("init: role %s would need %d of %d keys", p.role, plan[p.role].Threshold, n)
		}
	}
	for _, p := range plannedRoles {
		role := plan[p.role]
		for n := len(role.Keys); n < *f.count[p.role]; n++ {
			dir := filepath.Join(f.keys, p.role)
			if *f.count[p.role] > 1 {
				dir = fmt.Sprintf("%s-%d", dir, n+1)
			}
			key, err := keys.Folder(dir).NewRole(f.sealing())
			if err != nil {
				return nil, out, err
			}
			role.Keys = append(role.Keys, key)
			out.Keys = append(out.Keys, begunKey{p.role, key.ID, dir})
		}
		plan[p.role] = role
	}
	return plan, out, nil
}

// sealing has a passphrase chosen for a new key, if it is to be sealed.
func (f *initFlags) sealing() keys.Passphrase {
	if !f.seal {
		return nil
	}
	return func(file string) (passphrase []byte, err error) {
		passphrase, err = f.passphrase.choose(file)
		f.chosen[file] = passphrase
		return passphrase, err
	}
}

func (f *initFlags) open(file string) ([]byte, error) { return f.chosen[file], nil }

// begin publishes the first root, or leaves its draft.
func (f *initFlags) begin(plan roles.Plan, out *begun) error {
	folders := map[string]bool{}
	for _, key := range out.Keys {
		if key.Folder != "" {
			folders[key.Folder] = true
		}
	}
	ring, err := keys.Open(f.open, slices.Sorted(maps.Keys(folders))...)
	if err != nil {
		return err
	}
	r, drafts, err := roles.Begin(roles.Dir(f.to), plan, time.Now())
	if err != nil {
		return err
	}
	if drafts, err = r.Sign(ring, drafts...); err != nil {
		return err
	}
	err = r.Publish(time.Now(), ring, drafts...)
	out.Published = err == nil
	if out.Published {
		return f.keepRoot(out)
	}
	if !errors.Is(err, roles.ErrThreshold) {
		return err
	}
	for _, d := range drafts {
		if err := roles.Dir(f.to).Replace(d.Name, d.Data); err != nil {
			return fmt.Errorf("write draft: %w", err)
		}
		out.Drafts = append(out.Drafts, filepath.Join(f.to, d.Name))
	}
	return nil
}

// keepRoot puts the first root beside the keys: what devices are given, and what
// the publisher itself believes, does not come out of a folder that is served.
func (f *initFlags) keepRoot(out *begun) error {
	root, err := roles.Dir(f.to).Get("1.root.json")
	if err != nil {
		return err
	}
	out.Root = filepath.Join(f.keys, rootFile)
	return roles.Dir(f.keys).Create(rootFile, root)
}

func (f *initFlags) print(cmd *cobra.Command, out begun) {
	for _, key := range out.Keys {
		where := key.Folder
		if where == "" {
			where = "made elsewhere"
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%-10s %.16s  %s\n", key.Role, key.ID, where)
	}
	for _, name := range slices.Sorted(maps.Keys(out.Lists)) {
		fmt.Fprintf(cmd.OutOrStdout(), "digests of list %s: give %s to the devices that hold it\n", name, out.Lists[name])
	}
	if out.Published {
		fmt.Fprintf(cmd.OutOrStdout(), "give devices %s\n", out.Root)
	} else {
		fmt.Fprintf(cmd.OutOrStdout(), "not published: sign, then publish %s\n", strings.Join(out.Drafts, " "))
	}
	var offline []string
	for _, p := range plannedRoles {
		if p.offline {
			offline = append(offline, p.role)
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "warning: %s holds keys of %s. They belong where no network reaches, each in another place: move their folders there now, and keep no copy here.\n", f.keys, strings.Join(offline, ", "))
}
