package main

import (
	"context"

	"portcullis/drivers/watchdog"
	"portcullis/firmware"
	"portcullis/firmware/console"
)

// A dog is the hardware watchdog of an appliance, if it has one.
type dog struct {
	device *watchdog.Device
	fault  error // why there is none although one is configured
}

// arm arms what watches the appliance. From now on it must be fed, or restarts:
// so nothing that takes its time comes between this and the loops.
func (a *appliance) arm() firmware.WatchdogParts {
	p := firmware.WatchdogParts{
		Lane: a.lane.Ready, Console: a.console, Metrics: a.metrics, Logger: a.log, Runs: a.folder.Runs(),
	}
	service, err := watchdog.FromEnvironment()
	if err != nil {
		a.log.Error("the service manager's watchdog", "error", err)
	}
	p.Supervisor = service
	if service.Watched() {
		p.Dogs = append(p.Dogs, service)
	}
	if a.config.Watchdog.Device == "" {
		return p
	}
	if a.dog.device, a.dog.fault = watchdog.Open(a.config.Watchdog.Device, a.config.Watchdog.Timeout.Duration); a.dog.fault != nil {
		a.log.Error("the hardware watchdog is not armed", "error", a.dog.fault)
		return p
	}
	p.Dogs = append(p.Dogs, a.dog.device)
	a.introduce(service)
	return p
}

// introduce logs what is known of the hardware watchdog, and what to mind.
func (a *appliance) introduce(service watchdog.Service) {
	d, s := a.dog.device, a.dog.device.Status()
	bitten := s.Boot.Bitten()
	a.metrics.LastReset(bitten == watchdog.Yes, bitten != watchdog.Unknown)
	a.log.Info("the hardware watchdog is armed", "identity", s.Identity, "timeout", d.Timeout().String(),
		"reset", s.Boot.String(), "nowayout", s.NoWayOut.String())
	if s.Refused != nil {
		a.log.Warn("the hardware watchdog keeps a timeout of its own", "timeout", d.Timeout().String(), "error", s.Refused)
	}
	if s.AnyClose && s.NoWayOut != watchdog.Yes {
		a.log.Warn("the hardware watchdog stops when this program dies: load its driver with nowayout=1")
	}
	if service.Timeout() >= d.Timeout() {
		a.log.Warn("systemd waits as long as the hardware watchdog: the machine restarts before the program does",
			"systemd", service.Timeout().String(), "hardware", d.Timeout().String())
	}
}

// release lets go of what watches the appliance, as the last thing that is done.
// Only an orderly stop stops the watchdog, and only if it is configured to.
func (a *appliance) release(ctx context.Context, failed error) error {
	ordered := ctx.Err() != nil && failed == nil
	if ordered {
		if err := firmware.RunEnded(a.folder.Runs()); err != nil {
			a.log.Error("count runs that end early", "error", err)
		}
	}
	switch {
	case a.dog.device == nil:
		return nil
	case ordered && a.config.Watchdog.Disarm:
		return a.dog.device.Disarm()
	}
	a.log.Warn("the hardware watchdog runs on: the machine restarts unless this program does", "within", a.dog.device.Timeout().String())
	return a.dog.device.Leave()
}

// faults are what an officer must know of the watchdog.
func (d dog) faults() []console.Fault {
	if d.fault == nil {
		return nil
	}
	return []console.Fault{{
		Code: "watchdog-missing", Text: "The hardware watchdog is not armed: " + d.fault.Error() + ".",
		Do: "The lane works, and would not restart itself. Tell the technician.",
	}}
}
