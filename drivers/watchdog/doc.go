// Package watchdog feeds what restarts an appliance that stands still: the
// watchdog of the hardware, by a [Device], and the service manager's, by a
// [Service]. Whether it may be fed is decided elsewhere, in firmware/health.
//
// # The hardware
//
// /dev/watchdogN, as docs.kernel.org/watchdog/watchdog-api.html has it:
//
//	open                 the watchdog runs from now on
//	WDIOC_GETSUPPORT     options, firmware version, identity of the driver
//	WDIOC_GETBOOTSTATUS  why the machine was reset the last time, as far as the hardware knows
//	WDIOC_SETTIMEOUT     whole seconds; a driver rounds, or refuses
//	WDIOC_GETTIMEOUT     what it came to
//	WDIOC_KEEPALIVE      another timeout
//	WDIOC_GETTIMELEFT    until it bites; few drivers know
//	write "V", close     it is stopped: the "magic close"
//	close                it goes on, and resets the machine
//
// Two things keep "V" from meaning what it says. With nowayout, of the kernel
// or of the driver's module, nothing stops a watchdog that runs. And a driver
// without WDIOF_MAGICCLOSE knows no V: every close stops it, that of a program
// which died too, so that it guards against a program that hangs and against no
// other. Both are told, see [Status].
//
// Opening is arming, so a self-test must not. What it says is in
// /sys/class/watchdog/watchdogN (Documentation/ABI/testing/sysfs-class-watchdog),
// where nothing is armed: see [Look].
//
// # The service manager
//
// systemd gives the address of a datagram socket in NOTIFY_SOCKET, and in
// WATCHDOG_USEC and WATCHDOG_PID how long it waits for WATCHDOG=1, and whose
// (sd_notify(3), sd_watchdog_enabled(3)). READY=1, STOPPING=1 and STATUS=... go
// the same way.
package watchdog
