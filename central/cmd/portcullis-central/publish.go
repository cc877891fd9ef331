package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"portcullis/cache/list"
	"portcullis/central/keys"
	"portcullis/central/publish"
	"portcullis/central/registry"
)

// maxShown is how many rejected records a person is shown.
const maxShown = 20

// publishFlags say of which list to make a release, and where.
type publishFlags struct {
	keys        []string
	to, list    string
	work        string
	mirror      mirrorFlag
	registry    string
	every       time.Duration
	share       float64
	skip, empty bool
	json        bool
}

func newPublish() *cobra.Command {
	var flags publishFlags
	cmd := &cobra.Command{
		Use:   "publish --keys DIR --to REPO --list NAME [FILE...]",
		Short: "Make records the newest release of a list",
		Long: `Make the newest release of a list: of what has changed in a registry (--registry),
or of just the records in all FILEs. A record that is in no file any more is
withdrawn from devices. Where nothing has changed, only the timestamp is renewed.

A change of more than 5 % of the list, or of an issuing State's records, and of
more than 1000 records, is not published but waits until two people have approved
of it: see publish approve. What was published without approval within a day
counts too. The very first release does not wait.

A registry is read back first, and every day: one that is damaged is not published.

FILE is JSON Lines, or CSV with a header when its name ends with .csv; - is JSON
Lines on standard input. A record has the fields

  number         of the document: 5 to 25 of A-Z and 0-9, all else is left out
  issuing_state  three letters, or D
  type           P, I, V or O, or a code: PAS NAP DIP OFP SEP SPP EMP EMD EMC
                 ALP RFP TTD TLP CLP (P), IDC NID RES PRP TRP CMC (I),
                 VSA TDS (V), SIB DRV (O)
  status         stolen, lost, revoked, invalid, stolen-blank, notice-red, ...
  date           of the theft or loss, 2006-01-02
  country        of the theft or loss; needed for all but stolen blanks
  reference      of the reporting authority, up to 25 characters
  lot            of a stolen blank, up to 25 characters
  expires        the last day on which the record may be kept

If a record breaks a rule, each is named by line, field and rule, and nothing
is published.
` + placeHelp + publishExit,
		Example: `  portcullis-central publish --keys keys --to lists --list sltd records.jsonl
  portcullis-central publish --keys keys --to lists --list sltd --registry registry --every 15m --mirror s3://bucket/lists
  portcullis-central synthetic --count 1000 --seed 1 |
    portcullis-central publish --keys keys --to lists --list sltd --json -`,
		Args: func(_ *cobra.Command, args []string) error { return flags.check(args) },
		RunE: work(func(cmd *cobra.Command, args []string) error { return flags.run(cmd, args) }),
	}
	flags.add(cmd)
	flags.mirror.add(cmd)
	cmd.Flags().StringVar(&flags.registry, "registry", "", "folder of the registry, or postgres://user@host/database")
	cmd.Flags().DurationVar(&flags.every, "every", 0, "with --registry: do so again and again, until interrupted")
	cmd.Flags().Float64Var(&flags.share, "gate", 5, "percentage of records from which a change needs approval by two")
	cmd.Flags().BoolVar(&flags.skip, "skip-invalid", false, "publish the other records when some break a rule")
	cmd.Flags().BoolVar(&flags.empty, "allow-empty", false, "publish a list without records")
	cmd.AddCommand(newApprove(), newReject(), newPublishStatus(), newPrune(), newRefresh())
	return cmd
}

const publishExit = `
Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage,
3 the release waits for approval.`

// exitPending means that a release waits for approval.
const exitPending = 3

// add adds the flags that all commands about a list have.
func (f *publishFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.keys, "keys", nil, "folder of keys, or of folders of keys; may be given more than once")
	cmd.Flags().StringVar(&f.to, "to", "", "folder of the repository, or s3://bucket/prefix, which is given what lies in --work")
	cmd.Flags().StringVar(&f.work, "work", "", "with --to s3://: the folder of the repository that the publisher works on")
	cmd.Flags().StringVar(&f.list, "list", "", "name of the list")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	for _, name := range []string{"keys", "to", "list"} {
		cmd.MarkFlagRequired(name)
	}
	cmd.PreRunE = func(*cobra.Command, []string) error { return f.settle() }
}

// settle has a publisher that is to publish to a bucket work on a folder, which
// the bucket mirrors: it needs ranges of files at random, and a lock.
func (f *publishFlags) settle() error {
	bucket := strings.HasPrefix(f.to, "s3://")
	switch {
	case !bucket && f.work != "":
		return errors.New("--work is for --to s3://")
	case bucket && (f.work == "" || f.mirror.to != ""):
		return errors.New("--to s3:// needs --work, and takes no --mirror")
	case bucket:
		f.mirror.to, f.to = f.to, f.work
	}
	return nil
}

func (f *publishFlags) check(files []string) error {
	switch {
	case f.registry != "" && len(files) > 0:
		return errors.New("name files, or a registry, and not both")
	case f.registry == "" && len(files) == 0:
		return errors.New("name files, or a registry")
	case f.every != 0 && (f.registry == "" || f.every < time.Second):
		return errors.New("--every is for a registry, and a second or more")
	case f.share <= 0 || f.share > 100:
		return errors.New("--gate is a percentage")
	}
	return nil
}

// listKey returns the key of a list's digests, from the first folder that has it.
func listKey(dirs []string, name string) (key list.Key, err error) {
	var first error
	for _, dir := range dirs {
		for _, dir := range []string{filepath.Join(dir, listFolder), dir} {
			if key, err = keys.Folder(dir).List(name); !errors.Is(err, fs.ErrNotExist) {
				return key, err
			}
			first = cmp.Or(first, err)
		}
	}
	return key, first
}

// ring is all role keys in the folders, and in those below them.
func (f *publishFlags) ring() (*keys.Ring, error) {
	var places []string
	for _, dir := range f.keys {
		places = append(places, dir)
		if strings.HasPrefix(dir, "pkcs11:") {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		for _, e := range entries {
			if e.IsDir() {
				places = append(places, filepath.Join(dir, e.Name()))
			}
		}
	}
	return keys.Open(nil, places...)
}

// publisher opens what publishes the list. The ring is the caller's to close.
func (f *publishFlags) publisher(keyID string) (*publish.Publisher, *keys.Ring, error) {
	if _, err := os.Stat(filepath.Join(f.to, "timestamp.json")); err != nil {
		return nil, nil, fmt.Errorf("%s is no repository: make one with keys init: %w", f.to, err)
	}
	ring, err := f.ring()
	if err != nil {
		return nil, nil, err
	}
	policy := publish.DefaultPolicy()
	if f.share > 0 {
		policy.GateShare = f.share / 100
	}
	root, err := os.ReadFile(filepath.Join(f.keys[0], rootFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, err
	}
	p, err := publish.New(publish.Options{Dir: f.to, List: f.list, KeyID: keyID, Ring: ring, Root: root, Policy: policy})
	if err != nil {
		return nil, nil, errors.Join(err, ring.Close())
	}
	return p, ring, nil
}

func (f publishFlags) run(cmd *cobra.Command, files []string) error {
	key, err := listKey(f.keys, f.list)
	if err != nil {
		return err
	}
	p, ring, err := f.publisher(key.ID())
	if err != nil {
		return err
	}
	defer ring.Close()
	if f.registry != "" {
		return f.fromRegistry(cmd, p)
	}
	now := time.Now()
	im := registry.NewImport(now)
	for _, file := range files {
		if err := read(cmd, im, file); err != nil {
			return err
		}
	}
	out := published{List: f.list, Expired: im.Expired(), Rejected: append([]registry.Error{}, im.Rejected()...)}
	if len(out.Rejected) > 0 && !f.skip {
		return f.reject(cmd, out)
	}
	records, err := registry.Records(im.Entries(), key)
	if err != nil {
		return err
	}
	if len(records) == 0 && !f.empty {
		return errors.New("there are no records: to withdraw all that are on the list, add --allow-empty")
	}
	r, err := p.PublishAll(cmd.Context(), now, each(records))
	if err == nil {
		err = f.mirror.copy(cmd.Context(), f.to)
	}
	if err != nil {
		return err
	}
	showRejected(cmd, out.Rejected)
	return f.tell(cmd, r, out)
}

// each goes through records.
func each(records []list.Record) iter.Seq2[list.Record, error] {
	return func(yield func(list.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func read(cmd *cobra.Command, im *registry.Import, file string) error {
	if file == "-" {
		return im.ReadJSONLines("-", cmd.InOrStdin())
	}
	return im.ReadFile(file)
}

// reject tells why nothing is published.
func (f publishFlags) reject(cmd *cobra.Command, out published) error {
	if f.json {
		if err := printJSON(cmd, out); err != nil {
			return err
		}
	} else {
		showRejected(cmd, out.Rejected)
	}
	return fmt.Errorf("nothing was published, because records break rules (%d times): correct them, or publish the others with --skip-invalid", len(out.Rejected))
}

func showRejected(cmd *cobra.Command, rejected []registry.Error) {
	for i, e := range rejected {
		if i == maxShown {
			fmt.Fprintf(cmd.ErrOrStderr(), "... and %d more: --json prints all\n", len(rejected)-i)
			return
		}
		fmt.Fprintln(cmd.ErrOrStderr(), e)
	}
}
