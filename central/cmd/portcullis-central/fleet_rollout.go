package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"portcullis/central/rollout"
	"portcullis/central/rollout/campaign"
)

func newFleetRollout() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rollout",
		Short: "Bring a release to devices in waves, with a canary",
		Long: `Bring a release of a list to devices in waves, the first of them a canary.

A campaign is a folder. It halts by itself when too many devices fail, or when
those with the release have another rate of hits than before. It can be paused
from elsewhere, and resumed, also after this program was killed.
` + fleetExitCodes,
		Example: `  portcullis-central fleet rollout start monday --repository lists --list sltd --waves 2,10%,100% --wait 30m --inventory devices.jsonl --certificate tool.pem --key tool.key --authorities authority.pem
  portcullis-central fleet rollout pause monday
  portcullis-central fleet rollout resume monday`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("name a command: plan, start, resume, pause, abort or show")
		},
	}
	cmd.AddCommand(newRolloutPlan(), newRolloutStart(), newRolloutResume(),
		newRolloutOrder("pause", "Begin with no more devices; what was begun ends", rollout.Pause),
		newRolloutOrder("abort", "End a campaign for ever; what installs ends, the rest is cut off", rollout.Abort),
		newRolloutShow())
	return cmd
}

// rolloutFlags are those of a campaign's plan.
type rolloutFlags struct {
	pushFlags
	waves, window string
}

func (f *rolloutFlags) add(cmd *cobra.Command) {
	f.pushFlags.add(cmd)
	flags, p := cmd.Flags(), &f.setup.Plan
	flags.StringVar(&f.waves, "waves", "1%,10%,100%", "how many devices have the release at the end of each wave: numbers, then percentages")
	flags.DurationVar(&p.Wait, "wait", 15*time.Minute, "between waves")
	flags.Float64Var(&p.FailedPercent, "failed-percent", 5, "halt when more of the devices have failed")
	flags.IntVar(&p.Executed, "executed", 20, "devices that must have ended before that is judged within a wave")
	flags.Float64Var(&p.Anomaly.Factor, "hit-factor", 4, "halt when hits become so many times more or fewer; 0 is never")
	flags.Uint64Var(&p.Anomaly.Checks, "hit-checks", 2000, "documents that must have been checked before that is judged")
	flags.DurationVar(&p.Watch, "watch", time.Minute, "between looks at devices that have the release; 0 is never")
	flags.StringVar(&f.window, "window", "", "time of day to begin with devices, such as 22:00-05:00")
	flags.StringVar(&f.setup.Zone, "zone", "UTC", "time zone of the window, such as Europe/Zurich")
	flags.BoolVar(&p.Urgent, "urgent", false, "neither wait between waves nor for the window; the canary comes first all the same")
}

func (f *rolloutFlags) parse() (err error) {
	p := &f.setup.Plan
	if p.Waves, err = rollout.ParseWaves(f.waves); err != nil {
		return err
	}
	if f.window != "" {
		if p.Window, err = rollout.ParseWindow(f.window); err != nil {
			return err
		}
	}
	_, err = time.LoadLocation(f.setup.Zone)
	return err
}

func newRolloutPlan() *cobra.Command {
	var flags rolloutFlags
	cmd := &cobra.Command{
		Use:     "plan",
		Short:   "Print what start would bring to whom, and bring nothing",
		Long:    "Print what start would bring to whom, in which wave, and bring nothing." + fleetExitCodes,
		Example: "  portcullis-central fleet rollout plan --repository lists --list sltd --inventory devices.jsonl --certificate tool.pem --key tool.key --authorities authority.pem",
		Args:    cobra.NoArgs,
		PreRunE: func(*cobra.Command, []string) error { return flags.parse() },
		RunE: work(func(cmd *cobra.Command, _ []string) error {
			folder, release, err := flags.prepare(cmd.Context())
			if err != nil {
				return err
			}
			return dryRun(cmd, flags.setup, folder, release, flags.json)
		}),
	}
	flags.add(cmd)
	return cmd
}

func newRolloutStart() *cobra.Command {
	var flags rolloutFlags
	cmd := &cobra.Command{
		Use:   "start DIR",
		Short: "Begin a campaign in a new folder, and work on it",
		Long: `Begin a campaign in a new folder, and work on it until it is at its end, halted
or paused. Releases that are published meanwhile wait for their own campaign.
` + fleetExitCodes,
		Example: `  portcullis-central fleet rollout start monday --repository lists --list sltd --waves 2,10%,100% --inventory devices.jsonl --certificate tool.pem --key tool.key --authorities authority.pem`,
		Args:    cobra.ExactArgs(1),
		PreRunE: func(*cobra.Command, []string) error { return flags.parse() },
		RunE: work(func(cmd *cobra.Command, args []string) error {
			folder, _, err := flags.prepare(cmd.Context())
			if err != nil {
				return err
			}
			if _, _, err := open(flags.setup); err != nil {
				return err
			}
			if err := campaign.Create(args[0], flags.setup, folder.Timestamp()); err != nil {
				return err
			}
			return resume(cmd, args[0], rollout.Event{}, flags.json, flags.verbose)
		}),
	}
	flags.add(cmd)
	return cmd
}

func newRolloutResume() *cobra.Command {
	var begin rollout.Event
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "resume DIR",
		Short: "Go on with a campaign that was paused, halted or cut off",
		Long: `Go on with a campaign that was paused, halted or cut off. Devices that have the
release are left alone; those that were away are tried again.
` + fleetExitCodes,
		Example: "  portcullis-central fleet rollout resume monday --accept-halt --retry-failed",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			return resume(cmd, args[0], begin, asJSON, verbose)
		}),
	}
	cmd.Flags().BoolVar(&begin.AcceptHalt, "accept-halt", false, "go on although a threshold halted it")
	cmd.Flags().BoolVar(&begin.RetryFailed, "retry-failed", false, "try devices again that failed")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: one object for each device, and a summary")
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "print each device also beside a progress bar")
	return cmd
}

// resume works on the campaign of a folder.
func resume(cmd *cobra.Command, dir string, begin rollout.Event, asJSON, verbose bool) error {
	c, err := campaign.Open(dir)
	if err != nil {
		return err
	}
	defer c.Close()
	p := c.Setup.Plan
	if c.Campaign.Phase == rollout.Aborted {
		return errors.New("the campaign was aborted: start another")
	}
	if c.Campaign.Phase == rollout.Halted && !begin.AcceptHalt {
		return verdict(c.Campaign)
	}
	folder, err := openRepository(c.Setup.Repository, c.Timestamp)
	if err != nil {
		return err
	}
	release, err := folder.Newest(cmd.Context(), p.List)
	if err != nil {
		return err
	}
	if release.Sequence != p.Release || release.Root != p.Root {
		return fmt.Errorf("the repository no longer has release %d of list %s as the campaign began with it", p.Release, p.List)
	}
	runner, err := newRunner(c.Setup, folder, release, c.Campaign)
	if err != nil {
		return err
	}
	begin.Kind = rollout.Resume
	runner.Keep, runner.Order, runner.Resume = c.Keep, c.Order, begin
	return run(cmd, runner, asJSON, verbose)
}

func newRolloutOrder(name, short string, kind rollout.Kind) *cobra.Command {
	return &cobra.Command{
		Use:     name + " DIR",
		Short:   short,
		Long:    short + ". It also reaches a campaign that another program works on, within seconds." + exitCodes,
		Example: "  portcullis-central fleet rollout " + name + " monday",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(_ *cobra.Command, args []string) error {
			return campaign.Order(args[0], kind)
		}),
	}
}

func newRolloutShow() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "show DIR",
		Short:   "Print how far a campaign is",
		Long:    "Print how far a campaign is, also while another program works on it." + fleetExitCodes,
		Example: "  portcullis-central fleet rollout show monday --json",
		Args:    cobra.ExactArgs(1),
		RunE: work(func(cmd *cobra.Command, args []string) error {
			_, c, err := campaign.Read(args[0])
			if err != nil {
				return err
			}
			for _, name := range c.Order() {
				r := resultOf(c, name, c.Devices[name])
				if asJSON {
					err = errors.Join(err, printJSON(cmd, r))
				} else if r.State != rollout.Healthy && r.State != rollout.Skipped {
					fmt.Fprintln(cmd.OutOrStdout(), deviceText(r))
				}
			}
			s := summaryOf(c)
			if asJSON {
				return errors.Join(err, printJSON(cmd, s))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "campaign %s, wave %d of %d: %s\n", s.Campaign, s.Wave, s.Waves, summaryText(s))
			return err
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: one object for each device, and a summary")
	return cmd
}
