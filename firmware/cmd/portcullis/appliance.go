package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"portcullis/board"
	"portcullis/cache/keys"
	"portcullis/drivers/sim"
	"portcullis/drivers/sysfs"
	"portcullis/firmware"
	"portcullis/firmware/audit"
	"portcullis/firmware/console"
	"portcullis/firmware/control"
	"portcullis/firmware/identity"
	"portcullis/firmware/inspect"
	"portcullis/firmware/station"
	"portcullis/firmware/subject"
)

// An appliance is everything that a configuration names, opened and wired.
type appliance struct {
	config  config
	folder  firmware.Folder
	keys    *keys.Ring
	lists   *listStore
	board   *board.Lane
	feeds   []*listFeed
	page    net.Listener
	console *console.Server
	metrics *firmware.Metrics
	lane    *firmware.Lane
	log     *slog.Logger
	erased  context.Context // ends when the lists are erased
	letGo   context.CancelFunc

	identity  *identity.Identity
	started   time.Time
	listening atomic.Value  // net.Addr of the interface for the fleet
	turn      chan struct{} // held by what brings lists

	watchdog *firmware.Watchdog
	dog      dog
}

// extras are what a demonstration adds to an appliance.
type extras struct {
	times sim.LaneTimes        // of the simulated traveller
	watch func(station.Action) // told of what the lane does
}

// openAppliance opens what the configuration names. What an appliance can do
// without, it does without, and says so on the page: a lane that is closed and
// tells why serves an officer better than one that is dark.
func openAppliance(ctx context.Context, c config, log *slog.Logger, x extras) (_ *appliance, err error) {
	a := &appliance{config: c, folder: firmware.Folder(c.Data), log: log, started: time.Now().UTC(), turn: make(chan struct{}, 1), watchdog: new(firmware.Watchdog)}
	a.keys = c.Keys.ring(a.folder.Keys())
	a.erased, a.letGo = context.WithCancel(context.Background())
	firmware.LimitMemory(c.Memory)
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close())
		}
	}()
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	if a.lists, err = openLists(a.folder, a.keys, c.listNames(), log); err != nil {
		return nil, err
	}
	if a.board, err = board.Open(c.Board, board.Options{Sim: x.times, Tamper: a.folder.Tamper()}); err != nil {
		return nil, err
	}
	for _, w := range a.board.Warnings {
		log.Warn("look at the board", "warning", w)
	}
	if a.page, err = net.Listen("tcp", c.Listen); err != nil {
		return nil, fmt.Errorf("serve pages: %w", err)
	}
	if err := a.openFeeds(); err != nil {
		return nil, err
	}
	a.identity = identity.Open(identity.Options{Dir: a.folder.Keys(), Vault: a.keys, Floor: a.floor})
	a.metrics = firmware.NewMetrics(buildVersion().Version)
	a.metrics.Temperatures(temperatures)
	if err := a.openLane(x); err != nil {
		return nil, err
	}
	return a, nil
}

// openLane wires the lane.
func (a *appliance) openLane(x extras) error {
	readers, label, err := openReaders(a.config)
	if err != nil {
		return err
	}
	a.console = console.New(console.Options{
		Acknowledge: func(ctx context.Context, ack console.Acknowledgement) error { return a.lane.Acknowledge(ctx, ack) },
		Ready:       func() error { return a.lane.Ready() },
		Metrics:     a.metrics.Handler(),
		Within:      firmware.PublishWithin,
		Desk:        a.config.Desk,
		Log:         a.log,
	})
	a.lane = firmware.NewLane(firmware.Parts{
		Site: a.config.Site, Name: a.config.Lane, Version: buildVersion().Version, Demo: a.config.Demo,
		Reader: readers, ReaderLabel: label,
		Gate: a.board.Gate, Lights: a.board.Lights, Buzzer: a.board.Buzzer, Display: a.board.Display,
		Lists: a.lists, Titles: a.config.titles(), Updates: a.updates, Faults: a.faults,
		Log: func() (*audit.Log, error) {
			return audit.Open(a.folder.Audit(), audit.Options{Software: buildVersion().String()})
		},
		Subjects: func() (*subject.Keys, error) { return subject.Open(a.folder.Subjects(), time.Now()) },
		Floor:    a.floor, Policy: a.config.inspectPolicy(), Station: a.config.stationPolicy(),
		Console: a.console, Metrics: a.metrics, Watchdog: a.watchdog, Logger: a.log, Watch: x.watch,
	})
	return nil
}

// temperatures returns what the sensors of the board measure. One that cannot be
// read is left out: the self-test names it.
func temperatures() map[string]float64 {
	measured := map[string]float64{}
	zones, _ := sysfs.Temperatures("/", "")
	for _, z := range zones {
		measured[z.Name] = max(measured[z.Name], z.Celsius) // two of one name are two places of one chip
	}
	return measured
}

// address is where the officer's page is.
func (a *appliance) address() string { return "http://" + a.page.Addr().String() + "/" }

// faults are those of the appliance as a whole.
func (a *appliance) faults() []console.Fault {
	all := append(a.lists.faults(), a.dog.faults()...)
	if behind := time.Until(a.floor()); behind > inspect.FloorSkew {
		all = append(all, console.Fault{
			Code: "clock-behind", Text: "The clock is behind what was signed for the lists.", Do: "Nothing is clear until it is set. Tell the technician.",
		})
	}
	for _, f := range a.feeds {
		all = append(all, f.faults()...)
	}
	return all
}

// run works until ctx is done, and leaves everything closed and at rest.
func (a *appliance) run(ctx context.Context) error {
	parts := a.arm()
	loops := []firmware.Loop{
		{Name: "watchdog", Run: func(ctx context.Context) error { return a.watchdog.Run(ctx, parts) }},
		{Name: "storage", Run: a.lane.Storage(string(a.folder)).Run},
		{Name: "lane", Run: a.lane.Run},
		{Name: "board", Run: a.board.Run},
		{Name: "pages", Run: a.servePages},
		{Name: "commands", Run: a.serveCommands},
		{Name: "keys", Run: a.watchKeys},
		{Name: "fleet", Run: a.serveFleet},
		{Name: "sticks", Run: a.watchSticks},
	}
	err := firmware.Run(ctx, append(loops, firmware.Loop{Name: "lists", Run: a.keepLists})...)
	err = errors.Join(err, a.close())
	return errors.Join(err, a.release(ctx, err))
}

// keepLists keeps the lists up to date and looks after them, once they can be
// written and until they are erased.
func (a *appliance) keepLists(ctx context.Context) error {
	keeping, cancel := a.untilErased(ctx)
	defer cancel()
	a.lists.keep(keeping)
	a.lists.resume(keeping)
	var loops []firmware.Loop
	for _, f := range a.feeds {
		if f.fetches {
			loops = append(loops, firmware.Loop{Name: f.name, Run: f.client.Run})
		}
	}
	for _, name := range a.lists.names {
		loops = append(loops, firmware.Loop{Name: "tend " + name, Run: func(ctx context.Context) error { return a.lists.tend(ctx, name) }})
	}
	err := firmware.Run(keeping, loops...)
	if a.erased.Err() == nil {
		return err
	}
	if err := os.RemoveAll(a.folder.Spool()); err != nil { // once more, of what was being fetched
		a.log.Error("erase", "error", err)
	}
	<-ctx.Done()
	return nil
}

func (a *appliance) servePages(ctx context.Context) error { return a.console.Serve(ctx, a.page) }

// serveCommands answers the other commands. The lane does not depend on it.
func (a *appliance) serveCommands(ctx context.Context) error {
	policy := a.config.inspectPolicy()
	err := control.Serve(ctx, a.folder.Socket(), map[string]http.HandlerFunc{
		askCheck: control.Answer(func(_ context.Context, r firmware.CheckRequest) (firmware.CheckReport, error) {
			return firmware.Check(a.lists, policy, time.Now(), a.floor(), r)
		}),
		askLists: control.Answer(func(context.Context, struct{}) ([]firmware.ListReport, error) {
			return firmware.ReportLists(a.lists.Status(), policy, time.Now()), nil
		}),
		askVerify: control.Answer(func(ctx context.Context, _ struct{}) ([]firmware.VerifyReport, error) {
			ctx, cancel := a.untilErased(ctx)
			defer cancel()
			return a.lists.verify(ctx), nil
		}),
		askRepair: control.Answer(func(ctx context.Context, r firmware.RepairRequest) ([]firmware.RepairReport, error) {
			ctx, cancel := a.untilErased(ctx)
			defer cancel()
			return a.lists.repair(ctx, r), nil
		}),
		askApply: control.Answer(a.apply),
		askGate: control.Answer(func(context.Context, struct{}) (firmware.GateReport, error) {
			return a.lane.GateReport(), nil
		}),
		askClear: control.Answer(func(ctx context.Context, r clearRequest) (firmware.GateReport, error) {
			err := a.lane.ClearTamper(ctx, r.By)
			return a.lane.GateReport(), err
		}),
		askErase: control.Answer(func(context.Context, struct{}) (struct{}, error) {
			return struct{}{}, a.erase()
		}),
	})
	if err != nil {
		a.log.Error("other commands cannot ask this appliance", "error", err)
	}
	return nil
}

// close gives up what was opened.
func (a *appliance) close() error {
	var errs []error
	if a.page != nil {
		a.page.Close() // the server has closed it already, as a rule
	}
	if a.board != nil {
		errs = append(errs, a.board.Halt())
	}
	if a.lists != nil {
		errs = append(errs, a.lists.close())
	}
	os.Remove(a.folder.Socket())
	return errors.Join(errs...)
}
