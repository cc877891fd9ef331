// Package tty opens serial ports, USB ones included, and reads and writes them
// in such a way that a pulled plug is noticed and nothing waits for ever. It
// knows nothing of what the bytes mean.
//
// A port stands on github.com/tarm/serial where that can set its line, and on the
// kernel's own interface where it cannot: see [Line].
//
// What tarm/serial leaves to its user, and how it is met here:
//
//   - Without a read timeout, Close waits for a Read that waits for a byte. So
//     the timeout is always set, to 100 ms.
//   - With one, "nothing came" and "the device is gone" are both (0, io.EOF),
//     and after a hang-up that returns at once, some 850,000 times a second.
//     So three such reads that took less than 50 ms each, or a device node
//     that is no longer the one that was opened, are [ErrGone].
//   - A Write that the other end does not take never returns, and keeps the
//     port open. So it has a goroutine of its own, is given up when its context
//     is done, and holds up a Close for a second at most.
//   - Two programs can open one port, and each gets some of the bytes. So the
//     port is locked: see [Open].
//
// What it cannot do at all, and the native port can: rates that are not in its
// table (128000 and 256000, for instance), parity that is checked, DTR and RTS,
// and closing while a Write waits.
//
// What the native port cannot do:
//
//   - Say which byte is bad otherwise than by FF in its place: what comes is
//     bytes. No reader's alphabet has FF, so its cell is one that was not read.
//   - Keep DTR and RTS down for ever: the kernel raises both whenever the node is
//     opened, so before we lower them, and even for a program of root that is then
//     refused by the lock.
//   - Find out that a driver has no such parity, or no such size, or takes the
//     nearest rate for the one asked: some do not say. A rate that a driver says
//     it could not have is an error.
//   - Set DTR and RTS on a pseudo-terminal, which has none: there it passes over
//     them, as whatever stands between it and the reader does.
package tty
