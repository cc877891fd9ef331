// Package tty opens serial ports, USB ones included, and reads and writes them
// in such a way that a pulled plug is noticed and nothing waits for ever. It
// stands on github.com/tarm/serial and knows nothing of what the bytes mean.
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
// What it cannot do: rates that are not in the table of the library (128000
// and 256000, for instance), DTR and RTS, and telling that a byte's parity was
// wrong.
package tty
