package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
	"portcullis/central/rollout/push"
)

// pushFlags are those of all that brings releases.
type pushFlags struct {
	fleetFlags
	limit   rate
	verbose bool
	dryRun  bool
}

func (f *pushFlags) add(cmd *cobra.Command) {
	f.fleetFlags.add(cmd)
	flags, p := cmd.Flags(), &f.setup.Plan
	flags.StringVar(&f.setup.Repository, "repository", "", "folder that was published to")
	flags.StringVar(&p.List, "list", "", "name of the list")
	flags.IntVar(&p.Concurrent, "concurrent", 20, "devices at once")
	flags.IntVar(&p.PerMinute, "per-minute", 0, "devices begun with in a minute; 0 is no bound")
	flags.Var(&f.limit, "limit", "bytes a second to all devices together, such as 500k or 20M; 0 is no bound")
	flags.DurationVar(&p.Timeout, "timeout", 30*time.Minute, "for one try at one device")
	flags.IntVar(&p.Retries, "retries", 3, "tries at a device after the first")
	flags.DurationVar(&p.BackOff, "back-off", 20*time.Second, "before the first retry; doubles, with jitter")
	flags.DurationVar(&p.Seen, "seen", 48*time.Hour, "leave out devices that the central service has not heard of for longer")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print each device also beside a progress bar")
	cmd.MarkFlagRequired("repository")
	cmd.MarkFlagRequired("list")
}

// A repository is one as of a timestamp.
type repository interface {
	push.Repository
	Timestamp() []byte
}

// openRepository opens the repository of a folder, as of a timestamp that was
// kept or, when that is nil, as of now.
func openRepository(dir string, timestamp []byte) (repository, error) {
	return push.OpenFolder(dir, timestamp)
}

// prepare completes a setup with the newest release of its repository.
func (f *pushFlags) prepare(ctx context.Context) (repository, push.Release, error) {
	f.setup.Limit = int64(f.limit)
	if err := absolute(&f.setup); err != nil {
		return nil, push.Release{}, err
	}
	folder, err := openRepository(f.setup.Repository, nil)
	if err != nil {
		return nil, push.Release{}, err
	}
	p := &f.setup.Plan
	r, err := folder.Newest(ctx, p.List)
	if err != nil {
		return folder, r, err
	}
	p.Release, p.Root, p.ID = r.Sequence, r.Root, newID(p.List, r.Sequence)
	return folder, r, p.Check()
}

func newFleetPush() *cobra.Command {
	var flags pushFlags
	cmd := &cobra.Command{
		Use:   "push --repository DIR --list NAME",
		Short: "Bring the newest release of a list to all devices now",
		Long: `Bring the newest release of a list to all devices, as many at once as is
allowed, without waves. What a device has of it already is not sent again, also
when an earlier push was cut.
` + fleetExitCodes,
		Example: `  portcullis-central fleet push --repository lists --list sltd --inventory devices.jsonl --select site=zrh --certificate tool.pem --key tool.key --authorities authority.pem --dry-run`,
		Args:    cobra.NoArgs,
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			p := &flags.setup.Plan
			p.Waves, p.FailedPercent, p.Urgent = []rollout.Wave{{Percent: 100}}, 100, true
			folder, release, err := flags.prepare(cmd.Context())
			if err != nil {
				return err
			}
			if flags.dryRun {
				return dryRun(cmd, flags.setup, folder, release, flags.json)
			}
			runner, err := newRunner(flags.setup, folder, release, rollout.New(*p))
			if err != nil {
				return err
			}
			return run(cmd, runner, flags.json, flags.verbose)
		}),
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&flags.dryRun, "dry-run", false, "print what would be brought to whom, and bring nothing")
	return cmd
}

// newRunner returns what works on a campaign.
func newRunner(s campaign.Setup, folder push.Repository, r push.Release, c *rollout.Campaign) (*campaign.Runner, error) {
	id, devices, err := open(s)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	return &campaign.Runner{
		Campaign: c, Release: r, Inventory: devices, Zone: zone,
		Carrier: &push.Pusher{Identity: id, Repository: folder, Throttle: push.NewThrottle(s.Limit)},
		Resume:  rollout.Event{Kind: rollout.Resume},
	}, nil
}
