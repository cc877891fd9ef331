package watchdog

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"

	"portcullis/drivers"
)

// A Service is this program as its service manager knows it. Without one, all
// that is told to it goes nowhere.
type Service struct{ timeout time.Duration }

var _ drivers.Watchdog = Service{}

// FromEnvironment returns the service that this process is, by NOTIFY_SOCKET,
// WATCHDOG_USEC and WATCHDOG_PID.
func FromEnvironment() (Service, error) {
	timeout, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return Service{}, fmt.Errorf("read the service manager's watchdog: %w", err)
	}
	return Service{timeout}, nil
}

// Watched says whether the service manager waits to be fed.
func (s Service) Watched() bool { return s.timeout > 0 }

// Name returns "systemd".
func (s Service) Name() string { return "systemd" }

// Timeout returns WATCHDOG_USEC, or 0 when nobody waits.
func (s Service) Timeout() time.Duration { return s.timeout }

// Feed says that the service goes round.
func (s Service) Feed() error { return notify(daemon.SdNotifyWatchdog) }

// Ready says that the service has started.
func (s Service) Ready() error { return notify(daemon.SdNotifyReady) }

// Stopping says that the service has begun to stop.
func (s Service) Stopping() error { return notify(daemon.SdNotifyStopping) }

// Tell says in one line how the service is.
func (s Service) Tell(status string) error {
	return notify("STATUS=" + strings.ReplaceAll(status, "\n", "; "))
}

// tellTime is how long a service manager that does not listen is waited for: the
// hardware's watchdog is fed by whoever waits.
const tellTime = 500 * time.Millisecond

// notify tells the service manager, if there is one. daemon.SdNotify would wait
// for ever.
func notify(state string) error {
	to := &net.UnixAddr{Name: os.Getenv("NOTIFY_SOCKET"), Net: "unixgram"}
	if to.Name == "" {
		return nil
	}
	c, err := net.DialUnix(to.Net, nil, to)
	if err == nil {
		_ = c.SetWriteDeadline(time.Now().Add(tellTime)) // which sockets have
		_, err = c.Write([]byte(state))
		err = errors.Join(err, c.Close())
	}
	if err != nil {
		return fmt.Errorf("tell service manager: %w", err)
	}
	return nil
}
