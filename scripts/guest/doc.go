// Package guest is a machine in which tests find the hardware of a lane: USB devices
// that are plugged in and pulled, lines that are contacts and lamps, a watchdog that
// bites. QEMU emulates it, so a test needs neither root nor a Raspberry Pi.
//
//	the test, on the host                          the machine: arm64, a kernel of Debian's
//	---------------------                          ----------------------------------------
//	Boot ------- packs ------> initramfs --------> init: /proc /sys /dev, modules, 28 lines
//	Run, Test -- net/rpc ----> virtio serial ----> starts the program, or the package's tests
//	PlugSerial,
//	DeviceDel -- QMP --------> machine monitor --> /dev/ttyUSB0 comes, and goes
//	SendKeys --- QMP --------> machine monitor --> /dev/input/event0, /dev/hidraw0
//	WaitEvent <- QMP --------- machine monitor <-- /dev/watchdog0 was not fed
//	                           gpio-sim ---------> /dev/gpiochipN, lines GPIO0 to GPIO27
//
// # Tests in the machine
//
// A driver's test that needs its device runs in the machine by a line of the table
// in guest_test.go, which names the package and the test. It is compiled on the
// host, and finds the devices by settings of its environment: see package inside.
// It is skipped where those are missing, which they are not in the machine. What
// only the host can do it asks for by a line on its standard output:
//
//	host: serial NAME        plug a serial port of FTDI's in, /dev/ttyUSBn
//	host: send NAME "\x02"   send these bytes to it
//	host: keyboard NAME      plug a keyboard in
//	host: type "P<UTO"       strike its keys
//	host: pull NAME          pull a device
//
// # The machine
//
// Its processor is arm64, as a device's is, and emulated: the kernel takes some four
// seconds to start, and an emulated x86 would take longer. That kernel is
// Debian's own, of trixie-backports, because that has gpio-sim as a module: those of
// bookworm (6.1) and trixie (6.12) have not, neither for arm64 nor for amd64, and
// would need modules of ours. apt fetches it once, through what the machine's own
// sources name, into the user's cache, and verifies it by the signature on the
// archive's index; nothing is installed. To have a newer one, remove the folder. A
// machine ends with its test, and by itself when the test was killed.
//
// What it cannot show: pulls and levels of a board's real pins, what a line does
// while a board starts, timing of real USB, and brown-outs.
package guest
