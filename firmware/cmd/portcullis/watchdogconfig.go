package main

import (
	"errors"
	"fmt"

	"portcullis/drivers/watchdog"
)

// watchdogConfig names the hardware watchdog. That of systemd is not in the
// configuration: the program is told of it when it is started.
type watchdogConfig struct {
	Device  string   `toml:"device"`  // as /dev/watchdog0; none: the hardware's is left alone
	Timeout duration `toml:"timeout"` // how long it waits before it bites; 15s when not given
	Disarm  bool     `toml:"disarm"`  // an orderly stop stops it; otherwise the machine restarts unless the program does
}

func (w watchdogConfig) check() error {
	if w.Device == "" && w != (watchdogConfig{}) {
		return errors.New("device is missing: which watchdog, as /dev/watchdog0")
	}
	if t := w.Timeout.Duration; t != 0 && t < watchdog.MinTimeout {
		return fmt.Errorf("timeout = %v: it must be at least %v", t, watchdog.MinTimeout)
	}
	return nil
}
